"""All files of a lesson that are on this computer: the students' and the teacher's part."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stemkit.actions.library.lessons import lesson_folder, read_lesson
from stemkit.actions.programs.board_files import files_below
from stemkit.formats.bundle import TEACHER
from stemkit.storage import places

_FOLDER: Final = "teacher/"


def lesson_contents(name: str) -> tuple[Path, dict[str, bytes]]:
    """The folder of the lesson that `name` means, and its files by their paths in it.

    The store keeps the teacher's part apart, as it travels: where it is there, of the same version,
    its files are among them. Raises NoSuchLessonError, LessonDamagedError, DataFileError.
    """
    folder = lesson_folder(name)
    contents = dict(files_below(folder))
    if not any(path.startswith(_FOLDER) for path in contents):
        contents |= _teachers(folder)
    return folder, contents


def _teachers(folder: Path) -> dict[str, bytes]:
    from stemkit.storage.lesson_store import LessonStore

    lesson = read_lesson(folder)
    store = LessonStore(places.lesson_store())
    kept = store.find(lesson.id, lesson.version, TEACHER)
    if kept is None:
        return {}
    files = store.check(kept)
    return {path: data for path, data in files.items() if path.startswith(_FOLDER)}
