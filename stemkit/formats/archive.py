"""Zip archives that strangers made, read so that they can do no harm.

Only the plain form is taken (PKWARE APPNOTE 6.3.10): files stored or deflated one after another
without gaps, then their directory, then its end and nothing more. What a reader could understand in
two ways (two sizes, two names, bytes before or behind) is refused. Everything is decompressed,
counted and hashed here before a caller can get at the first byte. An archive may lie in memory or
in a file: never more than a piece of a file's contents is held.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from stemkit.formats.archive_directory import (
    DESCRIPTOR,
    STORED,
    ZIP64_EXTRA,
    Directory,
    Entry,
    Source,
    Stamp,
    extras,
    is_folder,
)
from stemkit.formats.archive_errors import ArchiveDamagedError, ArchiveUnsafeError, Reason
from stemkit.formats.archive_names import collision, shown
from stemkit.words import N_

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_PIECE_BYTES: Final = 1 << 18


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that an archive may hold."""

    files: int = 2_000
    size_bytes: int = 64 << 20
    """All files together, unpacked; the archive itself may not be larger either."""
    ratio: int = 100
    """Unpacked to packed size of a file."""
    zip64: bool = False
    """Whether sizes may be told in 64 bits, as beyond 4 GiB they must."""


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file in an archive. `path` has `/` between names and is safe below any folder."""

    path: str
    size: int
    sha256: str
    crc: int
    """CRC-32, as zip has it."""
    stamps: tuple[Stamp, Stamp]
    """Of the header before the file, and of the one in the directory."""
    _start: int
    _packed: int
    _method: int

    @property
    def end(self) -> int:
        """Where its bytes end in the archive."""
        return self._start + self._packed


class BytesSource:
    """An archive that is in memory."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.size = len(data)

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from `at`; fewer where it ends."""
        return self._data[at : at + size]


Advanced = Callable[[int], None]
"""Hears how many bytes of the archive have been read so far."""


class Archive:
    """An archive that has passed: every file was unpacked once, and is what it says."""

    def __init__(self, source: Source, files: tuple[ArchivedFile, ...], name: str) -> None:
        self._source, self._name = source, name
        self.files = files
        """In the archive's order; folders are not listed."""
        self._by_path = {file.path: file for file in files}

    def __contains__(self, path: str) -> bool:
        return path in self._by_path

    def file(self, path: str) -> ArchivedFile:
        """What is known of a file. Raises KeyError for one that is not there."""
        return self._by_path[path]

    def read(self, path: str) -> bytes:
        """The contents of a file. Raises KeyError for one that is not there."""
        return b"".join(self.pieces(path))

    def pieces(self, path: str) -> Iterator[bytes]:
        """The contents of a file, piece by piece.

        Raises ArchiveDamagedError behind the last piece where they are no longer those that passed.
        """
        file = self._by_path[path]
        digest = hashlib.sha256()
        for piece in _unpacked(self._source, file._start, file._packed, file._method):
            digest.update(piece)
            yield piece
        if digest.hexdigest() != file.sha256:
            reason = Reason(N_("“{path}” was changed while it was read."), {"path": shown(path)})
            raise ArchiveDamagedError(name=self._name, reason=reason)

    def part(self, path: str, at: int, size: int) -> bytes:
        """Up to `size` bytes of a file from `at`. Raises KeyError for a file that is not there."""
        file = self._by_path[path]
        if file._method == STORED:
            return self._source.read(file._start + at, max(0, min(size, file.size - at)))
        return self.read(path)[at : at + size]


def read_archive(data: bytes, name: str, limits: Limits | None = None) -> Archive:
    """Check all of an archive; `name` is how errors call it.

    Raises ArchiveDamagedError, ArchiveUnsafeError.
    """
    return check_archive(BytesSource(data), name, limits or Limits())


def check_archive(
    source: Source, name: str, limits: Limits, advanced: Advanced = lambda _: None
) -> Archive:
    """Check all of an archive that lies anywhere, reading it once from its begin to its end.

    Raises ArchiveDamagedError, ArchiveUnsafeError, and what `source` raises.
    """
    return _Reader(source, name, limits, advanced).archive()


class _Reader:
    def __init__(self, source: Source, name: str, limits: Limits, advanced: Advanced) -> None:
        self._source, self._name, self._limits = source, name, limits
        self._advanced = advanced
        self._directory_at = 0

    def archive(self) -> Archive:
        if self._source.size > self._limits.size_bytes:
            self._too_large()
        directory = Directory(self._source, self._name, self._limits.files, self._limits.ratio)
        entries = directory.entries(zip64=self._limits.zip64)
        self._directory_at = directory.at
        files = [entry.name for entry in entries if not is_folder(entry)]
        folders = [entry.name[:-1] for entry in entries if is_folder(entry)]
        if len(set(folders)) != len(folders):
            self._unsafe(N_("a folder is there twice."))
        collided = collision(files, folders)
        if collided is not None:
            raise ArchiveUnsafeError(name=self._name, reason=collided)
        if sum(entry.size for entry in entries) > self._limits.size_bytes:
            self._too_large()
        found, at = [], 0
        for entry in sorted(entries, key=lambda entry: entry.offset):
            start, stamp, long = self._local(entry, at)
            file = self._checked(entry, start, stamp)
            at = self._behind(entry, start + entry.packed, long=long)
            self._advanced(at)
            if not is_folder(entry):
                found.append(file)
        if at != self._directory_at:
            self._unsafe(N_("there are bytes in it that belong to no file."))
        order = {path: number for number, path in enumerate(files)}
        found.sort(key=lambda file: order[file.path])
        return Archive(self._source, tuple(found), self._name)

    def _local(self, entry: Entry, at: int) -> tuple[int, Stamp, bool]:
        """Where the file's bytes begin, and whether its sizes are told in 64 bits.

        What is before them must say what the directory says.
        """
        path = shown(entry.name)
        if entry.offset != at:
            self._unsafe(N_("“{path}” is not where the directory says."), path=path)
        if at + _LOCAL.size > self._directory_at:
            self._damaged(N_("a file is cut short."))
        row = _LOCAL.unpack(self._source.read(at, _LOCAL.size))
        signature, needed, flags, method, time, date, crc, packed, size, n, extra = row
        names = self._source.read(at + _LOCAL.size, n + extra)
        raw = names[:n]
        more = extras(names[n:], self._name, path, zip64=self._limits.zip64)
        told = (crc, packed, size)
        if ZIP64_EXTRA in more:
            told = (crc, *_local_zip64(more[ZIP64_EXTRA], packed, size))
        late = flags & DESCRIPTOR and told == (0, 0, 0)
        same = (
            signature == b"PK\x03\x04"
            and raw == entry.raw_name
            and (flags, method) == (entry.flags, entry.method)
            and (late or told == (entry.crc, entry.packed, entry.size))
        )
        if not same:
            self._unsafe(N_("“{path}” is described in two ways."), path=path)
        start = at + _LOCAL.size + n + extra
        if start + entry.packed > self._directory_at:
            self._damaged(N_("a file is cut short."))
        return start, Stamp(needed, time, date), ZIP64_EXTRA in more

    def _behind(self, entry: Entry, at: int, *, long: bool) -> int:
        """Where the next file begins: behind the sizes that a writer to a pipe adds.

        They are `long` (64 bits) where the file's header has such (APPNOTE 4.3.9.2).
        """
        if not entry.flags & DESCRIPTOR:
            return at
        if long or max(entry.packed, entry.size) <= 0xFFFFFFFF:
            told = struct.pack("<I2Q" if long else "<3I", entry.crc, entry.packed, entry.size)
            there = self._source.read(at, len(told) + 4)
            for form in (b"PK\x07\x08" + told, told):
                if there.startswith(form):
                    return at + len(form)
        self._unsafe(N_("“{path}” is described in two ways."), path=shown(entry.name))

    def _checked(self, entry: Entry, start: int, stamp: Stamp) -> ArchivedFile:
        """Unpack, count, check and hash, never holding more than a piece."""
        path = shown(entry.name)
        digest, crc, size = hashlib.sha256(), 0, 0
        try:
            for piece in _unpacked(self._source, start, entry.packed, entry.method):
                size += len(piece)
                if size > entry.size:
                    break
                digest.update(piece)
                crc = zlib.crc32(piece, crc)
                self._advanced(start + min(size, entry.packed))
        except _NotDeflated:
            self._damaged(N_("“{path}” cannot be unpacked."), path=path)
        except _BytesLeft:
            self._unsafe(N_("there are bytes in it that belong to no file."))
        if size != entry.size:
            self._unsafe(N_("“{path}” has not the size that it says."), path=path)
        if crc != entry.crc:
            self._damaged(N_("the check of “{path}” fails."), path=path)
        facts = ((stamp, entry.stamp), start, entry.packed, entry.method)
        return ArchivedFile(entry.name, size, digest.hexdigest(), crc, *facts)

    def _too_large(self) -> NoReturn:
        self._unsafe(N_("it would take more than {most} bytes."), most=self._limits.size_bytes)

    def _unsafe(self, message: str, **fields: object) -> NoReturn:
        raise ArchiveUnsafeError(name=self._name, reason=Reason(message, fields))

    def _damaged(self, message: str, **fields: object) -> NoReturn:
        raise ArchiveDamagedError(name=self._name, reason=Reason(message, fields))


class _NotDeflated(Exception):
    """What is there is no deflated file, or not all of one."""


class _BytesLeft(Exception):
    """A deflated file ends before its bytes do."""


def _unpacked(source: Source, start: int, packed: int, method: int) -> Iterator[bytes]:
    """A file's contents, from its `packed` bytes."""
    pieces = (
        source.read(at, min(_PIECE_BYTES, start + packed - at))
        for at in range(start, start + packed, _PIECE_BYTES)
    )
    if method == STORED:
        yield from pieces
        return
    engine = zlib.decompressobj(-zlib.MAX_WBITS)
    rest = b""
    while not engine.eof:
        rest = rest or next(pieces, b"")
        try:
            piece = engine.decompress(rest, _PIECE_BYTES)
        except zlib.error as error:
            raise _NotDeflated from error
        if not rest and not piece:
            raise _NotDeflated
        rest = engine.unconsumed_tail
        yield piece
    if engine.unused_data or next(pieces, b""):
        raise _BytesLeft


def _local_zip64(extra: bytes, packed: int, size: int) -> tuple[int, int]:
    """Packed and unpacked size of a file whose header has both in 64 bits (APPNOTE 4.5.3)."""
    if len(extra) != 16:
        return -1, -1
    long_size, long_packed = struct.unpack("<2Q", extra)
    # Python before 3.11.4 tells the same sizes in 32 bits too.
    if (packed, size) not in ((0xFFFFFFFF, 0xFFFFFFFF), (long_packed, long_size)):
        return -1, -1
    return long_packed, long_size
