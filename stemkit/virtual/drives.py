"""A board's USB drive, as a folder: what the host copies into it, and how the board shows it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from stemkit.virtual.loop import Loop, Timer

# Copies are looked for this often, and only while the drive is shown.
_LOOK_S: Final = 0.1


class Drive:
    """A folder with the board's own text files; `arrived` is told what else grows in it.

    `arrived(path, data)` gets the new bytes of a file as they come, b"" while it does not grow.
    """

    def __init__(
        self,
        loop: Loop,
        folder: Path,
        files: dict[str, bytes],
        arrived: Callable[[Path, bytes], None],
    ) -> None:
        self._loop = loop
        self.folder = folder
        self._files = files
        self._arrived = arrived
        self._path = str(folder)
        self._changed_ns = 0
        self._is_used = False
        self._seen: dict[int, int] = {}
        self._timer: Timer | None = None
        self._show()

    def _show(self) -> None:
        # A drive is there with all of its files or not at all.
        fresh = self.folder.with_name(f".{self.folder.name}")
        fresh.mkdir(parents=True, exist_ok=True)
        for name, content in self._files.items():
            (fresh / name).write_bytes(content)
        fresh.replace(self.folder)
        self._timer = self._loop.after(_LOOK_S, self._look)

    def hide(self) -> None:
        """The drive vanishes, with whatever was copied to it."""
        if self._timer is not None:
            self._timer.cancel()
        self._seen.clear()
        self._changed_ns, self._is_used = 0, False
        # Moved aside first: what a program writes there meanwhile cannot keep it alive.
        gone = self.folder.with_name(f".{self.folder.name}-gone")
        with contextlib.suppress(OSError):
            self.folder.replace(gone)
        shutil.rmtree(gone, ignore_errors=True)

    def show_again(self, files: dict[str, bytes]) -> None:
        """The drive comes back fresh, with these files."""
        self.hide()
        self._files = files
        self._show()

    def _look(self) -> None:
        self._timer = self._loop.after(_LOOK_S, self._look)
        try:
            # The folder changes with each file that comes: forty drives must cost nothing.
            changed_ns = os.stat(self._path).st_mtime_ns  # noqa: PTH116
            if changed_ns == self._changed_ns and not self._is_used:
                return
            entries = sorted(self.folder.iterdir())
        except OSError:
            return
        self._changed_ns, self._is_used = changed_ns, False
        for path in entries:
            if path.name in self._files or path.name.startswith(".") or path.is_symlink():
                continue
            self._is_used = True
            self._read_on(path)

    def _read_on(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                # A renamed file goes on where it was.
                inode = path.stat().st_ino
                file.seek(self._seen.get(inode, 0))
                data = file.read()
        except OSError:
            return
        self._seen[inode] = self._seen.get(inode, 0) + len(data)
        self._arrived(path, data)
