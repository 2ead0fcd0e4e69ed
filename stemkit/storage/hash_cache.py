"""Sums of files that have not changed since they were read, so that they need not be read again.

A file is taken for unchanged while its size, its times of change (of contents and of the entry) and
its inode are the same. As in git's index, a file that was changed within the time's own granularity
before it was read ("racily clean") is not written down: it could be changed again without a new
time. The coarsest file system that a club has is FAT, which counts in steps of two seconds.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from stemkit.storage import atomic, places
from stemkit.storage.package_file import Sums

_SCHEMA: Final = "stemkit.sums/2"
_GRANULARITY_NS: Final = 2_000_000_000


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the system tells of a file without reading it; times in nanoseconds."""

    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    @classmethod
    def of(cls, found: os.stat_result) -> Stamp:
        """From what `os.stat` gave."""
        return cls(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


@dataclass(frozen=True, slots=True)
class Known:
    """What was found out about a file when it was read."""

    sums: Sums
    """Of the bytes that went into the package."""
    cleaned: bool
    """Whether these are not the file's own bytes: something was taken out."""
    notes: tuple[str, ...] = ()
    """What was found in it that others will see, as `formats` has it."""


class HashCache:
    """The sums of one folder's files. `how` names everything else that the result depends on."""

    def __init__(self, folder: Path, how: str) -> None:
        key = hashlib.sha256(f"{folder.resolve()}\0{how}".encode("utf-8", "surrogatepass"))
        self._path = places.project_sums() / f"{key.hexdigest()[:32]}.json"
        self._old, self._old_texts = _read(self._path)
        self._new: dict[str, tuple[Stamp, Known]] = {}
        self._new_texts: dict[str, tuple[str, list[str]]] = {}

    def known(self, path: str, stamp: Stamp) -> Known | None:
        """What is known of the file at `path`, if it is as it was; keeps it for the next time."""
        found = self._old.get(path)
        if found is None or found[0] != stamp:
            return None
        self._new[path] = found
        return found[1]

    def learn(self, path: str, stamp: Stamp, known: Known, read_at_ns: int) -> None:
        """Write down what a file read from `read_at_ns` on gave; `stamp` was taken before that."""
        changed_ns = max(stamp.mtime_ns, stamp.ctime_ns)
        if changed_ns < read_at_ns - _GRANULARITY_NS:
            self._new[path] = (stamp, known)

    def texts(self, name: str, key: str, make: Callable[[], list[str]]) -> list[str]:
        """What `make` gave for `name` when everything that it rests on had the same `key`."""
        found = self._old_texts.get(name)
        if found is None or found[0] != key:
            found = (key, make())
        self._new_texts[name] = found
        return found[1]

    @staticmethod
    def now_ns() -> int:
        """The clock that files' times come from."""
        return time.time_ns()

    def save(self) -> None:
        """Keep what this run saw, and forget files that are gone."""
        rows = {
            path: {"stamp": asdict(stamp), **asdict(known)}
            for path, (stamp, known) in sorted(self._new.items())
        }
        whole = {"schema": _SCHEMA, "files": rows, "texts": self._new_texts}
        data = json.dumps(whole).encode()
        atomic.write_bytes(self._path, data)


def _read(
    path: Path,
) -> tuple[dict[str, tuple[Stamp, Known]], dict[str, tuple[str, list[str]]]]:
    # A cache that cannot be read is an empty one.
    try:
        body = json.loads(path.read_bytes())
        if body["schema"] != _SCHEMA:
            return {}, {}
        files = {
            name: (
                Stamp(**row["stamp"]),
                Known(Sums(**row["sums"]), bool(row["cleaned"]), tuple(map(str, row["notes"]))),
            )
            for name, row in body["files"].items()
        }
        texts = {name: (str(row[0]), list(map(str, row[1]))) for name, row in body["texts"].items()}
        return files, texts
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return {}, {}
