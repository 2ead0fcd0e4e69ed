"""Lessons on this computer: find one, read it, list all.

What a person calls a lesson means the same in every command: a path (a folder, or a bundle), else
its id, the number that the id begins with, or `ID@VERSION`, among the lessons in the store and
those that travel with stemkit. The newest version counts; of the same one, that in the store.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Final

from stemkit.actions.library.errors import MistypedLessonError, NoSuchLessonError
from stemkit.errors import MissingFileError
from stemkit.formats.lesson import LESSON_ID, VERSION, parse_check, parse_lesson
from stemkit.model.lesson import Lesson
from stemkit.model.lesson_names import BUNDLE_ENDING, CHECK, MANIFEST
from stemkit.model.version import precedence
from stemkit.storage import atomic, places

if TYPE_CHECKING:
    from stemkit.actions.library.bundles import OpenBundle
    from stemkit.storage.lesson_store import Kept, LessonStore

_NAME: Final = re.compile(rf"(?P<id>[0-9]{{1,2}}|{LESSON_ID})(@(?P<version>{VERSION}))?")
_MOST_OPENED: Final = 20


@dataclass(frozen=True, slots=True)
class LessonName:
    """What a person calls a lesson: its id or number, and perhaps a version."""

    id: str
    version: str = ""

    @classmethod
    def of(cls, text: str) -> LessonName:
        """Read `ID`, `NUMBER` or either with `@VERSION`. Raises NoSuchLessonError."""
        match = _NAME.fullmatch(text)
        if match is None:
            raise _no_such_lesson(text, text.lower())
        return cls(match["id"], match["version"] or "")

    def means(self, lesson: str, version: str) -> bool:
        """Whether it can be this lesson."""
        number = self.id.isdecimal() and lesson.startswith(f"{int(self.id):02d}-")
        return (number or lesson == self.id) and self.version in ("", version)


@dataclass(frozen=True, slots=True)
class Known:
    """A lesson that is on this computer."""

    id: str
    version: str
    kept: Kept | None
    """Where it is in the store; None for one that travels with stemkit."""
    shipped: Path | None


def is_lesson_name(text: str) -> bool:
    """Whether `text` can be the name of a lesson, rather than of a file."""
    return _NAME.fullmatch(text) is not None


def lesson_folder(name: str) -> Path:
    """The folder of the lesson that `name` means, whatever it was kept in; its files are sound.

    Raises NoSuchLessonError, LessonDamagedError, and for a bundle what `open_bundle` does.
    """
    path = Path(name)
    if name and path.is_dir():
        return path
    if path.suffix == BUNDLE_ENDING and path.is_file():
        return _opened(path)
    known = find_lesson(name)
    if known.kept is None:
        assert known.shipped is not None
        return known.shipped
    _store().check(known.kept)
    return known.kept.folder


def scenario_file(name: str) -> Path:
    """The file of what happens around boards: at a path, or that of the lesson `name`.

    Raises MissingFileError, and what `lesson_folder` does.
    """
    path = Path(name)
    is_lesson = is_lesson_name(name) and not path.exists()
    if path.suffix != BUNDLE_ENDING and not path.is_dir() and not is_lesson:
        return path
    folder = lesson_folder(name)
    with atomic.told(folder / CHECK):
        check = parse_check((folder / CHECK).read_bytes(), str(folder / CHECK))
    if not check.scenario:
        raise MissingFileError(path=folder / "scenario.toml")
    return folder / check.scenario


def kept_bundle(name: str) -> OpenBundle | None:
    """The bundle of a lesson that is in the store, with who signed it; None for any other.

    Raises as `lesson_folder` does.
    """
    if Path(name).exists():
        return None
    known = find_lesson(name)
    if known.kept is None:
        return None
    from stemkit.actions.library.bundles import open_bundle
    from stemkit.formats.bundle import pack_bundle

    return open_bundle(pack_bundle(*_store().parts(known.kept)), known.kept.name)


def find_lesson(name: str) -> Known:
    """The newest lesson here that `name` means (no path). Raises NoSuchLessonError."""
    wanted = LessonName.of(name)
    fitting = [known for known in known_lessons() if wanted.means(known.id, known.version)]
    if len({known.id for known in fitting}) != 1:
        raise _no_such_lesson(name, wanted.id)
    return fitting[0]


def _no_such_lesson(name: str, id: str) -> NoSuchLessonError:
    near = near_lesson(id)
    return MistypedLessonError(name=name, near=near) if near else NoSuchLessonError(name=name)


def near_lesson(name: str) -> str:
    """The lesson here that is nearly called `name`; "" for none."""
    known = [lesson.id for lesson in known_lessons()]
    near = [one for one in known if len(name) > 2 and name in one]
    return next(iter(near or get_close_matches(name, known, 1)), "")


def known_lessons() -> list[Known]:
    """Every version of every lesson here, by id, the newest first, the store's before others."""
    found = [Known(kept.lesson, kept.version, kept, None) for kept in _store().all()
             if kept.kind == "lesson"]  # fmt: skip
    there = {(known.id, known.version) for known in found}
    found += [
        Known(lesson.id, lesson.version, None, folder)
        for folder, lesson in shipped_lessons()
        if (lesson.id, lesson.version) not in there
    ]
    found.sort(key=lambda known: precedence(known.version), reverse=True)
    return sorted(found, key=lambda known: known.id)


def read_lesson(folder: Path) -> Lesson:
    """The lesson in a folder. Raises MissingFileError, DataFileError."""
    path = folder / MANIFEST
    with atomic.told(path):
        data = path.read_bytes()
    return parse_lesson(data, str(path))


def shipped_lessons() -> Iterator[tuple[Path, Lesson]]:
    """Every lesson that travels with stemkit, in the order of their numbers."""
    for path in sorted(places.shipped("lessons").glob(f"*/{MANIFEST}")):
        yield path.parent, read_lesson(path.parent)


def _store() -> LessonStore:
    from stemkit.storage.lesson_store import LessonStore

    return LessonStore(places.lesson_store())


def _opened(path: Path) -> Path:
    """A bundle's lesson as a folder, unpacked once."""
    from stemkit.actions.library.bundles import open_bundle_file
    from stemkit.storage.lesson_store import LessonStore

    bundle = open_bundle_file(path).bundle
    store = LessonStore(places.lesson_store() / ".opened")
    with store.changing():
        kept = store.find(bundle.lesson, bundle.version, bundle.kind)
        if kept is None or kept.identity != bundle.identity or not store.is_sound(kept):
            kept = store.install(bundle)
        for old in sorted(store.all(), key=lambda one: one.place.stat().st_mtime)[:-_MOST_OPENED]:
            store.remove(old)
    return kept.folder
