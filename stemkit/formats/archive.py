"""Zip archives that strangers made, read so that they can do no harm.

Only the plain form is taken (PKWARE APPNOTE 6.3.10): files stored or deflated one after another
without gaps, then their directory, then its end and nothing more. What a reader could understand in
two ways (two sizes, two names, bytes before or behind) is refused. Everything is decompressed,
counted and hashed here before a caller can get at the first byte.
"""

from __future__ import annotations

import hashlib
import stat
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple, NoReturn

from stemkit.formats.archive_errors import ArchiveDamagedError, ArchiveUnsafeError, Reason
from stemkit.formats.archive_names import collision, shown, unsafe_name
from stemkit.words import N_

_LOCAL: Final = struct.Struct("<4s5H3I2H")
_ENTRY: Final = struct.Struct("<4s6H3I5H2I")
_END: Final = struct.Struct("<4s4H2IH")
_STORED, _DEFLATED = 0, 8
_ENCRYPTED: Final = 1 << 0 | 1 << 6 | 1 << 13
_DESCRIPTOR: Final = 1 << 3
_UTF8: Final = 1 << 11
_KNOWN_FLAGS: Final = _DESCRIPTOR | _UTF8 | 0b110
# FILE_ATTRIBUTE_: volume label, device, reparse point.
_STRANGE_DOS: Final = 0x08 | 0x40 | 0x400
# Extra fields that say another size (Zip64) or another name (Info-ZIP Unicode Path).
_STRANGE_EXTRAS: Final = {0x0001, 0x7075}
# Below this a file of zeros may be packed as tightly as it likes.
_RATIO_FROM_BYTES: Final = 4096
_PIECE_BYTES: Final = 1 << 16


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that an archive may hold."""

    files: int = 2_000
    size_bytes: int = 64 << 20
    """All files together, unpacked; the archive itself may not be larger either."""
    ratio: int = 100
    """Unpacked to packed size of a file."""


@dataclass(frozen=True, slots=True)
class ArchivedFile:
    """A file in an archive. `path` has `/` between names and is safe below any folder."""

    path: str
    size: int
    sha256: str
    _start: int
    _packed: int
    _method: int


class _Entry(NamedTuple):
    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    attributes: int
    offset: int


class Archive:
    """An archive that has passed: every file was unpacked once, and is what it says."""

    def __init__(self, data: bytes, files: tuple[ArchivedFile, ...]) -> None:
        self._data = data
        self.files = files
        """In the archive's order; folders are not listed."""
        self._by_path = {file.path: file for file in files}

    def __contains__(self, path: str) -> bool:
        return path in self._by_path

    def read(self, path: str) -> bytes:
        """The contents of a file. Raises KeyError for one that is not there."""
        file = self._by_path[path]
        packed = self._data[file._start : file._start + file._packed]
        if file._method == _STORED:
            return packed
        return zlib.decompressobj(-zlib.MAX_WBITS).decompress(packed)


def read_archive(data: bytes, name: str, limits: Limits | None = None) -> Archive:
    """Check all of an archive; `name` is how errors call it.

    Raises ArchiveDamagedError, ArchiveUnsafeError.
    """
    return _Reader(data, name, limits or Limits()).archive()


class _Reader:
    def __init__(self, data: bytes, name: str, limits: Limits) -> None:
        self._data, self._name, self._limits = data, name, limits

    def archive(self) -> Archive:
        if len(self._data) > self._limits.size_bytes:
            self._too_large()
        entries = self._entries()
        files = [entry.name for entry in entries if not _is_folder(entry)]
        folders = [entry.name[:-1] for entry in entries if _is_folder(entry)]
        if len(set(folders)) != len(folders):
            self._unsafe(N_("a folder is there twice."))
        collided = collision(files, folders)
        if collided is not None:
            raise ArchiveUnsafeError(name=self._name, reason=collided)
        if sum(entry.size for entry in entries) > self._limits.size_bytes:
            self._too_large()
        found, at = [], 0
        for entry in sorted(entries, key=lambda entry: entry.offset):
            start = self._local(entry, at)
            file = self._unpacked(entry, start)
            at = self._behind(entry, start + entry.packed)
            if not _is_folder(entry):
                found.append(file)
        if at != self._directory_at:
            self._unsafe(N_("there are bytes in it that belong to no file."))
        order = {path: number for number, path in enumerate(files)}
        return Archive(self._data, tuple(sorted(found, key=lambda file: order[file.path])))

    def _entries(self) -> list[_Entry]:
        data = self._data
        end = len(data) - _END.size
        if end < 0 or data[:2] != b"PK":
            self._damaged(N_("it does not begin as a zip file does."))
        signature, disk, first, here, count, size, at, comment = _END.unpack_from(data, end)
        if signature != b"PK\x05\x06" or comment:
            if data.rfind(b"PK\x05\x06") >= 0:
                self._unsafe(N_("there are bytes behind its end."))
            self._damaged(N_("its end is missing."))
        if disk or first or here != count:
            self._unsafe(N_("it is a part of several archives."))
        if count > self._limits.files:
            self._unsafe(N_("it holds more than {most} files."), most=self._limits.files)
        if at + size != end:
            self._unsafe(N_("its directory is not where it says."))
        self._directory_at = at
        entries = []
        for _ in range(count):
            entry, at = self._entry(at, end)
            self._judge(entry)
            entries.append(entry)
        if at != end:
            self._unsafe(N_("there are bytes in it that belong to no file."))
        return entries

    def _entry(self, at: int, end: int) -> tuple[_Entry, int]:
        data = self._data
        if at + _ENTRY.size > end:
            self._damaged(N_("its directory is cut short."))
        row = _ENTRY.unpack_from(data, at)
        signature, _, _, flags, method, _, _, crc, packed, size, n, extra, comment = row[:13]
        disk, _, attributes, offset = row[13:]
        past = at + _ENTRY.size + n + extra + comment
        if signature != b"PK\x01\x02" or past > end:
            self._damaged(N_("its directory is cut short."))
        if disk:
            self._unsafe(N_("it is a part of several archives."))
        raw = data[at + _ENTRY.size : at + _ENTRY.size + n]
        self._extras(data[at + _ENTRY.size + n : at + _ENTRY.size + n + extra])
        name = self._decoded(raw, flags)
        return _Entry(name, raw, flags, method, crc, packed, size, attributes, offset), past

    def _decoded(self, raw: bytes, flags: int) -> str:
        try:
            return raw.decode("utf-8" if flags & _UTF8 else "ascii")
        except UnicodeDecodeError:
            name = shown(raw.decode("latin-1"))
            self._unsafe(N_("the name “{path}” is not written in UTF-8."), path=name)

    def _extras(self, extra: bytes) -> None:
        at = 0
        while at + 4 <= len(extra):
            kind, size = struct.unpack_from("<HH", extra, at)
            if kind in _STRANGE_EXTRAS:
                self._unsafe(N_("a file has a second name or size."))
            at += 4 + size
        if at != len(extra):
            self._unsafe(N_("there are bytes in it that belong to no file."))

    def _judge(self, entry: _Entry) -> None:
        """What the directory alone tells of one file."""
        path = shown(entry.name)
        if entry.flags & _ENCRYPTED:
            self._unsafe(N_("“{path}” is locked with a password."), path=path)
        if entry.flags & ~_KNOWN_FLAGS or entry.method not in (_STORED, _DEFLATED):
            self._unsafe(N_("“{path}” is packed in a way that is not plain zip."), path=path)
        bad = unsafe_name(entry.name.removesuffix("/"))
        if bad is not None:
            raise ArchiveUnsafeError(name=self._name, reason=bad)
        kind = stat.S_IFMT(entry.attributes >> 16)
        plain = (0, stat.S_IFDIR) if _is_folder(entry) else (0, stat.S_IFREG)
        if kind == stat.S_IFLNK:
            self._unsafe(N_("“{path}” is a link to another place."), path=path)
        if kind not in plain or entry.attributes & _STRANGE_DOS:
            self._unsafe(N_("“{path}” is no plain file."), path=path)
        if _is_folder(entry) and (entry.size or entry.packed):
            self._unsafe(N_("“{path}” is a folder and has contents."), path=path)
        if entry.size > max(_RATIO_FROM_BYTES, self._limits.ratio * entry.packed):
            self._unsafe(N_("“{path}” would swell far beyond its packed size."), path=path)
        if entry.method == _STORED and entry.size != entry.packed:
            self._unsafe(N_("“{path}” has not the size that it says."), path=path)

    def _local(self, entry: _Entry, at: int) -> int:
        """Where the file's bytes begin; what is before them must say what the directory says."""
        path = shown(entry.name)
        if entry.offset != at:
            self._unsafe(N_("“{path}” is not where the directory says."), path=path)
        if at + _LOCAL.size > self._directory_at:
            self._damaged(N_("a file is cut short."))
        row = _LOCAL.unpack_from(self._data, at)
        signature, _, flags, method, _, _, crc, packed, size, n, extra = row
        raw = self._data[at + _LOCAL.size : at + _LOCAL.size + n]
        self._extras(self._data[at + _LOCAL.size + n : at + _LOCAL.size + n + extra])
        told = (crc, packed, size)
        late = flags & _DESCRIPTOR and told == (0, 0, 0)
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
        return int(start)

    def _behind(self, entry: _Entry, at: int) -> int:
        """Where the next file begins: behind the sizes that a writer to a pipe adds."""
        if not entry.flags & _DESCRIPTOR:
            return at
        told = struct.pack("<3I", entry.crc, entry.packed, entry.size)
        for form in (b"PK\x07\x08" + told, told):
            if self._data.startswith(form, at):
                return at + len(form)
        self._unsafe(N_("“{path}” is described in two ways."), path=shown(entry.name))

    def _unpacked(self, entry: _Entry, start: int) -> ArchivedFile:
        """Unpack, count, check and hash, never holding more than a piece."""
        digest, crc, size = hashlib.sha256(), 0, 0
        packed = memoryview(self._data)[start : start + entry.packed]
        for piece in self._pieces(entry, packed):
            size += len(piece)
            if size > entry.size:
                break
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
        if size != entry.size:
            path = shown(entry.name)
            self._unsafe(N_("“{path}” has not the size that it says."), path=path)
        if crc != entry.crc:
            self._damaged(N_("the check of “{path}” fails."), path=shown(entry.name))
        return ArchivedFile(entry.name, size, digest.hexdigest(), start, entry.packed, entry.method)

    def _pieces(self, entry: _Entry, packed: memoryview) -> Iterator[bytes]:
        if entry.method == _STORED:
            for at in range(0, len(packed), _PIECE_BYTES):
                yield bytes(packed[at : at + _PIECE_BYTES])
            return
        engine = zlib.decompressobj(-zlib.MAX_WBITS)
        at, rest = 0, b""
        while not engine.eof:
            if not rest:
                rest = bytes(packed[at : at + _PIECE_BYTES])
                at += len(rest)
            try:
                piece = engine.decompress(rest, _PIECE_BYTES)
            except zlib.error:
                self._damaged(N_("“{path}” cannot be unpacked."), path=shown(entry.name))
            if not rest and not piece:
                self._damaged(N_("“{path}” cannot be unpacked."), path=shown(entry.name))
            rest = engine.unconsumed_tail
            yield piece
        if engine.unused_data or at < len(packed):
            self._unsafe(N_("there are bytes in it that belong to no file."))

    def _too_large(self) -> NoReturn:
        self._unsafe(N_("it would take more than {most} bytes."), most=self._limits.size_bytes)

    def _unsafe(self, message: str, **fields: object) -> NoReturn:
        raise ArchiveUnsafeError(name=self._name, reason=Reason(message, fields))

    def _damaged(self, message: str, **fields: object) -> NoReturn:
        raise ArchiveDamagedError(name=self._name, reason=Reason(message, fields))


def _is_folder(entry: _Entry) -> bool:
    return entry.name.endswith("/")
