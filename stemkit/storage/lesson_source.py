"""Where lessons are fetched from: a folder with a tree of lessons, or the same over HTTP.

An object is fetched into a file that may already hold its beginning. It is whole and right when
`fetch` returns; where that fails for want of a line or a disk, what came stays for the next try.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Protocol

from stemkit.errors import DiskFullError, MissingFileError
from stemkit.formats.archive_errors import Reason
from stemkit.formats.lesson_index import LessonIndexError
from stemkit.model.lesson_share import Part
from stemkit.storage import atomic
from stemkit.storage.download import is_address
from stemkit.storage.lesson_errors import LessonPartDiffersError, LessonPartMissingError
from stemkit.storage.lesson_parts import Arrived, is_whole
from stemkit.storage.lesson_tree import INDEX_NAME, LessonTree, object_path
from stemkit.words import N_


class LessonSource(Protocol):
    """A place with a tree of lessons; several threads may fetch at once."""

    @property
    def place(self) -> str:
        """How people name it."""
        ...

    @property
    def lines(self) -> int:
        """How many objects are best fetched at once."""
        ...

    def index(self) -> bytes:
        """The index as it is there now, of which nothing is checked but its size.

        Raises LessonIndexError, or what the network says.
        """
        ...

    def fetch(self, part: Part, path: Path, arrived: Arrived) -> None:
        """Bring an object to `path`, going on from what is there.

        Raises LessonPartMissingError, LessonPartDiffersError (then nothing stays), DiskFullError
        (neither), or what the network says.
        """
        ...

    def stop(self) -> None:
        """Let fetches that run in other threads end as soon as they can."""
        ...


def open_source(place: str) -> LessonSource:
    """The source at an address or in a folder; nothing is fetched yet."""
    if is_address(place):
        from stemkit.storage.lesson_http import HttpSource

        return HttpSource(place)
    return FolderSource(Path(place))


class FolderSource:
    """A tree in a folder of this computer: a USB stick, a network drive."""

    lines = 1

    def __init__(self, folder: Path) -> None:
        self.place = str(folder.absolute())
        self._tree = LessonTree(folder)

    def index(self) -> bytes:
        """As `LessonSource.index`."""
        found = self._tree.read_index()
        if found is None:
            reason = Reason(N_("there is no {file}."), {"file": INDEX_NAME})
            raise LessonIndexError(place=self.place, reason=reason)
        return found

    def fetch(self, part: Part, path: Path, arrived: Arrived) -> None:
        """As `LessonSource.fetch`."""
        if is_whole(path, part):
            return
        name = object_path(part.sha256)
        source = self._tree.folder / name
        # Not a device: a stick may hold links to anywhere.
        if not source.is_file():
            raise LessonPartMissingError(place=self.place, file=name)
        try:
            with atomic.told(source), source.open("rb") as file:
                data = file.read(part.size + 1)
        except MissingFileError as error:
            raise LessonPartMissingError(place=self.place, file=name) from error
        if not is_these(data, part):
            path.unlink(missing_ok=True)
            raise LessonPartDiffersError(place=self.place, file=name)
        try:
            with atomic.told(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
        except DiskFullError:
            path.unlink(missing_ok=True)
            raise
        arrived(len(data))

    def stop(self) -> None:
        """Nothing: a copy takes a moment."""


def is_these(data: bytes, part: Part) -> bool:
    """Whether these bytes are the object."""
    return len(data) == part.size and hashlib.sha256(data).hexdigest() == part.sha256
