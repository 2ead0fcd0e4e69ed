"""Firmware files made for tests straight from the format descriptions, without stemkit's code.

`esp_firmware` makes what MicroPython's makeimg.py makes: bootloader, partition table, program;
esptool's own image reader accepts them (tests/formats/test_esp_flash.py checks that).
"""

from __future__ import annotations

import hashlib
import struct
import sysconfig
from functools import reduce
from operator import xor
from pathlib import Path

SITE = Path(sysconfig.get_paths()["purelib"])
ETBOARD = SITE / "thonnycontrib/thonny_etboard_firmware/etboard/firmware"
UFLASH = SITE / "uflash"

ESP_CHIPS = {
    "esp32": (0, 0x1000),
    "esp32s2": (2, 0x1000),
    "esp32c3": (5, 0),
    "esp32s3": (9, 0),
    "esp32c6": (13, 0),
    "esp32h2": (16, 0),
    "esp32p4": (18, 0x2000),
    "esp32c5": (23, 0x2000),
}
VFS = ("vfs", 1, 0x81, 0x200000, 0x200000)
PARTITIONS = (("nvs", 1, 2, 0x9000, 0x6000), ("factory", 0, 0, 0x10000, 0x1F0000), VFS)
BANNER = "MicroPython v1.24.1 on 2024-11-29; Generic {chip} module with {chip}"


def esp32_image() -> bytes:
    """The newest real whole image for ESP32 that a package carries (1,556,784 bytes)."""
    return (ETBOARD / "etboard_firmware_micropython_custom_0831_last.bin").read_bytes()


def _segments(pieces: list[tuple[int, bytes]]) -> tuple[bytes, int]:
    body = b"".join(struct.pack("<II", a, len(d)) + d for a, d in pieces)
    return body, reduce(xor, (b for _, d in pieces for b in d), 0xEF)


def esp_program(chip: str, pieces: list[tuple[int, bytes]], flash_mb: int = 4) -> bytes:
    """One image with SHA-256 for a chip of the ESP32 family."""
    body, checksum = _segments(pieces)
    size_code = flash_mb.bit_length() - 1
    head = bytes((0xE9, len(pieces), 2, size_code << 4)) + struct.pack("<I", pieces[0][0])
    head += (
        b"\xee\0\0\0" + struct.pack("<HBHH", ESP_CHIPS[chip][0], 0, 0, 0xFFFF) + bytes(4) + b"\1"
    )
    image = head + body
    image += bytes(15 - len(image) % 16) + bytes((checksum,))
    return image + hashlib.sha256(image).digest()


def esp_table(partitions: tuple[tuple[str, int, int, int, int], ...] = PARTITIONS) -> bytes:
    rows = b"".join(
        b"\xaa\x50" + struct.pack("<BBII16sI", kind, subtype, offset, size, label.encode(), 0)
        for label, kind, subtype, offset, size in partitions
    )
    rows += b"\xeb\xeb" + b"\xff" * 14 + hashlib.md5(rows).digest()
    return rows + b"\xff" * (0xC00 - len(rows))


def esp_firmware(
    chip: str,
    *,
    partitions: tuple[tuple[str, int, int, int, int], ...] = PARTITIONS,
    banner: str = BANNER,
    size: int = 0x4000,
    flash_mb: int = 4,
    seed: int = 0,
) -> bytes:
    """A whole image for `chip`, to be written at the chip's bootloader address.

    Another `seed` gives a program that differs everywhere.
    """
    if chip == "esp8266":
        return esp8266_firmware(banner=banner, size=size)
    base = ESP_CHIPS[chip][1]
    bootloader = esp_program(chip, [(0x3FFF0000 - 0x3FC00000, bytes(range(256)) * 8)], flash_mb)
    text = banner.format(chip=chip.upper()).encode() + b"\0"
    count = range(seed << 24, (seed << 24) + size // 32)
    filler = b"".join(hashlib.sha256(i.to_bytes(4, "big")).digest() for i in count)
    app = esp_program(
        chip,
        [
            (0x3F400020 - 0x3F000000, text + bytes(-len(text) % 4)),
            (0x400D0020 - 0x40000000, filler),
        ],
        flash_mb,
    )
    offset = next(row[3] for row in partitions if row[1] == 0)
    image = bootloader.ljust(0x8000 - base, b"\xff") + esp_table(partitions)
    return image.ljust(offset - base, b"\xff") + app


def esp8266_firmware(*, banner: str = BANNER, size: int = 0x4000) -> bytes:
    """What MicroPython's ports/esp8266/makeimg.py makes, with its MD5 at the end."""
    body, checksum = _segments([(0x40100000, bytes(range(256)) * 16), (0x3FFE8000, b"data" * 64)])
    boot = bytes((0xE9, 2, 0, 0x40)) + struct.pack("<I", 0x40100000) + body
    boot += bytes(15 - len(boot) % 16) + bytes((checksum,))
    text = banner.format(chip="ESP8266").encode() + b"\0"
    rom = text + b"".join(hashlib.sha256(i.to_bytes(4, "big")).digest() for i in range(size // 32))
    image = boot.ljust(0x9000 - 4, b"\xff") + struct.pack("<I", 0x9000 + len(rom)) + rom
    return image + hashlib.md5(image[4:]).digest()


def uf2_blocks(family: int, address: int, data: bytes, flags: int = 0x2000) -> list[bytes]:
    """One block for each 256 bytes, as the UF2 description says."""
    pages = [data[i : i + 256].ljust(256, b"\0") for i in range(0, len(data), 256)]
    return [
        struct.pack(
            "<8I", 0x0A324655, 0x9E5D5157, flags, address + 256 * n, 256, n, len(pages), family
        )
        + page.ljust(476, b"\0")
        + struct.pack("<I", 0x0AB16F30)
        for n, page in enumerate(pages)
    ]


def e10_block() -> bytes:
    """The first block of RP2350 files, as picotool writes it (erratum RP2350-E10).

    Its extension tag tells the chip's loader to ignore it.
    """
    head = (0x0A324655, 0x9E5D5157, 0xA000, 0x10FFFF00, 256, 0, 2, 0xE48BFF57)
    data = b"\xef" * 256 + struct.pack("<I", 0x9957E304)
    return struct.pack("<8I", *head) + data.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


def rp2_program(machine: str, size: int = 0x8000) -> bytes:
    """Bytes that stand for a program, with MicroPython's banner in them."""
    text = f"MicroPython v1.24.1 on 2024-11-29; {machine}".encode() + b"\0"
    filler = b"".join(hashlib.sha256(i.to_bytes(4, "big")).digest() for i in range(size // 32))
    return filler[:4096] + text + filler[4096 + len(text) :]


def pico_uf2(size: int = 0x8000) -> bytes:
    """A UF2 file for an RP2040."""
    return b"".join(
        uf2_blocks(0xE48BFF56, 0x10000000, rp2_program("Raspberry Pi Pico with RP2040", size))
    )


def pico2_uf2(size: int = 0x8000) -> bytes:
    """A UF2 file for an RP2350, with its first block of another family."""
    program = rp2_program("Raspberry Pi Pico2 with RP2350", size)
    return e10_block() + b"".join(uf2_blocks(0xE48BFF59, 0x10000000, program))
