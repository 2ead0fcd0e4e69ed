"""A lock between processes that goes when its holder does, however it ends."""

from __future__ import annotations

import sys
from pathlib import Path

from filelock import FileLock, Timeout


class ProcessLock:
    """Holds `path` (made if it is missing) until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        self._path = path
        # A recording is begun in one thread and ended in another.
        self._lock = FileLock(path, timeout=0, thread_local=False)

    def take(self) -> bool:
        """Try to take the lock; False when another holder has it."""
        try:
            self._lock.acquire()
        except Timeout:
            return False
        return True

    def wait(self) -> None:
        """Take the lock, however long another holder has it."""
        self._lock.acquire(timeout=-1)

    def release(self, *, remove: bool = False) -> None:
        """Let go; with `remove` the file goes too. Nothing happens where it is not held."""
        if not self._lock.is_locked:
            return
        # Windows removes no open file; elsewhere nobody may take it between the two steps.
        if remove and sys.platform != "win32":
            self._path.unlink(missing_ok=True)
        self._lock.release()
        if remove and sys.platform == "win32":
            self._path.unlink(missing_ok=True)
