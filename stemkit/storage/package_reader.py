"""A package that is read: its files by their names in the project, whatever its top folder."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from stemkit.formats.archive import Advanced, Archive, ArchivedFile, check_archive
from stemkit.formats.archive_errors import Reason
from stemkit.formats.archive_names import shown
from stemkit.formats.bag import DECLARATION, PAYLOAD, TAG_MANIFEST, BagBrokenError
from stemkit.formats.crate import METADATA, PREVIEW
from stemkit.formats.zip_form import Member, first_difference
from stemkit.storage.archive_file import FileSource, open_source
from stemkit.storage.package_file import LIMITS
from stemkit.words import N_

SIGNATURES: Final = "signatures/"
BESIDE: Final = "../"
_MOST_TEXT_BYTES: Final = 16 << 20
_CRATE: Final = (PAYLOAD + METADATA, PAYLOAD + PREVIEW)


class Package:
    """A package whose zip file has passed: safe to read, not judged yet."""

    def __init__(self, path: Path, archive: Archive, source: FileSource) -> None:
        self.path, self.archive, self.source = path, archive, source
        self.top = _top(archive)
        """The top folder with its `/`; "" where the files lie at the top."""
        self.files: dict[str, ArchivedFile] = {
            _below(file.path, self.top): file for file in archive.files
        }
        """By their paths below the top folder; `../` before what lies beside that."""

    def read(self, path: str) -> bytes:
        """A small file's contents. Raises KeyError, BagBrokenError for one that is no longer small.

        What a package says of itself is read into memory, and strangers make packages.
        """
        file = self.files[path]
        if file.size > _MOST_TEXT_BYTES:
            reason = Reason(N_("“{path}” is far too large."), {"path": shown(path)})
            raise BagBrokenError(name=self.path.name, reason=reason)
        return self.archive.read(file.path)

    def texts(self, paths: tuple[str, ...]) -> dict[str, bytes]:
        """Contents of those of these files that are there. Raises BagBrokenError."""
        return {path: self.read(path) for path in paths if path in self.files}

    @property
    def payload(self) -> dict[str, ArchivedFile]:
        """The project's files, by their paths in the project."""
        return {
            path.removeprefix(PAYLOAD): file
            for path, file in self.files.items()
            if path.startswith(PAYLOAD)
        }

    def members(self) -> list[Member]:
        """All files as they lie there."""
        found, at = [], 0
        for file in self.archive.files:
            found.append(Member(file.path, file.size, file.crc, at))
            at = file.end
        return found

    def difference(self) -> str | None:
        """Where the zip file is not as stemkit writes it (`zip_form.first_difference`)."""
        files = [(file.path, file.size, file.crc) for file in self.archive.files]
        found = first_difference(self.source, files)
        if found is None and [file.path for file in self.archive.files] != self._in_order():
            return ""
        return found

    def unpack(
        self, prefix: str, into: Path, leave_out: Callable[[str, int], bool] = lambda *_: False
    ) -> None:
        """Write the project's files whose paths begin with `prefix` below an empty folder.

        `leave_out` is asked about each with its path and size in bytes.
        """
        for path, file in self.payload.items():
            if path.startswith(prefix) and not leave_out(path, file.size):
                target = into / path
                target.parent.mkdir(parents=True, exist_ok=True)
                with target.open("xb") as out:
                    for piece in self.archive.pieces(file.path):
                        out.write(piece)

    def _in_order(self) -> list[str]:
        """The order in which stemkit writes: payload, the bag's texts, signatures."""
        return [self.top + path for path in sorted(self.files, key=place)]


def place(path: str) -> tuple[int, str]:
    """A sort key: where in a package a file lies."""
    if path.startswith(SIGNATURES):
        return 4, path
    if path == TAG_MANIFEST:
        return 3, path
    if not path.startswith(PAYLOAD):
        return 2, path
    return (1 if path in _CRATE else 0), path


@contextlib.contextmanager
def open_package(path: Path, advanced: Advanced = lambda _: None) -> Iterator[Package]:
    """A package, checked from its begin to its end, as long as the block lasts.

    Raises ArchiveDamagedError, ArchiveUnsafeError, MissingFileError, PermissionDeniedError.
    """
    with open_source(path) as source:
        archive = check_archive(source, path.name, LIMITS, advanced)
        yield Package(path, archive, source)


def _top(archive: Archive) -> str:
    paths = {file.path for file in archive.files}
    tops = {path.partition("/")[0] for path in paths}
    # A package that was unpacked and zipped again has more beside its folder (`__MACOSX`).
    found = tops if len(tops) == 1 else {top for top in tops if f"{top}/{DECLARATION}" in paths}
    only = found.pop() if len(found) == 1 and DECLARATION not in paths else ""
    return f"{only}/" if only and only not in paths else ""


def _below(path: str, top: str) -> str:
    # Not the bare path: what lies beside the folder must not pass for what lies in it.
    return path.removeprefix(top) if path.startswith(top) else f"{BESIDE}{path}"
