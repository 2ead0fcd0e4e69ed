"""A file that is read anywhere in, without ever holding all of it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from stemkit.storage import atomic


class FileSource:
    """Reads anywhere in an open file; any thread may ask."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._lock = threading.Lock()
        self.size = os.fstat(descriptor).st_size

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from `at`; fewer where the file ends."""
        if hasattr(os, "pread"):
            return os.pread(self.descriptor, size, at)
        with self._lock:
            os.lseek(self.descriptor, at, os.SEEK_SET)
            return os.read(self.descriptor, size)


@contextlib.contextmanager
def open_source(path: Path) -> Iterator[FileSource]:
    """A file to read anywhere in, as long as the block lasts. Raises MissingFileError and such."""
    with atomic.told(path):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
        try:
            yield FileSource(descriptor)
        finally:
            os.close(descriptor)
