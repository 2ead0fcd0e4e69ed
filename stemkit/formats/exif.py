"""What a camera writes into a picture beside the picture (Exif 2.32, TIFF 6.0)."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

from stemkit.formats.archive import BytesSource
from stemkit.formats.archive_directory import Source

_TYPE_BYTES: Final = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 7: 1, 9: 4, 10: 8}
_ORIENTATION, _MAKE, _MODEL, _ARTIST, _GPS = 0x0112, 0x010F, 0x0110, 0x013B, 0x8825
_OWNER, _EXIF = 0xA430, 0x8769
_MOST_ENTRIES: Final = 512


@dataclass(frozen=True, slots=True)
class CameraData:
    """What was found; "" and None where nothing was."""

    place: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""
    camera: str = ""
    person: str = ""
    orientation: int = 1
    """How a viewer must turn the picture: 1 to 8, 1 as it is."""


def parse_exif(block: bytes) -> CameraData:
    """Read a TIFF block; what cannot be read is left out, never an error."""
    return read_exif(BytesSource(block))


def read_exif(source: Source) -> CameraData:
    """Read a TIFF file, or a block that lies anywhere, as `parse_exif` does."""
    head = source.read(0, 8)
    order = {b"II": "<", b"MM": ">"}.get(head[:2])
    if order is None or len(head) < 8:
        return CameraData()
    reader = _Reader(source, order)
    (first,) = struct.unpack_from(order + "I", head, 4)
    main = reader.entries(first)
    more = reader.entries(reader.number(main.get(_EXIF), 0))
    turned = reader.number(main.get(_ORIENTATION), 1)
    names = (reader.text(main.get(_ARTIST)), reader.text(more.get(_OWNER)))
    camera = f"{reader.text(main.get(_MAKE))} {reader.text(main.get(_MODEL))}".strip()
    place = None
    if _GPS in main:
        place = reader.place(reader.entries(reader.number(main[_GPS], 0)))
    person = next((name for name in names if name), "")
    return CameraData(place, camera, person, turned if 1 <= turned <= 8 else 1)


def orientation_alone(orientation: int) -> bytes:
    """A TIFF block that says nothing but how to turn the picture."""
    entry = struct.pack("<HHIHH", _ORIENTATION, 3, 1, orientation, 0)
    return struct.pack("<2sHIH", b"II", 42, 8, 1) + entry + bytes(4)


class _Reader:
    def __init__(self, source: Source, order: str) -> None:
        self._source, self._order = source, order

    def entries(self, at: int) -> dict[int, tuple[int, bytes]]:
        """Tag -> (type, bytes) of the directory at `at`."""
        order = self._order
        count = self._source.read(at, 2) if at > 0 else b""
        if len(count) < 2:
            return {}
        most = min(struct.unpack(order + "H", count)[0], _MOST_ENTRIES)
        rows = self._source.read(at + 2, 12 * most)
        found = {}
        for place in range(0, len(rows) - 11, 12):
            tag, kind, n = struct.unpack_from(order + "HHI", rows, place)
            size = _TYPE_BYTES.get(kind, 0) * n
            value = rows[place + 8 : place + 8 + size]
            if 4 < size <= 4096:
                (start,) = struct.unpack_from(order + "I", rows, place + 8)
                value = self._source.read(start, size)
            if 0 < size == len(value):
                found[tag] = (kind, value)
        return found

    def number(self, entry: tuple[int, bytes] | None, default: int) -> int:
        if entry is None or entry[0] not in (3, 4):
            return default
        return int(struct.unpack_from(self._order + ("H" if entry[0] == 3 else "I"), entry[1])[0])

    def text(self, entry: tuple[int, bytes] | None) -> str:
        if entry is None or entry[0] != 2:
            return ""
        text = entry[1].split(b"\0")[0].decode("utf-8", "replace")
        return "".join(c for c in text if c.isprintable()).strip()[:80]

    def place(self, gps: dict[int, tuple[int, bytes]]) -> tuple[float, float]:
        """Latitude and longitude; 0, 0 where a place is written in a way that cannot be read."""
        return (
            self._degrees(gps.get(2)) * (-1 if self.text(gps.get(1)) == "S" else 1),
            self._degrees(gps.get(4)) * (-1 if self.text(gps.get(3)) == "W" else 1),
        )

    def _degrees(self, entry: tuple[int, bytes] | None) -> float:
        if entry is None or len(entry[1]) < 24:
            return 0.0
        parts = struct.unpack_from(self._order + "6I", entry[1])
        if not all(parts[1::2]):
            return 0.0
        degrees, minutes, seconds = (a / b for a, b in zip(parts[::2], parts[1::2], strict=True))
        return float(round(degrees + minutes / 60 + seconds / 3600, 6))
