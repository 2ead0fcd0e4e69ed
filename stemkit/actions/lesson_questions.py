"""A lesson's questions for a test: read, checked, and made a file for learning platforms."""

from __future__ import annotations

from pathlib import Path

from stemkit.actions.lesson_errors import LessonFileThereError, NoQuestionsError
from stemkit.actions.lesson_findings import Findings
from stemkit.actions.lessons import read_lesson
from stemkit.formats.errors import DataFileError
from stemkit.formats.gift import encode_gift
from stemkit.formats.questions import parse_questions
from stemkit.model.lesson_names import QUESTIONS
from stemkit.model.question import Question
from stemkit.storage import atomic
from stemkit.words import current_language


def read_questions(folder: Path) -> tuple[Question, ...]:
    """The questions of a lesson; none where it brings none. Raises DataFileError."""
    path = folder / QUESTIONS
    if not path.is_file():
        return ()
    with atomic.told(path):
        data = path.read_bytes()
    return parse_questions(data, str(path))


def check_questions(folder: Path, found: Findings) -> None:
    """`lesson check`: the questions can be read."""
    try:
        read_questions(folder)
    except DataFileError as error:
        found.mistakes(error.mistakes)


def gift_of(folder: Path) -> bytes:
    """A lesson's questions as GIFT, in the current language. Raises NoQuestionsError."""
    lesson = read_lesson(folder)
    questions = read_questions(folder)
    if not questions:
        raise NoQuestionsError(lesson=lesson.id, path=folder / QUESTIONS)
    language = current_language()
    category = ["stemkit", f"{lesson.id} {lesson.title.told(language)}"]
    note = f"{lesson.id} {lesson.version} ({lesson.licence}; {', '.join(lesson.authors)})"
    return encode_gift(questions, category=category, language=language, note=note)


def write_made(path: Path, data: bytes, *, force: bool = False) -> None:
    """Write what was made of a lesson; raises LessonFileThereError unless it may be replaced."""
    if not force and not is_new(path, data):
        raise LessonFileThereError(path=path)
    atomic.write_bytes(path, data)


def is_new(path: Path, data: bytes) -> bool:
    """Whether writing `data` to `path` loses nothing: it is not there, or there as it is."""
    return not path.exists() or (path.is_file() and path.read_bytes() == data)
