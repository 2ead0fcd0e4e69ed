"""Writes packages: zip files of one form (`formats.zip_form`), files added as they are read."""

from __future__ import annotations

import hashlib
import os
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from stemkit.formats.archive import Limits
from stemkit.formats.zip_form import Member, directory, end_of, local_header

LIMITS: Final = Limits(files=20_000, size_bytes=16 << 30, ratio=100, zip64=True)
"""The most that a package may hold."""
_PIECE_BYTES: Final = 1 << 20
Advanced = Callable[[int], None]
"""Hears how many more bytes were written."""


@dataclass(frozen=True, slots=True)
class Sums:
    """What identifies contents."""

    size: int
    sha256: str
    crc: int
    """CRC-32, as zip has it."""


class SizeChangedError(Exception):
    """A file had another size when it was read than when it was listed."""


class PackageWriter:
    """Adds files to an empty, seekable file; `finish` writes the directory."""

    def __init__(self, out: IO[bytes], advanced: Advanced = lambda _: None) -> None:
        self._out, self._advanced = out, advanced
        self._members: list[Member] = []
        self._at = 0
        self._begun = False

    def add(self, path: str, pieces: Iterable[bytes], size: int) -> Sums:
        """Add a file of `size` bytes and tell its sums. Raises SizeChangedError."""
        member = self._begin(path, size, 0)
        digest, crc, left = hashlib.sha256(), 0, size
        for piece in pieces:
            left -= len(piece)
            if left < 0:
                break
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
            self._out.write(piece)
            self._advanced(len(piece))
        if left:
            raise SizeChangedError
        member = member._replace(crc=crc)
        self._out.seek(member.offset)
        self._out.write(local_header(member))
        self._end(member)
        return Sums(size, digest.hexdigest(), crc)

    def add_bytes(self, path: str, content: bytes) -> Sums:
        """Add a file that is in memory."""
        return self.add(path, [content], len(content))

    def add_known(self, path: str, source: int, sums: Sums) -> None:
        """Add an open file (its descriptor) whose sums are known. Raises SizeChangedError."""
        member = self._begin(path, sums.size, sums.crc)
        self._copy(source, 0, sums.size)
        self._end(member)

    def take_back(self) -> None:
        """Forget the file that was added last, or begun."""
        if self._begun:
            self._begun = False
        else:
            self._at = self._members.pop().offset

    def take_over(self, source: int, members: Iterable[Member]) -> None:
        """Begin with the first files of another package (its descriptor), as they lie there."""
        assert not self._members
        self._members = list(members)
        end = end_of(self._members[-1]) if self._members else 0
        self._copy(source, 0, end)
        self._at = end

    def finish(self) -> None:
        """Write the directory; nothing may be added after it."""
        self._out.seek(self._at)
        self._out.truncate()
        self._out.write(directory(self._members, self._at))

    def _begin(self, path: str, size: int, crc: int) -> Member:
        member = Member(path, size, crc, self._at)
        self._begun = True
        self._out.seek(self._at)
        self._out.write(local_header(member))
        return member

    def _end(self, member: Member) -> None:
        self._members.append(member)
        self._begun = False
        self._at = end_of(member)
        self._out.seek(self._at)

    def _copy(self, source: int, at: int, size: int) -> None:
        """Copy bytes, inside the kernel where it can."""
        self._out.flush()
        done = 0
        while done < size:
            want = min(_PIECE_BYTES * 8, size - done)
            n = _kernel_copy(source, self._out.fileno(), want, at + done)
            if n is None:
                os.lseek(source, at + done, os.SEEK_SET)
                n = self._out.write(os.read(source, min(_PIECE_BYTES, want)))
                self._out.flush()
            if n == 0:
                raise SizeChangedError
            done += n
            self._advanced(n)


def _kernel_copy(source: int, target: int, size: int, at: int) -> int | None:
    if not hasattr(os, "copy_file_range"):
        return None
    try:
        return os.copy_file_range(source, target, size, offset_src=at)
    except OSError as error:
        import errno

        # Other file systems, old kernels, special files: bytes go through this process instead.
        if error.errno in (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF):
            return None
        raise


def read_pieces(path: Path) -> Iterable[bytes]:
    """The contents of a file, piece by piece."""
    with path.open("rb", buffering=0) as file:
        while piece := file.read(_PIECE_BYTES):
            yield piece
