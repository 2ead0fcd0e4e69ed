"""Firmware images of the ESP family, checked as the chips' own loaders check them.

Format: Espressif, "Firmware Image Format" (esptool's documentation) and ESP-IDF's
esp_app_format.h. Header of 8 bytes, for all but the ESP8266 16 more, segments with their
load addresses, a checksum that ends on 16 bytes, and a SHA-256 behind it where the header says so.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import Final

from stemkit.formats.errors import ImageChecksumError, ImageLayoutError, TruncatedImageError

MAGIC: Final = 0xE9
_CHECKSUM_START: Final = 0xEF
_HEADER: Final = struct.Struct("<BBBBI")
_EXTENDED: Final = struct.Struct("<B3sHBHH4sB")
_SEGMENT: Final = struct.Struct("<II")
_MAX_SEGMENTS: Final = 16

ESP8266: Final = "esp8266"
# ESP-IDF, components/bootloader_support/include/esp_app_format.h, esp_chip_id_t.
CHIP_BY_ID: Final = {
    0: "esp32",
    2: "esp32s2",
    5: "esp32c3",
    9: "esp32s3",
    12: "esp32c2",
    13: "esp32c6",
    16: "esp32h2",
    18: "esp32p4",
    20: "esp32c61",
    23: "esp32c5",
}

# esptool, targets/*.py: FLASH_SIZES and FLASH_SIZES of the ESP8266; upper four bits of byte 3.
_ESP32_FLASH_SIZES: Final = tuple((1 << n) << 20 for n in range(8))
_ESP8266_FLASH_SIZES: Final = {
    0: 512 << 10,
    1: 256 << 10,
    2: 1 << 20,
    3: 2 << 20,
    4: 4 << 20,
    5: 2 << 20,
    6: 4 << 20,
    8: 8 << 20,
    9: 16 << 20,
}

# An ESP8266 segment loads into RAM or flash; in another chip's header these bytes are SPI pins.
_ESP8266_LOWEST_ADDRESS: Final = 0x3FF00000

_APP_MAGIC: Final = b"\x32\x54\xcd\xab"
_APP: Final = struct.Struct("<4sI8s32s32s16s16s32s32s")


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a program: where it is loaded (`address`), where it lies in the file."""

    address: int
    offset: int
    size: int


@dataclass(frozen=True, slots=True)
class AppDescription:
    """What ESP-IDF writes about a program (esp_app_desc_t)."""

    project: str
    version: str
    idf_version: str
    date: str
    time: str


@dataclass(frozen=True, slots=True)
class EspImage:
    """One sound image at `offset` of its file, `size` bytes with checksum and hash.

    `chip` is a name as in `CHIP_BY_ID`, or `chip-N` for an id that is not known. Revisions are
    major * 100 + minor; `max_revision` is None where there is no limit. `flash_size` is in bytes.
    """

    offset: int
    size: int
    chip: str
    chip_id: int | None
    entry: int
    flash_mode: int
    flash_frequency: int
    flash_size: int | None
    segments: tuple[Segment, ...]
    sha256: bytes | None
    min_revision: int = 0
    max_revision: int | None = None
    app: AppDescription | None = None


def starts_like_image(data: bytes, offset: int = 0) -> bool:
    """Whether an image's magic byte and a possible number of segments stand at `offset`."""
    head = data[offset : offset + 2]
    return len(head) == 2 and head[0] == MAGIC and 0 < head[1] <= _MAX_SEGMENTS


def parse(data: bytes, name: str = "image", offset: int = 0) -> EspImage:
    """Read and check the image at `offset` of `data`; `name` is told in errors.

    What follows the image is left alone. Raises TruncatedImageError, ImageChecksumError or
    ImageLayoutError.
    """
    view = memoryview(data)
    _need(view, offset, _HEADER.size + _SEGMENT.size, "image header", name)
    magic, count, mode, size_and_frequency, entry = _HEADER.unpack_from(view, offset)
    if magic != MAGIC or not 0 < count <= _MAX_SEGMENTS:
        raise ImageLayoutError(
            name=name,
            part="image header",
            found=data[offset : offset + 2].hex(),
            expected="e901-e910",
        )
    (first_address,) = struct.unpack_from("<I", view, offset + _HEADER.size)
    if first_address >= _ESP8266_LOWEST_ADDRESS:
        extended = None
        start = offset + _HEADER.size
    else:
        _need(view, offset, _HEADER.size + _EXTENDED.size, "image header", name)
        extended = _EXTENDED.unpack_from(view, offset + _HEADER.size)
        start = offset + _HEADER.size + _EXTENDED.size
    segments, end = _segments(view, start, count, name)
    end = _check_sum(view, segments, offset, end, name)
    common = (entry, mode, size_and_frequency & 0x0F)
    if extended is None:
        flash = _ESP8266_FLASH_SIZES.get(size_and_frequency >> 4)
        return EspImage(offset, end - offset, ESP8266, None, *common, flash, segments, None)
    _, _, chip_id, old_revision, min_revision, max_revision, _, has_hash = extended
    sha256, end = _check_hash(view, offset, end, has_hash, name)
    code = size_and_frequency >> 4
    return EspImage(
        offset,
        end - offset,
        CHIP_BY_ID.get(chip_id, f"chip-{chip_id}"),
        chip_id,
        *common,
        _ESP32_FLASH_SIZES[code] if code < len(_ESP32_FLASH_SIZES) else None,
        segments,
        sha256,
        min_revision or old_revision * 100,
        max_revision if max_revision not in (0, 0xFFFF) else None,
        _app(view, segments),
    )


def _need(view: memoryview, offset: int, size: int, part: str, name: str) -> None:
    present = max(0, len(view) - offset)
    if present < size:
        raise TruncatedImageError(name=name, part=part, needed=size, present=present)


def _segments(
    view: memoryview, start: int, count: int, name: str
) -> tuple[tuple[Segment, ...], int]:
    found = []
    for number in range(1, count + 1):
        _need(view, start, _SEGMENT.size, f"segment {number}", name)
        address, size = _SEGMENT.unpack_from(view, start)
        start += _SEGMENT.size
        _need(view, start, size, f"segment {number}", name)
        found.append(Segment(address, start, size))
        start += size
    return tuple(found), start


def _check_sum(
    view: memoryview, segments: tuple[Segment, ...], offset: int, end: int, name: str
) -> int:
    """Check the XOR of all segments; returns where the checksum ends."""
    # The checksum is the last byte of the next 16 (bootloader_utility and esptool agree).
    end = offset + (end - offset) // 16 * 16 + 16
    _need(view, offset, end - offset, "checksum", name)
    made = _CHECKSUM_START
    for segment in segments:
        made ^= xor_of(view[segment.offset : segment.offset + segment.size])
    if made != view[end - 1]:
        raise ImageChecksumError(
            name=name, part="segments", found=f"{made:02x}", expected=f"{view[end - 1]:02x}"
        )
    return end


def xor_of(data: memoryview | bytes) -> int:
    """XOR of all bytes: as one big number, folded in the middle until a byte is left."""
    size = 1 << max(0, len(data) - 1).bit_length()
    number = int.from_bytes(data, "little")
    while size > 1:
        size //= 2
        number = (number >> size * 8) ^ (number & ((1 << size * 8) - 1))
    return number


def _check_hash(
    view: memoryview, offset: int, end: int, flag: int, name: str
) -> tuple[bytes | None, int]:
    """Check the SHA-256 that `flag` announces; returns it and where the image ends."""
    if flag not in (0, 1):
        raise ImageLayoutError(name=name, part="hash flag", found=flag, expected="0-1")
    stored = bytes(view[end : end + 32])
    if flag == 0:
        if hashlib.sha256(_with_hash_flag(view[offset:end])).digest() == stored:
            raise ImageLayoutError(name=name, part="hash flag", found=flag, expected=1)
        return None, end
    _need(view, offset, end - offset + 32, "SHA-256", name)
    made = hashlib.sha256(view[offset:end]).digest()
    if made != stored:
        raise ImageChecksumError(name=name, part="SHA-256", found=made.hex(), expected=stored.hex())
    return stored, end + 32


def _with_hash_flag(image: memoryview) -> bytes:
    place = _HEADER.size + _EXTENDED.size - 1
    return bytes(image[:place]) + b"\1" + bytes(image[place + 1 :])


def _app(view: memoryview, segments: tuple[Segment, ...]) -> AppDescription | None:
    first = segments[0]
    if first.size < _APP.size:
        return None
    magic, _, _, version, project, time, date, idf, _ = _APP.unpack_from(view, first.offset)
    if magic != _APP_MAGIC:
        return None
    return AppDescription(_text(project), _text(version), _text(idf), _text(date), _text(time))


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode("utf-8", "replace")
