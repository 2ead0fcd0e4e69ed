"""A small MicroPython image that a board can have from the start, sound as the ROM checks it."""

from __future__ import annotations

import hashlib
import struct
from functools import reduce
from operator import xor

from stemkit.formats import partition_table
from stemkit.formats.partition_table import TYPE_APP, TYPE_DATA, Partition
from stemkit.virtual.flash import FlashFile
from stemkit.virtual.rom.chips import ChipFacts

_DIO = 2
_NVS, _PHY, _FACTORY, _FAT = 0x02, 0x01, 0x00, 0x81


def image(segments: list[tuple[int, bytes]], flash_bytes: int, chip_id: int | None) -> bytes:
    """An image of (address, bytes) segments; with `chip_id` as ESP32 and later have it."""
    code = (flash_bytes >> 20).bit_length() - 1
    head = struct.pack("<BBBBI", 0xE9, len(segments), _DIO, code << 4, segments[0][0])
    if chip_id is not None:
        head += struct.pack("<B3sHBHH4sB", 0xEE, bytes(3), chip_id, 0, 0, 0xFFFF, bytes(4), 1)
    body = b"".join(struct.pack("<II", at, len(data)) + data for at, data in segments)
    checksum = reduce(xor, (byte for _, data in segments for byte in data), 0xEF)
    whole = head + body
    whole += bytes(15 - len(whole) % 16) + bytes((checksum,))
    return whole if chip_id is None else whole + hashlib.sha256(whole).digest()


def install(
    flash: FlashFile,
    chip: ChipFacts,
    chip_id: int | None,
    offset: int,
    file_system: tuple[int, int],
    banner: str,
) -> None:
    """Write bootloader, partition table and a program that names itself by `banner`.

    `file_system` is (offset, size) of the partition `vfs`.
    """
    text = (banner + "\0").encode().ljust(64, b"\0")
    if chip_id is None:
        flash.program(0, image([(chip.ram, text)], flash.size, None))
        return
    start, size = file_system
    table = [
        Partition("nvs", TYPE_DATA, _NVS, 0x9000, 0x6000),
        Partition("phy_init", TYPE_DATA, _PHY, 0xF000, 0x1000),
        Partition("factory", TYPE_APP, _FACTORY, 0x10000, start - 0x10000),
        Partition("vfs", TYPE_DATA, _FAT, start, size),
    ]
    flash.program(offset, image([(chip.ram, bytes(16))], flash.size, chip_id))
    flash.program(partition_table.TABLE_ADDRESS, partition_table.build(table))
    flash.program(0x10000, image([(chip.flash_map, text)], flash.size, chip_id))
