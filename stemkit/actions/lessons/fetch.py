"""Bring the objects that a tree offers, several at once, and only those that are not here."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from stemkit.errors import DiskFullError
from stemkit.model.lesson_share import Part
from stemkit.storage import atomic
from stemkit.storage.lesson_source import LessonSource
from stemkit.storage.lesson_store import LessonStore, read_part

_SPARE_BYTES: Final = 1 << 20
Arrived = Callable[[int], None]


def untold(size: int) -> None:
    """Tells nobody."""


class Fetching:
    """Objects on their way into a store; leaving the block stops what still runs."""

    def __init__(self, source: LessonSource, store: LessonStore) -> None:
        self.came = 0
        """Bytes of objects that have come."""
        self._source, self._store = source, store
        self._here = store.locations()
        self._lock = threading.Lock()
        self._running: dict[Part, Future[None]] = {}
        self._pool = ThreadPoolExecutor(source.lines, thread_name_prefix="lesson")

    def __enter__(self) -> Fetching:
        return self

    def __exit__(self, *problem: object) -> None:
        # What has come stays for the next sync; nobody waits for the rest.
        self._source.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def missing(self, parts: Iterable[Part]) -> list[Part]:
        """Those that no kept lesson has."""
        return [part for part in dict.fromkeys(parts) if self._local(part) is None]

    def must_fit(self, parts: Iterable[Part]) -> None:
        """Raise DiskFullError now where there is no room for these objects and their lessons."""
        coming = [part for part in dict.fromkeys(parts) if part not in self._running]
        needed = 2 * sum(part.size for part in coming) + _SPARE_BYTES
        if shutil.disk_usage(self._store.folder).free < needed:
            raise DiskFullError(path=self._store.folder)

    def begin(self, parts: Iterable[Part], arrived: Arrived = untold) -> None:
        """Let objects come; those that are coming already are not asked for twice."""
        for part in parts:
            if part not in self._running:
                self._running[part] = self._pool.submit(self._fetch, part, arrived)

    def take(self, part: Part) -> bytes:
        """The object's bytes, from here or as soon as they have come.

        Raises what `LessonSource.fetch` does.
        """
        data = None if part in self._running else self._local(part)
        if data is not None:
            return data
        self.begin([part])
        self._running[part].result()
        path = self._store.incoming(part)
        with atomic.told(path):
            return path.read_bytes()

    def _fetch(self, part: Part, arrived: Arrived) -> None:
        def count(size: int) -> None:
            with self._lock:
                self.came += size
                arrived(size)

        self._source.fetch(part, self._store.incoming(part), count)

    def _local(self, part: Part) -> bytes | None:
        return read_part(part, self._here.get(part, ()))
