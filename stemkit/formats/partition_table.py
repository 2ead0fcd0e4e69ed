"""The ESP32 family's partition table (ESP-IDF, gen_esp32part.py and esp_flash_partitions.h).

32-byte entries from flash address 0x8000: magic AA 50, type, subtype, offset, size, label of 16
bytes, flags. An entry with magic EB EB holds the MD5 of all before it; erased flash ends it.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.formats.errors import ImageChecksumError, ImageLayoutError, TruncatedImageError

TABLE_ADDRESS: Final = 0x8000
TABLE_MAX_SIZE: Final = 0xC00
SECTOR_SIZE: Final = 0x1000

_ENTRY: Final = struct.Struct("<2sBBII16sI")
_MAGIC: Final = b"\xaa\x50"
_MD5_START: Final = b"\xeb\xeb" + b"\xff" * 14
_END: Final = b"\xff" * _ENTRY.size

TYPE_APP: Final = 0
TYPE_DATA: Final = 1
# MicroPython calls its file system "vfs", boards with TinyUF2 "ffat" (ports/esp32, flashbdev.py).
_FILE_SYSTEM_LABELS: Final = ("vfs", "ffat")


@dataclass(frozen=True, slots=True)
class Partition:
    """A stretch of flash: `offset` from the start of flash, `size`, both in bytes."""

    label: str
    type: int
    subtype: int
    offset: int
    size: int
    flags: int = 0

    @property
    def end(self) -> int:
        """The first flash address behind it."""
        return self.offset + self.size


@dataclass(frozen=True, slots=True)
class PartitionTable:
    """The partitions in the table's order."""

    partitions: tuple[Partition, ...]

    def find(self, label: str) -> Partition | None:
        """The partition of this name, or None."""
        return next((p for p in self.partitions if p.label == label), None)

    def first_app(self) -> Partition | None:
        """The first partition that holds a program, or None."""
        return next((p for p in self.partitions if p.type == TYPE_APP), None)

    def file_system(self, flash_size: int) -> Partition | None:
        """Where MicroPython keeps its files on a flash of `flash_size` bytes, or None if nowhere.

        Since v1.26 the table of most boards names no file system: MicroPython then takes
        everything behind the last partition (ports/esp32/main.c, boardctrl_startup).
        """
        for label in _FILE_SYSTEM_LABELS:
            found = self.find(label)
            if found is not None:
                return found
        end = max((p.end for p in self.partitions), default=0)
        if end == 0 or end >= flash_size:
            return None
        return Partition("vfs", TYPE_DATA, 0x81, end, flash_size - end)


def starts_like_table(data: bytes, offset: int = 0) -> bool:
    """Whether an entry's magic stands at `offset`."""
    return data[offset : offset + 2] == _MAGIC


def parse(data: bytes, name: str = "image", offset: int = 0) -> PartitionTable:
    """Read the table at `offset` of `data`; `name` is told in errors.

    Raises TruncatedImageError, ImageChecksumError or ImageLayoutError.
    """
    found: list[Partition] = []
    for start in range(offset, offset + TABLE_MAX_SIZE, _ENTRY.size):
        entry = data[start : start + _ENTRY.size]
        if len(entry) < _ENTRY.size:
            raise TruncatedImageError(
                name=name, part="partition table", needed=_ENTRY.size, present=len(entry)
            )
        if entry == _END:
            break
        if entry[:16] == _MD5_START:
            _check_md5(data[offset:start], entry[16:], name)
            continue
        if entry[:2] != _MAGIC:
            raise ImageLayoutError(
                name=name,
                part=f"partition table entry {len(found) + 1}",
                found=entry[:2].hex(),
                expected=_MAGIC.hex(),
            )
        found.append(_entry(entry))
    table = PartitionTable(tuple(found))
    _check_places(table.partitions, name)
    return table


def _entry(entry: bytes) -> Partition:
    _, kind, subtype, offset, size, label, flags = _ENTRY.unpack(entry)
    text = label.partition(b"\0")[0].decode("utf-8", "replace")
    return Partition(text, kind, subtype, offset, size, flags)


def _check_md5(entries: bytes, stored: bytes, name: str) -> None:
    made = hashlib.md5(entries, usedforsecurity=False).digest()
    if made != stored:
        raise ImageChecksumError(
            name=name, part="partition table", found=made.hex(), expected=stored.hex()
        )


def _check_places(partitions: Sequence[Partition], name: str) -> None:
    ordered = sorted(partitions, key=lambda p: p.offset)
    if not ordered:
        raise ImageLayoutError(
            name=name, part="partition table", found="0 entries", expected=">= 1 entry"
        )
    free = TABLE_ADDRESS + TABLE_MAX_SIZE
    for partition in ordered:
        if partition.size == 0 or partition.offset % SECTOR_SIZE or partition.offset < free:
            raise ImageLayoutError(
                name=name,
                part=f"partition {partition.label}",
                found=f"0x{partition.offset:x}+0x{partition.size:x}",
                expected=f">= 0x{free:x}, 0x{SECTOR_SIZE:x}-aligned",
            )
        free = partition.end


def build(partitions: Sequence[Partition]) -> bytes:
    """The table's bytes with its MD5 entry, filled up to 0xC00 bytes as ESP-IDF does."""
    entries = b"".join(
        _ENTRY.pack(_MAGIC, p.type, p.subtype, p.offset, p.size, p.label.encode(), p.flags)
        for p in partitions
    )
    digest = hashlib.md5(entries, usedforsecurity=False).digest()
    return (entries + _MD5_START + digest).ljust(TABLE_MAX_SIZE, b"\xff")
