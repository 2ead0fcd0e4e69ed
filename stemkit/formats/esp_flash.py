"""Whole-flash firmware of the ESP family: bootloader, partition table and program in one file.

MicroPython's .bin files are made this way (ports/esp32/makeimg.py, ports/esp8266/makeimg.py): they
begin at the flash address where the chip looks for its bootloader.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from stemkit.formats import esp_image, partition_table
from stemkit.formats.errors import (
    ImageChecksumError,
    ImageLayoutError,
    IncompleteImageError,
    TruncatedImageError,
)
from stemkit.formats.esp_image import ESP8266, EspImage
from stemkit.formats.micropython_build import MicroPythonBuild, find_build
from stemkit.formats.partition_table import TABLE_ADDRESS, Partition, PartitionTable

# esptool, targets/*.py, BOOTLOADER_FLASH_OFFSET; every other chip has it at 0.
_BOOTLOADER_ADDRESS: Final = {
    "esp32": 0x1000,
    "esp32s2": 0x1000,
    "esp32c5": 0x2000,
    "esp32p4": 0x2000,
}

# ports/esp8266/makeimg.py: the part in RAM, then its length field, the part in flash, an MD5.
_ESP8266_FLASH_PART: Final = 0x9000
_MD5_SIZE: Final = 16


@dataclass(frozen=True, slots=True)
class EspFirmware:
    """A sound whole-flash image: `size` bytes that belong at flash address `base`.

    An ESP8266 has neither `partitions` nor an own bootloader: there `bootloader` is the part that
    the ROM loads and `app` is the same.
    """

    chip: str
    base: int
    size: int
    bootloader: EspImage
    partitions: PartitionTable | None
    app_partition: Partition | None
    app: EspImage
    build: MicroPythonBuild | None

    @property
    def flash_size(self) -> int | None:
        """The flash that the bootloader's header was made for, in bytes; None where unknown.

        The chip's own flash may be larger.
        """
        return self.bootloader.flash_size


def bootloader_address(chip: str) -> int:
    """The flash address where the ROM of `chip` (as esptool writes it) looks for a bootloader."""
    return _BOOTLOADER_ADDRESS.get(chip, 0)


def parse(data: bytes, name: str = "image") -> EspFirmware:
    """Read and check every part; `name` is told in errors.

    Raises TruncatedImageError, ImageChecksumError, ImageLayoutError, or IncompleteImageError for a
    program alone.
    """
    start = _bootloader_offset(data)
    bootloader = esp_image.parse(data, name, start)
    if bootloader.chip == ESP8266:
        return _esp8266(data, name, bootloader)
    base = bootloader_address(bootloader.chip) - start
    partitions = _partitions(data, name, base, bootloader)
    partition = partitions.first_app()
    if partition is None:
        raise ImageLayoutError(
            name=name, part="partition table", found="0 programs", expected=">= 1 program"
        )
    app = esp_image.parse(data, name, partition.offset - base)
    _check_fit(app, partition, bootloader, name)
    build = find_build(data[app.offset : app.offset + app.size])
    return EspFirmware(
        bootloader.chip, base, len(data), bootloader, partitions, partition, app, build
    )


def _bootloader_offset(data: bytes) -> int:
    """0, or where the erased flash in front of a bootloader ends in a full copy of a flash."""
    for offset in sorted(set(_BOOTLOADER_ADDRESS.values())):
        erased = data[:offset] == b"\xff" * offset
        if erased and esp_image.starts_like_image(data, offset):
            return offset
    return 0


def _partitions(data: bytes, name: str, base: int, bootloader: EspImage) -> PartitionTable:
    offset = TABLE_ADDRESS - base
    if offset >= 0 and partition_table.starts_like_table(data, offset):
        return partition_table.parse(data, name, offset)
    end = bootloader.offset + bootloader.size
    if bootloader.app is not None or len(data) <= end:
        raise IncompleteImageError(name=name, chip=bootloader.chip)
    if len(data) < offset + 2:
        raise TruncatedImageError(
            name=name, part="partition table", needed=offset + 2, present=len(data)
        )
    raise ImageLayoutError(
        name=name, part="partition table", found=data[offset : offset + 2].hex(), expected="aa50"
    )


def _check_fit(app: EspImage, partition: Partition, bootloader: EspImage, name: str) -> None:
    if app.chip != bootloader.chip:
        raise ImageLayoutError(name=name, part="program", found=app.chip, expected=bootloader.chip)
    if app.size > partition.size:
        raise ImageLayoutError(
            name=name, part="program", found=f"{app.size} B", expected=f"<= {partition.size} B"
        )


def _esp8266(data: bytes, name: str, image: EspImage) -> EspFirmware:
    if len(data) <= image.offset + image.size:
        raise IncompleteImageError(name=name, chip=ESP8266)
    if len(data) < _ESP8266_FLASH_PART:
        raise TruncatedImageError(
            name=name, part="program", needed=_ESP8266_FLASH_PART, present=len(data)
        )
    (length,) = struct.unpack_from("<I", data, _ESP8266_FLASH_PART - 4)
    if length != 0xFFFFFFFF:
        _check_esp8266_md5(data, name, length)
    return EspFirmware(ESP8266, 0, len(data), image, None, None, image, find_build(data))


def _check_esp8266_md5(data: bytes, name: str, length: int) -> None:
    if len(data) < length + _MD5_SIZE:
        raise TruncatedImageError(
            name=name, part="program", needed=length + _MD5_SIZE, present=len(data)
        )
    stored = data[length : length + _MD5_SIZE]
    # esptool may change the first four bytes (flash size and mode): they are not in the MD5.
    made = hashlib.md5(data[4:length], usedforsecurity=False).digest()
    if made != stored:
        raise ImageChecksumError(name=name, part="program", found=made.hex(), expected=stored.hex())
