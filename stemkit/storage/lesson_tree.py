"""A tree of lessons as files: `index.json`, and `objects/ab/<sha256>` for all that it names.

Any web server can hand it out, a USB stick can carry it. Objects are written before the index that
names them, so that whoever reads meanwhile finds a whole tree, the old or the new one.
"""

from __future__ import annotations

import contextlib
import hashlib
import re
import time
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from stemkit.errors import MissingFileError
from stemkit.formats.lesson_index import MOST_INDEX_BYTES
from stemkit.model.lesson_share import Part
from stemkit.storage import atomic

INDEX_NAME: Final = "index.json"
OBJECTS: Final = "objects"
_OBJECT: Final = re.compile(r"[0-9a-f]{64}")


def part_of(data: bytes) -> Part:
    """The name of these bytes in a tree."""
    return Part(hashlib.sha256(data).hexdigest(), len(data))


def object_path(sha256: str) -> str:
    """Where an object lies in a tree, with `/` between names."""
    return f"{OBJECTS}/{sha256[:2]}/{sha256}"


class LessonTree:
    """The tree in `folder`, which need not be there yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._new: list[Path] = []

    @property
    def index_path(self) -> Path:
        """The file that makes the folder a tree."""
        return self.folder / INDEX_NAME

    def read_index(self) -> bytes | None:
        """The bytes of its index; None where there is none."""
        try:
            with atomic.told(self.index_path), self.index_path.open("rb") as file:
                return file.read(MOST_INDEX_BYTES + 1)
        except MissingFileError:
            return None

    def read(self, part: Part) -> bytes | None:
        """An object's bytes; None where it is not there or is not what its name says."""
        try:
            with (self.folder / object_path(part.sha256)).open("rb") as file:
                data = file.read(part.size + 1)
        except (FileNotFoundError, NotADirectoryError):
            return None
        return data if part_of(data) == part else None

    def put(self, data: bytes) -> Part:
        """Keep an object; one that is there and sound is left alone."""
        part = part_of(data)
        if self.read(part) is None:
            path = self.folder / object_path(part.sha256)
            self._new.append(path)
            atomic.write_bytes(path, data)
        return part

    def take_back(self) -> None:
        """Delete the objects that `put` has written, and the folders that are empty then."""
        for path in self._new:
            path.unlink(missing_ok=True)
            for folder in (path.parent, path.parent.parent):
                with contextlib.suppress(OSError):
                    folder.rmdir()
        self._new.clear()

    def publish(self, index: bytes) -> None:
        """Make this the tree's index, at once; all that it names must be there."""
        atomic.write_bytes(self.index_path, index)

    def prune(self, named: Collection[str], older_than_s: float) -> int:
        """Delete objects whose hash is not among `named`; returns how many.

        Those that came within the last `older_than_s` seconds stay: somebody may be fetching by
        the index of a moment ago.
        """
        removed = 0
        for path in self._objects():
            with atomic.told(path):
                young = time.time() - path.stat().st_mtime < older_than_s
                if path.name not in named and not young:
                    path.unlink(missing_ok=True)
                    removed += 1
        return removed

    def _objects(self) -> Iterator[Path]:
        for path in sorted((self.folder / OBJECTS).glob("??/*")):
            if _OBJECT.fullmatch(path.name) and path.is_file():
                yield path
