"""Which virtual boards run: one small file a supervisor, true while its control socket answers."""

from __future__ import annotations

import json
import os
import socket
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class RunningBoard:
    """A virtual board that can be opened now."""

    name: str
    port: str
    """Path or URL for any serial program; empty while it is unplugged."""
    model: str
    unique_id: str
    """Hexadecimal, as `machine.unique_id()`."""
    baud: int
    """Rate of the board's console after a reset."""
    drive: str
    """Folder that stands for the board's drive; empty where it shows none now."""
    control: str
    """Path of its supervisor's control socket."""
    pid: int
    """Process id of its supervisor."""


def running(folder: Path) -> list[RunningBoard]:
    """All virtual boards that run now, in the order of their names' numbers.

    `folder` is `storage.places.running_boards()`. What a killed supervisor left is removed.
    """
    found: list[RunningBoard] = []
    for path in sorted(folder.glob("*.json")):
        state = _load(path)
        if state is None:
            continue
        if not _answers(state["control"]):
            _sweep(path, state)
            continue
        found += [RunningBoard(**row) for row in state["boards"]]
    return sorted(found, key=lambda board: (len(board.name), board.name))


def write_state(path: Path, control: Path, boards: list[RunningBoard]) -> None:
    """Say what runs, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {"control": str(control), "boards": [asdict(board) for board in boards]}
    temporary = path.with_suffix(f".{os.getpid()}.new")
    temporary.write_text(json.dumps(body), "utf-8")
    temporary.replace(path)


def _load(path: Path) -> dict[str, Any] | None:
    try:
        state = json.loads(path.read_bytes())
        return {"control": str(state["control"]), "boards": list(state["boards"])}
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _answers(control: str) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(control)
        except OSError:
            return False
    return True


def _sweep(path: Path, state: dict[str, Any]) -> None:
    """Remove what a supervisor that was killed could not."""
    import shutil  # few commands find one

    path.unlink(missing_ok=True)
    folder = Path(state["control"]).parent
    if folder.name.startswith("stemkit-virtual-"):
        with suppress(OSError):
            shutil.rmtree(folder)
