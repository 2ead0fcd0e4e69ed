"""The firmware that this computer put on each board: a recording names its very bytes."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from stemkit.storage.notebook import Notebook, NotebookDamagedError


class Flashed:
    """Board (`machine.unique_id()` in hex) to the SHA-256 and the build of its firmware's file."""

    def __init__(self, path: Path) -> None:
        self._notebook = Notebook(path)

    def remember(self, unique_id: str, sha256: str, build: str) -> None:
        """The board holds this firmware, which says `build` of itself: `v1.27.0 on 2025-12-09`."""
        with self._changing() as known:
            known[unique_id.lower()] = [sha256, build]

    def forget(self, unique_id: str) -> None:
        """Nobody knows any more what the board holds."""
        if unique_id.lower() in self._read():
            with self._changing() as known:
                known.pop(unique_id.lower(), None)

    def sha256(self, unique_id: str, firmware: str) -> str:
        """The sum of the firmware on a board that calls it `firmware` now; empty where unknown.

        A board that was given another build elsewhere names that, and the sum is not told.
        """
        match self._read().get(unique_id.lower()):
            case [str(sha256), str(build)] if build and firmware.endswith(f" {build}"):
                return sha256
        return ""

    def _changing(self) -> AbstractContextManager[dict[str, Any]]:
        try:
            self._notebook.read()
        except NotebookDamagedError:
            # What it told can be learnt again: begin anew.
            self._notebook.path.unlink(missing_ok=True)
        return self._notebook.changing()

    def _read(self) -> dict[str, Any]:
        try:
            return self._notebook.read()
        except NotebookDamagedError:
            return {}
