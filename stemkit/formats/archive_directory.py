"""The directory of a zip archive: what it says of every file, judged before a file is touched."""

from __future__ import annotations

import stat
import struct
from typing import Final, NamedTuple, NoReturn, Protocol

from stemkit.formats.archive_errors import ArchiveDamagedError, ArchiveUnsafeError, Reason
from stemkit.formats.archive_names import shown, unsafe_name
from stemkit.words import N_

STORED, DEFLATED = 0, 8
DESCRIPTOR: Final = 1 << 3
ZIP64_EXTRA: Final = 0x0001
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_LONG_END: Final = struct.Struct("<4sQ2H2I4Q")
_LONG_PLACE: Final = struct.Struct("<4sIQI")
_ENCRYPTED: Final = 1 << 0 | 1 << 6 | 1 << 13
_UTF8: Final = 1 << 11
_KNOWN_FLAGS: Final = DESCRIPTOR | _UTF8 | 0b110
# FILE_ATTRIBUTE_: volume label, device, reparse point.
_STRANGE_DOS: Final = 0x08 | 0x40 | 0x400
_DOS_FOLDER: Final = 0x10
_OTHERS_RIGHTS: Final = stat.S_ISUID | stat.S_ISGID
# The extra field that says another name (Info-ZIP Unicode Path).
_NAME_EXTRA: Final = 0x7075
# Below this a file of zeros may be packed as tightly as it likes.
_RATIO_FROM_BYTES: Final = 4096
# A file's name and remarks in the directory; names are refused long before.
_MOST_BYTES_A_FILE: Final = 4096
_FULL: Final = 0xFFFFFFFF


class Source(Protocol):
    """Where an archive lies."""

    @property
    def size(self) -> int:
        """Its length in bytes."""
        ...

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from `at`; fewer where it ends."""
        ...


class Stamp(NamedTuple):
    """What a header says that changes nothing of a file: it tells who wrote the header."""

    needed: int
    """The version of zip that is needed, times ten."""
    time: int
    date: int
    made_by: int = 0
    internal: int = 0
    attributes: int = 0
    """These three are in the directory alone."""


class Entry(NamedTuple):
    """What the directory says of one file."""

    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    attributes: int
    offset: int
    stamp: Stamp


class Directory:
    """Reads and judges the directory; `name` is how errors call the archive."""

    def __init__(self, source: Source, name: str, most_files: int, ratio: int) -> None:
        self._source, self._name = source, name
        self._most_files, self._ratio = most_files, ratio
        self._data = b""
        self._zip64 = False
        self.at = 0
        """Where it begins in the archive."""

    def entries(self, *, zip64: bool) -> list[Entry]:
        """All files and folders. Raises ArchiveDamagedError, ArchiveUnsafeError."""
        self._zip64 = zip64
        count = self._found()
        if count > self._most_files:
            self._unsafe(N_("it holds more than {most} files."), most=self._most_files)
        entries, at = [], 0
        for _ in range(count):
            entry, at = self._entry(at)
            self._judge(entry)
            entries.append(entry)
        if at != len(self._data):
            self._unsafe(N_("there are bytes in it that belong to no file."))
        return entries

    def _found(self) -> int:
        """Read the directory's bytes; how many files it lists."""
        source = self._source
        end = source.size - _END.size
        if end < 0 or source.read(0, 2) != b"PK":
            self._damaged(N_("it does not begin as a zip file does."))
        last = source.read(end, _END.size)
        signature, disk, first, here, count, size, at, comment = _END.unpack(last)
        if signature != b"PK\x05\x06" or comment:
            # A comment has at most 65,535 bytes.
            if b"PK\x05\x06" in source.read(max(0, end - 0xFFFF), 0xFFFF + _END.size):
                self._unsafe(N_("there are bytes behind its end."))
            self._damaged(N_("its end is missing."))
        if disk or first or here != count:
            self._unsafe(N_("it is a part of several archives."))
        if self._zip64 and (count == 0xFFFF or size == _FULL or at == _FULL):
            count, size, at, end = self._long_end(end)
        if at + size != end:
            self._unsafe(N_("its directory is not where it says."))
        if size > (self._most_files + 1) * _MOST_BYTES_A_FILE:
            self._unsafe(N_("it holds more than {most} files."), most=self._most_files)
        self.at = at
        self._data = source.read(at, size)
        return int(count)

    def _long_end(self, end: int) -> tuple[int, int, int, int]:
        """Count, size, place and end of the directory where they are told in 64 bits (4.3.14)."""
        place = end - _LONG_PLACE.size
        record = place - _LONG_END.size
        if record < 0:
            self._damaged(N_("its end is missing."))
        signature, disk, at, disks = _LONG_PLACE.unpack(self._source.read(place, _LONG_PLACE.size))
        row = _LONG_END.unpack(self._source.read(record, _LONG_END.size))
        if signature != b"PK\x06\x07" or at != record or row[0] != b"PK\x06\x06":
            self._unsafe(N_("its directory is not where it says."))
        if disk or disks != 1 or row[4] or row[5] or row[6] != row[7]:
            self._unsafe(N_("it is a part of several archives."))
        if row[1] != _LONG_END.size - 12:
            self._unsafe(N_("there are bytes in it that belong to no file."))
        return row[7], row[8], row[9], record

    def _entry(self, at: int) -> tuple[Entry, int]:
        data, end = self._data, len(self._data)
        if at + _ENTRY.size > end:
            self._damaged(N_("its directory is cut short."))
        row = _ENTRY.unpack_from(data, at)
        signature, made_by, needed, flags, method, time, date = row[:7]
        crc, packed, size, n, extra, comment, disk, internal, attributes, offset = row[7:]
        past = at + _ENTRY.size + n + extra + comment
        if signature != b"PK\x01\x02" or past > end:
            self._damaged(N_("its directory is cut short."))
        if disk:
            self._unsafe(N_("it is a part of several archives."))
        raw = data[at + _ENTRY.size : at + _ENTRY.size + n]
        rest = data[at + _ENTRY.size + n : at + _ENTRY.size + n + extra]
        path = shown(raw.decode("latin-1"))
        more = extras(rest, self._name, path, zip64=self._zip64)
        if ZIP64_EXTRA in more:
            size, packed, offset = self._long(more[ZIP64_EXTRA], path, (size, packed, offset))
        name = self._decoded(raw, flags)
        stamp = Stamp(needed, time, date, made_by, internal, attributes)
        return Entry(name, raw, flags, method, crc, packed, size, attributes, offset, stamp), past

    def _long(self, extra: bytes, path: str, told: tuple[int, int, int]) -> tuple[int, int, int]:
        """Size, packed size and offset: those of the 64-bit field where the short ones are full."""
        if len(extra) != 8 * told.count(_FULL):
            self._unsafe(N_("“{path}” has a second name or size."), path=path)
        longs = iter(struct.unpack(f"<{len(extra) // 8}Q", extra))
        size, packed, offset = (next(longs) if value == _FULL else value for value in told)
        return size, packed, offset

    def _decoded(self, raw: bytes, flags: int) -> str:
        try:
            return raw.decode("utf-8" if flags & _UTF8 else "ascii")
        except UnicodeDecodeError:
            name = shown(raw.decode("utf-8", "replace"))
            self._unsafe(N_("the name “{path}” is not said to be written in UTF-8."), path=name)

    def _judge(self, entry: Entry) -> None:
        """What the directory alone tells of one file."""
        path = shown(entry.name)
        if entry.flags & _ENCRYPTED:
            self._unsafe(N_("“{path}” is locked with a password."), path=path)
        if entry.flags & ~_KNOWN_FLAGS or entry.method not in (STORED, DEFLATED):
            self._unsafe(N_("“{path}” is packed in a way that is not plain zip."), path=path)
        bad = unsafe_name(entry.name.removesuffix("/"))
        if bad is not None:
            raise ArchiveUnsafeError(name=self._name, reason=bad)
        kind = stat.S_IFMT(entry.attributes >> 16)
        plain = (0, stat.S_IFDIR) if is_folder(entry) else (0, stat.S_IFREG)
        if kind == stat.S_IFLNK:
            self._unsafe(N_("“{path}” is a link to another place."), path=path)
        strange = _STRANGE_DOS if is_folder(entry) else _STRANGE_DOS | _DOS_FOLDER
        if kind not in plain or entry.attributes & strange:
            self._unsafe(N_("“{path}” is not a plain file."), path=path)
        if is_folder(entry) and (entry.size or entry.packed):
            self._unsafe(N_("“{path}” is a folder and has contents."), path=path)
        if not is_folder(entry) and entry.attributes >> 16 & _OTHERS_RIGHTS:
            self._unsafe(N_("“{path}” would run with another person's rights."), path=path)
        if entry.size > max(_RATIO_FROM_BYTES, self._ratio * entry.packed):
            self._unsafe(N_("“{path}” would swell far beyond its packed size."), path=path)
        if entry.method == STORED and entry.size != entry.packed:
            self._unsafe(N_("“{path}” has not the size that it says."), path=path)

    def _unsafe(self, message: str, **fields: object) -> NoReturn:
        raise ArchiveUnsafeError(name=self._name, reason=Reason(message, fields))

    def _damaged(self, message: str, **fields: object) -> NoReturn:
        raise ArchiveDamagedError(name=self._name, reason=Reason(message, fields))


def extras(extra: bytes, name: str, path: str, *, zip64: bool) -> dict[int, bytes]:
    """The extra fields of the file `path` by their kind; a second name or size is refused.

    Raises ArchiveUnsafeError about the archive `name`.
    """
    found: dict[int, bytes] = {}
    at = 0
    while at + 4 <= len(extra):
        kind, size = struct.unpack_from("<HH", extra, at)
        second = kind == _NAME_EXTRA or (kind == ZIP64_EXTRA and (not zip64 or kind in found))
        if second:
            reason = Reason(N_("“{path}” has a second name or size."), {"path": path})
            raise ArchiveUnsafeError(name=name, reason=reason)
        found[kind] = extra[at + 4 : at + 4 + size]
        at += 4 + size
    if at != len(extra):
        reason = Reason(N_("“{path}” is described in two ways."), {"path": path})
        raise ArchiveUnsafeError(name=name, reason=reason)
    return found


def is_folder(entry: Entry) -> bool:
    """Whether an entry is a folder's."""
    return entry.name.endswith("/")
