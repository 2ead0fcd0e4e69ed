"""Lessons on this computer: find one, read it, list all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stemkit.actions.lesson_errors import NoSuchLessonError
from stemkit.formats.lesson import parse_lesson
from stemkit.model.lesson import Lesson
from stemkit.model.lesson_names import MANIFEST
from stemkit.storage import atomic, places


def lesson_folder(name: str) -> Path:
    """The folder that `name` means: a path, a lesson that travels with stemkit, or its number.

    Raises NoSuchLessonError.
    """
    shipped = places.shipped("lessons")
    for path in (Path(name), shipped / name):
        if name and path.is_dir():
            return path
    numbered = sorted(shipped.glob(f"{name}-*/{MANIFEST}")) if name.isdecimal() else []
    if len(numbered) == 1:
        return numbered[0].parent
    raise NoSuchLessonError(name=name)


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
