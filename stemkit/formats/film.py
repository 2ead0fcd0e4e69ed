"""What an MP4 or MOV file (ISO 14496-12, QuickTime) tells of itself: how long it is, and where."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from stemkit.formats.archive_directory import Source

ENDINGS: Final = (".mp4", ".m4v", ".mov", ".3gp")
_MOST_BOXES: Final = 10_000
_MOST_BYTES: Final = 32 << 20
# QuickTime's user data "location", the key that newer phones write, and 3GPP's (TS 26.244, 8.8).
_PLACES: Final = (b"\xa9xyz", b"com.apple.quicktime.location", b"loci")
# As ISO 6709 writes a place: +21.0285+105.8542/
_PLACE: Final = re.compile(rb"([+-]\d{1,2}(?:\.\d{1,8})?)([+-]\d{1,3}(?:\.\d{1,8})?)[+-/]")


@dataclass(frozen=True, slots=True)
class Film:
    """What was found."""

    seconds: float
    has_place: bool
    """Whether the place where it was taken is written in it."""
    place: str = ""
    """Latitude and longitude in degrees, where they can be read."""


def read_film(source: Source) -> Film | None:
    """Read a film's description; None where it has none that can be read."""
    for kind, start, end in boxes(source, 0, source.size):
        if kind == b"moov" and end - start <= _MOST_BYTES:
            data = source.read(start, end - start)
            seconds = _seconds(data)
            if seconds is not None:
                places = [at for at in map(data.find, _PLACES) if at >= 0]
                found = _PLACE.search(data, min(places)) if places else None
                told = b", ".join(found.groups()).decode() if found else ""
                return Film(seconds, bool(places), told)
    return None


def boxes(source: Source, at: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, begin and end of the contents of each box (ISO 14496-12, 4.2) from `at` to `end`."""
    for _ in range(_MOST_BOXES):
        head = source.read(at, 16)
        if len(head) < 8 or at >= end:
            return
        size, kind = struct.unpack_from(">I4s", head)
        start = at + 8
        if size == 1 and len(head) == 16:
            size, start = struct.unpack_from(">Q", head, 8)[0], at + 16
        elif size == 0:
            size = end - at
        if size < start - at or at + size > end:
            return
        yield kind, start, at + size
        at += size


def _seconds(moov: bytes) -> float | None:
    """The duration in the movie header box."""
    at = moov.find(b"mvhd")
    if at < 0 or at + 40 > len(moov):
        return None
    long = moov[at + 4] == 1
    scale, duration = struct.unpack_from(">IQ" if long else ">II", moov, at + (24 if long else 16))
    return duration / scale if scale else None
