"""`lesson list`: every lesson of this computer, and what the places last synced have newer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.library.lessons import Known, known_lessons, read_lesson
from stemkit.errors import InputFileError
from stemkit.formats.bundle import TEACHER
from stemkit.model.lesson import Lesson
from stemkit.model.version import precedence
from stemkit.storage import places
from stemkit.storage.lesson_book import KnownPlace, LessonBook
from stemkit.storage.lesson_store import LessonStore


@dataclass(frozen=True, slots=True)
class Listed:
    """A lesson, in its newest version here."""

    lesson: Lesson
    folder: Path
    in_store: bool
    versions: tuple[str, ...]
    """All that are here, the newest first."""
    has_teacher: bool
    """Whether the teacher's part is here too."""
    update: str
    """A newer version that was offered at the last sync; "" where there was none."""
    update_place: str


def listed() -> list[Listed]:
    """Every lesson by id; the network is not asked. Raises NotebookDamagedError."""
    store = LessonStore(places.lesson_store())
    known_places = LessonBook(places.lesson_store()).places()
    teachers = {kept.lesson for kept in store.all() if kept.kind == TEACHER}
    by_id: dict[str, list[Known]] = {}
    for known in known_lessons():
        by_id.setdefault(known.id, []).append(known)
    found = []
    for versions in by_id.values():
        newest = versions[0]
        folder = newest.kept.folder if newest.kept else newest.shipped
        lesson = _read(folder)
        if lesson is None or folder is None:
            continue
        update, place = _update(newest, known_places)
        shipped_teacher = newest.kept is None and (folder / "teacher").is_dir()
        found.append(
            Listed(
                lesson,
                folder,
                newest.kept is not None,
                tuple(known.version for known in versions),
                shipped_teacher or newest.id in teachers,
                update,
                place,
            )
        )
    return found


def _read(folder: Path | None) -> Lesson | None:
    """None for a lesson in the store that somebody has spoilt: `sync` and `add` repair it."""
    try:
        return read_lesson(folder) if folder else None
    except InputFileError:
        return None


def _update(known: Known, known_places: dict[str, KnownPlace]) -> tuple[str, str]:
    """The newest offered version above the one here, and where it is."""
    best, where = "", ""
    for place, told in known_places.items():
        offered = told.offers.get(known.id, "")
        newer = offered and precedence(offered) > precedence(best or known.version)
        if newer:
            best, where = offered, place
    return best, where
