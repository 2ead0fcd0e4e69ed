"""Photos without what the camera wrote into them: place, time, owner, a second small picture.

The picture itself, its colours' profile and how it must be turned stay; not one pixel is computed.
Formats: JPEG (ITU T.81, JFIF, Exif 2.32), PNG (ISO 15948), WebP (RFC 9649), HEIC and AVIF
(`heif`); of TIFF, and the raw pictures that are TIFF files, is only told what they hold. What a
file is, its first bytes say: phones and chat programs give names that are wrong. A picture may lie
in a file of any size: no more than a piece of it is held.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from stemkit.formats.archive_directory import Source
from stemkit.formats.exif import CameraData, orientation_alone, parse_exif, read_exif
from stemkit.formats.heif import hidden_items

_PNG: Final = b"\x89PNG\r\n\x1a\n"
# Chunks that change how a PNG looks, or that it cannot do without (critical ones are kept anyway).
_PNG_TEXTS: Final = {b"tEXt", b"zTXt", b"iTXt", b"tIME", b"eXIf"}
_SEGMENTS_KEPT: Final = {0xE0, 0xEE}
_MARKER: Final = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])", re.DOTALL)
_PIECE_BYTES: Final = 1 << 18
_MOST_EXIF_BYTES: Final = 1 << 20
_MOST_PARTS: Final = 1_000_000
_ENDINGS: Final = (
    ".jpg", ".jpeg", ".jfif", ".png", ".webp", ".heic", ".heif", ".avif", ".tif", ".tiff", ".dng",
)  # fmt: skip
_Part = bytes | tuple[int, int]
"""New bytes, or begin and end of the picture's own."""


@dataclass(frozen=True, slots=True)
class CleanPicture:
    """A picture, and what was taken out of it."""

    parts: tuple[_Part, ...]
    camera: CameraData
    removed: bool
    """Whether anything was taken out."""

    @property
    def size(self) -> int:
        """Of the clean picture, in bytes."""
        return sum(len(p) if isinstance(p, bytes) else p[1] - p[0] for p in self.parts)

    def pieces(self, source: Source) -> Iterator[bytes]:
        """The clean picture, from the `source` that it was made of."""
        for part in self.parts:
            if isinstance(part, bytes):
                yield part
                continue
            for at in range(*part, _PIECE_BYTES):
                yield source.read(at, min(_PIECE_BYTES, part[1] - at))


class _Broken(ValueError):
    """Not a picture of the kind that its first bytes say."""


def clean_picture(source: Source) -> CleanPicture | None:
    """The picture cleaned; None where it is of no known kind, or damaged."""
    head = source.read(0, 16)
    for fits, kind in _KINDS:
        if fits(head):
            try:
                parts, camera = kind(source)
            except (_Broken, struct.error, IndexError):
                return None
            merged = tuple(_merged(parts))
            return CleanPicture(merged, camera, _changed(merged, source))
    return None


def is_picture(name: str) -> bool:
    """Whether a file with such a name should be one that `clean_picture` knows."""
    return name.lower().endswith(_ENDINGS)


def _merged(parts: list[_Part]) -> Iterator[_Part]:
    last: tuple[int, int] | None = None
    for part in parts:
        if isinstance(part, tuple) and last is not None and last[1] == part[0]:
            last = (last[0], part[1])
            continue
        if last is not None:
            yield last
        last = part if isinstance(part, tuple) else None
        if isinstance(part, bytes):
            yield part
    if last is not None:
        yield last


def _changed(parts: tuple[_Part, ...], source: Source) -> bool:
    at = 0
    for part in parts:
        if isinstance(part, tuple):
            if part[0] != at:
                return True
            at = part[1]
        else:
            if source.read(at, len(part)) != part:
                return True
            at += len(part)
    return at != source.size


_Cleaned = tuple[list[_Part], CameraData]


def _jpeg(source: Source) -> _Cleaned:
    parts: list[_Part] = [b"\xff\xd8"]
    camera, removed, last = CameraData(), False, 2
    for marker, start, end in _segments(source):
        body = source.read(start + 4, end - start - 4) if 0xE0 <= marker <= 0xEF else b""
        if marker == 0xE1 and body.startswith(b"Exif\0\0"):
            camera = parse_exif(body[6:])
        if _stays(marker, body):
            parts.append((start, end))
        else:
            removed = True
        last = end
    # Behind its end: a second picture, a film, or what else a phone hangs on.
    removed = removed or last < source.size
    if removed and camera.orientation != 1:
        block = b"Exif\0\0" + orientation_alone(camera.orientation)
        parts.insert(1, b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block)
    return parts, camera


def _stays(marker: int, body: bytes) -> bool:
    if marker == 0xE2:
        return body.startswith(b"ICC_PROFILE\0")
    return marker in _SEGMENTS_KEPT or not (0xE0 <= marker <= 0xEF or marker == 0xFE)


def _segments(source: Source) -> Iterator[tuple[int, int, int]]:
    """Marker, begin and end of each part from behind the first marker to the end of the picture."""
    at = 2
    for _ in range(_MOST_PARTS):
        head = source.read(at, 4)
        while head[:2] == b"\xff\xff":
            at += 1
            head = source.read(at, 4)
        if head[0] != 0xFF:
            raise _Broken
        marker = head[1]
        if marker == 0xD9:
            yield marker, at, at + 2
            return
        end = at + 2 + struct.unpack_from(">H", head, 2)[0]
        if end > source.size:
            raise _Broken
        if marker == 0xDA:
            # The picture's own bytes follow, up to the next marker that is not among them.
            end = _next_marker(source, end)
        yield marker, at, end
        at = end
    raise _Broken


def _next_marker(source: Source, at: int) -> int:
    while piece := source.read(at, _PIECE_BYTES):
        found = _MARKER.search(piece)
        if found:
            return at + found.start()
        # A marker's first byte may be the last of the piece.
        at += max(1, len(piece) - 1)
    raise _Broken


def _png(source: Source) -> _Cleaned:
    parts: list[_Part] = [(0, len(_PNG))]
    camera, at, removed = CameraData(), len(_PNG), False
    for _ in range(_MOST_PARTS):
        size, kind = struct.unpack(">I4s", source.read(at, 8))
        end = at + 12 + size
        if end > source.size:
            raise _Broken
        if kind == b"eXIf":
            camera = parse_exif(source.read(at + 8, min(size, _MOST_EXIF_BYTES)))
        if kind in _PNG_TEXTS:
            removed = True
        else:
            parts.append((at, end))
        at = end
        if kind == b"IEND":
            break
    if removed and camera.orientation != 1:
        block = b"eXIf" + orientation_alone(camera.orientation)
        chunk = struct.pack(">I", len(block) - 4) + block + struct.pack(">I", zlib.crc32(block))
        parts.insert(2, chunk)  # behind IHDR
    return parts, camera


def _webp(source: Source) -> _Cleaned:
    (size,) = struct.unpack_from("<I", source.read(0, 8), 4)
    end_of_all = 8 + size
    if end_of_all > source.size:
        raise _Broken
    chunks: list[tuple[bytes, int, int]] = []
    camera, at = CameraData(), 12
    while at < end_of_all and len(chunks) < _MOST_PARTS:
        kind, size = struct.unpack("<4sI", source.read(at, 8))
        end = at + 8 + size + (size & 1)
        if end > end_of_all:
            raise _Broken
        if kind == b"EXIF":
            block = source.read(at + 8, min(size, _MOST_EXIF_BYTES))
            camera = parse_exif(block.removeprefix(b"Exif\0\0"))
        chunks.append((kind, at, end))
        at = end
    if not any(kind in (b"EXIF", b"XMP ") for kind, _, _ in chunks):
        return [(0, end_of_all)], camera
    body: list[_Part] = []
    turned = camera.orientation != 1
    for kind, at, end in chunks:
        if kind == b"VP8X":
            head = bytearray(source.read(at, end - at))
            head[8] = head[8] & ~0x0C | (0x08 if turned else 0)
            body.append(bytes(head))
        elif kind not in (b"EXIF", b"XMP "):
            body.append((at, end))
    if turned:
        block = orientation_alone(camera.orientation)
        body.append(b"EXIF" + struct.pack("<I", len(block)) + block)
    size = CleanPicture(tuple(body), camera, removed=True).size + 4
    return [b"RIFF" + struct.pack("<I", size) + b"WEBP", *body], camera


def _heif(source: Source) -> _Cleaned:
    """What is told beside the picture is overwritten where it lies: no other part moves."""
    items = hidden_items(source)
    if items is None:
        raise _Broken
    camera = CameraData()
    spaces: list[tuple[int, int, bytes]] = []
    for item in items:
        if item.is_exif:
            # Its first four bytes tell where the TIFF block begins behind them.
            whole = b"".join(source.read(at, n) for at, n in item.extents)
            (skip,) = struct.unpack_from(">I", whole)
            camera = parse_exif(whole[4 + skip :])
            plain = struct.pack(">I", 0) + orientation_alone(camera.orientation)
            new = plain.ljust(len(whole), b"\0") if len(plain) <= len(whole) else bytes(len(whole))
        else:
            new = b" " * sum(n for _, n in item.extents)
        for at, n in item.extents:
            spaces.append((at, n, new[:n]))
            new = new[n:]
    parts: list[_Part] = []
    done = 0
    for at, n, new in sorted(spaces):
        if at < done:
            raise _Broken
        parts += [(done, at), new]
        done = at + n
    return [*parts, (done, source.size)], camera


def _tiff(source: Source) -> _Cleaned:
    return [(0, source.size)], read_exif(source)


_KINDS: Final[tuple[tuple[Callable[[bytes], bool], Callable[[Source], _Cleaned]], ...]] = (
    (lambda head: head.startswith(b"\xff\xd8\xff"), _jpeg),
    (lambda head: head.startswith(_PNG), _png),
    (lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _webp),
    (lambda head: head[4:8] == b"ftyp" and head[8:12] in
     (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1", b"avif", b"avis"), _heif),
    (lambda head: head[:4] in (b"II*\0", b"MM\0*"), _tiff),
)  # fmt: skip
