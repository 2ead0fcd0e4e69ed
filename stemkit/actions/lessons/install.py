"""Put a lesson into the store, take one out: `lesson add` and `lesson remove`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.lessons.build import lesson_bundles
from stemkit.actions.library.bundles import OpenBundle, open_bundle
from stemkit.actions.library.errors import NoSuchLessonError
from stemkit.actions.library.lessons import LessonName, shipped_lessons
from stemkit.errors import MissingFileError
from stemkit.events import Sink, silent
from stemkit.formats.bundle import Bundle
from stemkit.formats.lesson_index import MOST_LESSON_BYTES
from stemkit.model.lesson_names import BUNDLE_ENDING, MANIFEST
from stemkit.storage import atomic
from stemkit.storage.lesson_errors import LessonVersionDiffersError, ShippedLessonError
from stemkit.storage.lesson_store import Kept, LessonStore


@dataclass(frozen=True, slots=True)
class Added:
    """A lesson that is in the store now."""

    kept: Kept
    opened: OpenBundle
    status: str
    """`added`, `replaced` or `unchanged`."""


def add_lessons(
    store: LessonStore, path: Path, *, force: bool = False, sink: Sink = silent
) -> list[Added]:
    """Keep a bundle, all bundles of a folder, or a lesson's own folder (both its parts).

    All are checked before the first is kept. Raises MissingFileError, DataFileError, what
    `open_bundle` does, LessonVersionDiffersError, or what the disk says.
    """
    opened = [open_bundle(data, name, sink) for name, data in _bundles(path)]
    with store.changing():
        if not force:
            for one in opened:
                _must_not_differ(store, one.bundle)
        return [_add(store, one) for one in opened]


def remove_lessons(store: LessonStore, wanted: str) -> list[Kept]:
    """Forget `ID` (every version, and the teacher's part) or `ID@VERSION`.

    Raises NoSuchLessonError, ShippedLessonError.
    """
    name = LessonName.of(wanted)
    with store.changing():
        found = [kept for kept in store.all() if name.means(kept.lesson, kept.version)]
        if not found:
            if any(name.means(lesson.id, lesson.version) for _, lesson in shipped_lessons()):
                raise ShippedLessonError(name=wanted)
            raise NoSuchLessonError(name=wanted)
        for kept in found:
            store.remove(kept)
    return found


def _bundles(path: Path) -> Iterator[tuple[str, bytes]]:
    if (path / MANIFEST).is_file():
        yield from lesson_bundles(path).items()
        return
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.glob(f"*{BUNDLE_ENDING}") if file.is_file())
    if not files:
        raise MissingFileError(path=path / f"*{BUNDLE_ENDING}")
    for file in files:
        with atomic.told(file), file.open("rb") as stream:
            yield file.name, stream.read(MOST_LESSON_BYTES + 1)


def _must_not_differ(store: LessonStore, bundle: Bundle) -> None:
    there = store.find(bundle.lesson, bundle.version, bundle.kind)
    if there is not None and there.identity != bundle.identity:
        raise LessonVersionDiffersError(name=there.name)


def _add(store: LessonStore, opened: OpenBundle) -> Added:
    bundle = opened.bundle
    there = store.find(bundle.lesson, bundle.version, bundle.kind)
    status = "added"
    if there is not None:
        same = there.identity == bundle.identity and store.is_sound(there)
        status = "unchanged" if same and _signatures_same(store, there, bundle) else "replaced"
    kept = there if there is not None and status == "unchanged" else store.install(bundle)
    return Added(kept, opened, status)


def _signatures_same(store: LessonStore, kept: Kept, bundle: Bundle) -> bool:
    return store.parts(kept)[2] == bundle.signatures()
