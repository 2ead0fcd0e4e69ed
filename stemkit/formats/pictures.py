"""Photos without what the camera wrote into them: place, time, owner, a second small picture.

The picture itself, its colours' profile and how it must be turned stay; not one pixel is computed.
Formats: JPEG (ITU T.81, JFIF, Exif 2.32), PNG (ISO 15948), WebP (RFC 9649).
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from stemkit.formats.exif import CameraData, orientation_alone, parse_exif

_PNG: Final = b"\x89PNG\r\n\x1a\n"
# Chunks that change how a PNG looks, or that it cannot do without (critical ones are kept anyway).
_PNG_TEXTS: Final = {b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"}
_SEGMENTS_KEPT: Final = {0xE0, 0xEE}
_MARKER: Final = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture, and what was taken out of it."""

    data: bytes
    camera: CameraData
    removed: bool
    """Whether anything was taken out."""


class _Broken(ValueError):
    """Not a picture of the kind that its name says."""


def clean_picture(data: bytes, name: str) -> CleanPicture | None:
    """The picture cleaned; None where it is of no known kind, or damaged."""
    for ending, kind in _KINDS.items():
        if name.lower().endswith(ending):
            try:
                return kind(data)
            except (_Broken, struct.error, IndexError):
                return None
    return None


def is_picture(name: str) -> bool:
    """Whether `clean_picture` knows files with such a name."""
    return name.lower().endswith(tuple(_KINDS))


def _jpeg(data: bytes) -> CleanPicture:
    if not data.startswith(b"\xff\xd8"):
        raise _Broken
    out, camera, removed = [b"\xff\xd8"], CameraData(), False
    for marker, start, end in _segments(data):
        body = data[start + 4 : end]
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            camera = parse_exif(body[6:])
        if _stays(marker, body):
            out.append(data[start:end])
        else:
            removed = True
        last = end
    if last < len(data):
        removed = True  # a second picture, a film, or what a phone hangs on
    plain = orientation_alone(camera.orientation)
    if removed and camera.orientation != 1:
        block = b"Exif\0\0" + plain
        out.insert(1, b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block)
    made = b"".join(out)
    return CleanPicture(made, camera, removed and made != data)


def _stays(marker: int, body: bytes) -> bool:
    if marker == 0xE2:
        return body.startswith(b"ICC_PROFILE\0")
    return marker in _SEGMENTS_KEPT or not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, begin and end of each part from behind the first marker to the end of the picture."""
    at = 2
    while True:
        while data[at : at + 2] == b"\xff\xff":
            at += 1
        if data[at] != 0xFF:
            raise _Broken
        marker = data[at + 1]
        if marker == 0xD9:
            yield marker, at, at + 2
            return
        end = at + 2 + struct.unpack_from(">H", data, at + 2)[0]
        if end > len(data):
            raise _Broken
        if marker == 0xDA:
            # The picture's own bytes follow, up to the next marker that is not among them.
            found = _MARKER.search(data, end)
            if found is None:
                raise _Broken
            end = found.start()
        yield marker, at, end
        at = end


def _png(data: bytes) -> CleanPicture:
    if not data.startswith(_PNG):
        raise _Broken
    out, camera, at, removed = [_PNG], CameraData(), len(_PNG), False
    while True:
        size, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + size
        if end > len(data):
            raise _Broken
        if kind == b"eXIf":
            camera = parse_exif(data[at + 8 : end - 4])
        if kind in _PNG_TEXTS:
            removed = True
        else:
            out.append(data[at:end])
        at = end
        if kind == b"IEND":
            break
    if removed and camera.orientation != 1:
        block = b"eXIf" + orientation_alone(camera.orientation)
        chunk = struct.pack(">I", len(block) - 4) + block + struct.pack(">I", zlib.crc32(block))
        out.insert(2, chunk)  # behind IHDR
    return CleanPicture(b"".join(out), camera, removed or at < len(data))


def _webp(data: bytes) -> CleanPicture:
    if data[:4] != b"RIFF" or data[8:12] != b"WEBP":
        raise _Broken
    (size,) = struct.unpack_from("<I", data, 4)
    end_of_all = 8 + size
    if end_of_all > len(data):
        raise _Broken
    out, camera, at, removed = [], CameraData(), 12, end_of_all < len(data)
    while at < end_of_all:
        kind, size = struct.unpack_from("<4sI", data, at)
        end = at + 8 + size + (size & 1)
        if end > end_of_all:
            raise _Broken
        if kind == b"EXIF":
            camera = parse_exif(data[at + 8 : at + 8 + size].removeprefix(b"Exif\0\0"))
        if kind in (b"EXIF", b"XMP "):
            removed = True
        else:
            out.append(bytearray(data[at:end]))
        at = end
    if not removed:
        return CleanPicture(data, camera, removed=False)
    turned = camera.orientation != 1
    for chunk in out:
        if chunk.startswith(b"VP8X"):
            chunk[8] = chunk[8] & ~0x0C | (0x08 if turned else 0)
    if turned:
        block = orientation_alone(camera.orientation)
        out.append(bytearray(b"EXIF" + struct.pack("<I", len(block)) + block))
    body = b"WEBP" + b"".join(out)
    return CleanPicture(b"RIFF" + struct.pack("<I", len(body)) + body, camera, removed=True)


_KINDS: Final[dict[str, Callable[[bytes], CleanPicture]]] = {
    ".jpg": _jpeg,
    ".jpeg": _jpeg,
    ".png": _png,
    ".webp": _webp,
}
