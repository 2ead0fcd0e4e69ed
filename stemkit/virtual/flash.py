"""A board's flash memory: a sparse file in which a hole is erased memory (all bits set)."""

from __future__ import annotations

import os
import struct
from collections.abc import Sequence
from pathlib import Path
from typing import Final

SECTOR_BYTES: Final = 4096
"""Smallest erasable piece of the flash chips on these boards."""

# Behind the flash the file says which addresses can no longer be written: a count, then (from, to).
# The board's own block device (board/_boot.py) reads it.
_MOST_WORN: Final = 16

_ERASED_SECTOR: Final = b"\xff" * SECTOR_BYTES


class FlashFile:
    """Flash of `size` bytes kept in `path`, made erased if it is not there.

    A file system without holes of one sector gets a full file instead.
    """

    def __init__(self, path: Path, size: int) -> None:
        self.path, self.size = path, size
        is_new = not path.is_file()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        if is_new or os.fstat(self._fd).st_size != size + SECTOR_BYTES:
            self._make_new()

    def _make_new(self) -> None:
        os.ftruncate(self._fd, 0)
        os.ftruncate(self._fd, self.size + SECTOR_BYTES)
        os.pwrite(self._fd, _ERASED_SECTOR, SECTOR_BYTES)
        if not self._has_holes():
            for at in range(0, self.size, SECTOR_BYTES):
                os.pwrite(self._fd, _ERASED_SECTOR, at)

    def _has_holes(self) -> bool:
        try:
            return os.lseek(self._fd, 0, os.SEEK_DATA) == SECTOR_BYTES
        except OSError:
            return False

    def read(self, offset: int, count: int) -> bytes:
        """`count` bytes from `offset`; what lies behind the end reads as erased."""
        data = bytearray(b"\xff" * count)
        end = min(offset + count, self.size)
        at = offset
        while at < end:
            try:
                start = os.lseek(self._fd, at, os.SEEK_DATA)
            except OSError:
                break
            if start >= end:
                break
            stop = min(os.lseek(self._fd, start, os.SEEK_HOLE), end)
            data[start - offset : stop - offset] = os.pread(self._fd, stop - start, start)
            at = stop
        return bytes(data)

    def program(self, offset: int, data: bytes) -> None:
        """Write as flash does: bits can only be cleared. What lies behind the end is lost."""
        data = data[: max(0, self.size - offset)]
        if not data:
            return
        # A hole reads as zeros in other processes: whole sectors are written, so none is left half.
        first = offset // SECTOR_BYTES * SECTOR_BYTES
        last = -(-(offset + len(data)) // SECTOR_BYTES) * SECTOR_BYTES
        old = self.read(first, last - first)
        skip = offset - first
        part = old[skip : skip + len(data)]
        if part.count(0xFF) != len(part):
            mask = int.from_bytes(part, "little") & int.from_bytes(data, "little")
            data = mask.to_bytes(len(data), "little")
        os.pwrite(self._fd, old[:skip] + data + old[skip + len(data) :], first)

    def erase(self, offset: int, count: int) -> None:
        """Erase the sectors from `offset` to `offset + count`."""
        first = offset // SECTOR_BYTES * SECTOR_BYTES
        last = min(-(-(offset + count) // SECTOR_BYTES) * SECTOR_BYTES, self.size)
        if first == 0 and last == self.size:
            worn = os.pread(self._fd, SECTOR_BYTES, self.size)
            self._make_new()
            os.pwrite(self._fd, worn, self.size)
            return
        for at in range(first, last, 1 << 20):
            os.pwrite(self._fd, b"\xff" * min(1 << 20, last - at), at)

    def wear_out(self, ranges: Sequence[tuple[int, int]]) -> None:
        """Let the board's own writes to these addresses (from, to) fail; [] mends them."""
        pairs = list(ranges)[:_MOST_WORN]
        rows = b"".join(struct.pack("<II", start, end) for start, end in pairs)
        os.pwrite(self._fd, bytes((len(pairs),)) + rows, self.size)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._fd)
