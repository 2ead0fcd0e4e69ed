"""A lesson's questions for a test: read, checked, and made a file for learning platforms."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from stemkit.actions.lessons.errors import LessonFileThereError, NoQuestionsError
from stemkit.actions.lessons.findings import Findings
from stemkit.formats.errors import DataFileError
from stemkit.formats.gift import encode_gift
from stemkit.formats.lesson import parse_lesson
from stemkit.formats.questions import parse_questions
from stemkit.model.lesson_names import MANIFEST, QUESTIONS
from stemkit.storage import atomic
from stemkit.words import current_language


def check_questions(folder: Path, found: Findings) -> None:
    """`lesson check`: the questions can be read."""
    path = folder / QUESTIONS
    if not path.is_file():
        return
    try:
        parse_questions(path.read_bytes(), str(path))
    except DataFileError as error:
        found.mistakes(error.mistakes)


def gift_of(contents: Mapping[str, bytes]) -> tuple[bytes, int]:
    """A lesson's questions as GIFT in the current language, and how many there are.

    `contents` are its files by their paths in its folder. Raises NoQuestionsError, DataFileError.
    """
    lesson = parse_lesson(contents.get(MANIFEST, b""), MANIFEST)
    if QUESTIONS not in contents:
        raise NoQuestionsError(lesson=lesson.id, path=QUESTIONS)
    questions = parse_questions(contents[QUESTIONS], f"{lesson.id}/{QUESTIONS}")
    language = current_language()
    category = ["stemkit", f"{lesson.id} {lesson.title.told(language)}"]
    note = f"{lesson.id} {lesson.version} ({lesson.licence}; {', '.join(lesson.authors)})"
    data = encode_gift(questions, category=category, language=language, note=note)
    return data, len(questions)


def write_made(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write what was made of a lesson; raises LessonFileThereError unless it may be replaced."""
    if not force and not is_new(path, data):
        raise LessonFileThereError(path=path)
    atomic.write_bytes(path, data)


def is_new(path: Path, data: bytes) -> bool:
    """Whether writing `data` to `path` loses nothing: it is not there, or there as it is."""
    return not path.exists() or (path.is_file() and path.read_bytes() == data)
