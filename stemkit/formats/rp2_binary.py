"""What an RP2040 or RP2350 program says of itself: the pico-sdk's binary information.

Format: pico-sdk, src/common/pico_binary_info (defs.h, structure.h). A header near the start points
to a list of entries; MicroPython declares its file system there as a block device (rp2_flash.c).
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

FLASH_ADDRESS: Final = 0x10000000
_MARKER_START: Final = struct.pack("<I", 0x7188EBF2)
_MARKER_END: Final = 0xE71AA390
# picotool looks into the first 256 bytes behind the RP2040's boot stage, 1 KiB on the RP2350.
_SEARCHED_BYTES: Final = 0x1000
_MOST_ENTRIES: Final = 4096
_TYPE_BLOCK_DEVICE: Final = 7
_BLOCK_DEVICE: Final = struct.Struct("<HHIII")
_NAME_MAX_BYTES: Final = 64
_MICROPYTHON_FILES: Final = "MicroPython"


@dataclass(frozen=True, slots=True)
class BlockDevice:
    """A stretch of flash that the program uses as a disk: `address` as the processor sees it."""

    name: str
    address: int
    size: int


def block_devices(memory: Sequence[tuple[int, bytes]]) -> tuple[BlockDevice, ...]:
    """The disks that a program (its stretches of memory) declares; empty where it says nothing."""
    header = _header(memory)
    if header is None:
        return ()
    start, end = header
    found = []
    for place in range(start, min(end, start + 4 * _MOST_ENTRIES), 4):
        pointer = _read(memory, place, 4)
        entry = pointer and _read(memory, int.from_bytes(pointer, "little"), _BLOCK_DEVICE.size)
        if entry:
            kind, _, name, address, size = _BLOCK_DEVICE.unpack(entry)
            if kind == _TYPE_BLOCK_DEVICE:
                found.append(BlockDevice(_text(memory, name), address, size))
    return tuple(found)


def file_system(memory: Sequence[tuple[int, bytes]]) -> BlockDevice | None:
    """The disk that MicroPython keeps its files on, or None where the program does not say."""
    devices = block_devices(memory)
    return next((device for device in devices if device.name == _MICROPYTHON_FILES), None)


def _header(memory: Sequence[tuple[int, bytes]]) -> tuple[int, int] | None:
    """Where the list of pointers begins and ends."""
    if not memory:
        return None
    first = min(memory)[1][:_SEARCHED_BYTES]
    place = first.find(_MARKER_START)
    while place >= 0:
        if place % 4 == 0 and place + 20 <= len(first):
            start, end, _, marker = struct.unpack_from("<IIII", first, place + 4)
            if marker == _MARKER_END:
                return start, end
        place = first.find(_MARKER_START, place + 1)
    return None


def _read(memory: Sequence[tuple[int, bytes]], address: int, size: int) -> bytes | None:
    for start, data in memory:
        if start <= address and address + size <= start + len(data):
            return data[address - start : address - start + size]
    return None


def _text(memory: Sequence[tuple[int, bytes]], address: int) -> str:
    for start, data in memory:
        if start <= address < start + len(data):
            piece = data[address - start : address - start + _NAME_MAX_BYTES]
            return piece.partition(b"\0")[0].decode("utf-8", "replace")
    return ""
