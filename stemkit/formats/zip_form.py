"""The one form that stemkit gives a zip file: headers from names, sizes and sums alone.

Files are stored, not deflated (compressors differ), with one time of change and one mode, so the
same files give the same bytes on every computer. Sizes and places from 4 GiB on are told in 64 bits
(PKWARE APPNOTE 6.3.10, 4.3.9 and 4.5.3). `first_difference` tells where a zip file is not of this
form: a byte changed in its headers, or another program packed it again.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from stemkit.formats.archive_directory import Source

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_LONG_END: Final = struct.Struct("<4sQ2H2I4Q")
_LONG_PLACE: Final = struct.Struct("<4sIQI")
_FULL: Final = 0xFFFFFFFF
_PLAIN_VERSION, _LONG_VERSION = 20, 45
_MADE_BY_UNIX: Final = 3 << 8 | _PLAIN_VERSION
_UTF8: Final = 1 << 11
_DATE: Final = 1 << 5 | 1
"""1 January 1980, where the counting of zip's days begins."""
_MODE: Final = 0o100644 << 16
_SPAN_BYTES: Final = 1 << 18


class Member(NamedTuple):
    """A stored file."""

    path: str
    size: int
    crc: int
    """CRC-32 of the contents."""
    offset: int
    """Where its header begins."""


def local_header(member: Member) -> bytes:
    """What stands before a file's bytes."""
    name, flags = _name(member)
    long = member.size >= _FULL
    size = _FULL if long else member.size
    extra = struct.pack("<2H2Q", 1, 16, member.size, member.size) if long else b""
    version = _LONG_VERSION if long else _PLAIN_VERSION
    head = _LOCAL.pack(
        b"PK\x03\x04", version, flags, 0, 0, _DATE, member.crc, size, size, len(name), len(extra)
    )
    return head + name + extra


def end_of(member: Member) -> int:
    """Where the next file's header begins."""
    return member.offset + len(local_header(member)) + member.size


def directory(members: Sequence[Member], at: int) -> bytes:
    """The directory that begins at `at`, and the end of the archive."""
    rows = b"".join(map(_entry, members))
    count = len(members)
    long_end = b""
    if count >= 0xFFFF or len(rows) >= _FULL or at >= _FULL:
        facts = (count, count, len(rows), at)
        size = _LONG_END.size - 12
        long_end = _LONG_END.pack(
            b"PK\x06\x06", size, _MADE_BY_UNIX & 0xFF00 | _LONG_VERSION, _LONG_VERSION, 0, 0, *facts
        )
        long_end += _LONG_PLACE.pack(b"PK\x06\x07", 0, at + len(rows), 1)
        # One full field sends every reader to the long record.
        at = _FULL
    short = min(count, 0xFFFF)
    end = _END.pack(b"PK\x05\x06", 0, 0, short, short, min(len(rows), _FULL), at, 0)
    return rows + long_end + end


def first_difference(source: Source, files: Sequence[tuple[str, int, int]]) -> str | None:
    """Where `source` is not of this form: a file's path, "" for the directory, None nowhere.

    `files` are path, size and CRC-32 in the order in which they lie there; their contents are
    trusted to fit.
    """
    members: list[Member] = []
    at = 0
    for path, size, crc in files:
        member = Member(path, size, crc, at)
        head = local_header(member)
        if source.read(at, len(head)) != head:
            return path
        members.append(member)
        at = end_of(member)
    rest = directory(members, at)
    if at + len(rest) != source.size:
        return ""
    return None if all(source.read(at + k, len(s)) == s for k, s in _spans(rest)) else ""


def _spans(data: bytes) -> Iterator[tuple[int, bytes]]:
    for at in range(0, len(data), _SPAN_BYTES):
        yield at, data[at : at + _SPAN_BYTES]


def _entry(member: Member) -> bytes:
    name, flags = _name(member)
    longs = [value for value in (member.size, member.size, member.offset) if value >= _FULL]
    extra = struct.pack(f"<2H{len(longs)}Q", 1, 8 * len(longs), *longs) if longs else b""
    size, offset = min(member.size, _FULL), min(member.offset, _FULL)
    version = _LONG_VERSION if longs else _PLAIN_VERSION
    sizes = (member.crc, size, size, len(name), len(extra))
    head = _ENTRY.pack(
        b"PK\x01\x02", _MADE_BY_UNIX, version, flags, 0, 0, _DATE, *sizes, 0, 0, 0, _MODE, offset
    )
    return head + name + extra


def _name(member: Member) -> tuple[bytes, int]:
    name = member.path.encode()
    return name, 0 if name.isascii() else _UTF8
