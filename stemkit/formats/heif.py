"""Where a HEIC or AVIF file (ISO 23008-12, 14496-12) keeps what is told beside its picture."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from stemkit.formats.archive_directory import Source
from stemkit.formats.film import boxes

_MOST_META_BYTES: Final = 4 << 20
_MOST_ITEMS: Final = 20_000
_MOST_HIDDEN_BYTES: Final = 4 << 20
_TEXTS: Final = (b"application/rdf+xml", b"text/")


@dataclass(frozen=True, slots=True)
class HiddenItem:
    """An Exif block, or a text about the picture (XMP)."""

    is_exif: bool
    extents: tuple[tuple[int, int], ...]
    """Places and lengths in the file, in bytes."""


def hidden_items(source: Source) -> tuple[HiddenItem, ...] | None:
    """What is told beside the picture; None where the file cannot be read so far."""
    for kind, start, end in boxes(source, 0, source.size):
        if kind == b"meta":
            if end - start > _MOST_META_BYTES:
                return None
            try:
                return _items(source, start + 4, end)  # behind version and flags
            except (struct.error, IndexError, ValueError):
                return None
    return None


def _items(source: Source, start: int, end: int) -> tuple[HiddenItem, ...]:
    inner = {kind: (at, to) for kind, at, to in boxes(source, start, end)}
    if b"iinf" not in inner or b"iloc" not in inner:
        return ()
    kinds = _kinds(source, *inner[b"iinf"])
    data_at = inner.get(b"idat", (0, 0))[0]
    at, to = inner[b"iloc"]
    places = _places(_Fields(source.read(at, to - at)), data_at)
    found = []
    for number, is_exif in kinds.items():
        extents = tuple(places.get(number, ()))
        size = sum(n for _, n in extents)
        if any(at + n > source.size for at, n in extents) or size > _MOST_HIDDEN_BYTES:
            raise ValueError("outside the file")
        found.append(HiddenItem(is_exif, extents))
    return tuple(found)


def _kinds(source: Source, start: int, end: int) -> dict[int, bool]:
    """Item -> whether it is Exif, of those that are Exif or text (`iinf`, `infe`)."""
    version = source.read(start, 1)[0]
    found: dict[int, bool] = {}
    for kind, at, to in boxes(source, start + (6 if version == 0 else 8), end):
        row = source.read(at, min(to - at, 512))
        if kind != b"infe" or row[0] not in (2, 3):
            continue
        wide = row[0] == 3
        number = int.from_bytes(row[4 : 8 if wide else 6], "big")
        rest = row[8 if wide else 6 :][2:]  # behind the protection's index
        if rest[:4] == b"Exif":
            found[number] = True
        elif rest[:4] == b"mime" and any(text in rest for text in _TEXTS):
            found[number] = False
        if len(found) > _MOST_ITEMS:
            raise ValueError("too many items")
    return found


class _Fields:
    """Numbers one behind the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at = data, 0

    def number(self, size: int) -> int:
        """The next number, of `size` bytes."""
        piece = self._data[self._at : self._at + size]
        if len(piece) < size:
            raise ValueError("cut short")
        self._at += size
        return int.from_bytes(piece, "big")


def _places(fields: _Fields, data_at: int) -> dict[int, list[tuple[int, int]]]:
    """Item -> places and lengths (`iloc`, 14496-12, 8.11.3); `data_at` is where `idat` begins."""
    version = fields.number(1)
    fields.number(3)
    sizes = fields.number(2)
    offset, length, base, index = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
    found: dict[int, list[tuple[int, int]]] = {}
    for _ in range(fields.number(2 if version < 2 else 4)):
        number = fields.number(2 if version < 2 else 4)
        way = fields.number(2) & 15 if version > 0 else 0
        fields.number(2)  # the file that it is in: this one
        begin = fields.number(base)
        rows = []
        for _ in range(fields.number(2)):
            if version > 0:
                fields.number(index)
            rows.append((begin + fields.number(offset), fields.number(length)))
        if way < 2:
            found[number] = [(at + (data_at if way == 1 else 0), n) for at, n in rows]
    return found
