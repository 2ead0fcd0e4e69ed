"""`lesson handout`: a lesson on paper or on the wall, for students or for the teacher."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from stemkit.actions.lessons.errors import (
    HandoutPlaceError,
    HandoutUsageError,
    LessonFileThereError,
    NoLessonTextError,
    NoTeachersPartError,
)
from stemkit.actions.lessons.questions import is_new, write_made
from stemkit.formats.handout import PICTURE_TYPES, Handout, Part, question_blocks
from stemkit.formats.lesson import parse_lesson
from stemkit.formats.markdown import blocks, pictures
from stemkit.formats.questions import parse_questions
from stemkit.model.lesson import Lesson
from stemkit.model.lesson_names import MANIFEST, QUESTIONS

HTML: Final = "html"
PDF: Final = "pdf"


@dataclass(frozen=True, slots=True)
class HandoutWanted:
    """What is to be made."""

    formats: Sequence[str] = (HTML,)
    """`html`, `pdf`, or both."""
    languages: Sequence[str] = ("vi",)
    teacher: bool = False
    slides: bool = False

    @property
    def kind(self) -> str:
        """The word in the file's name."""
        return "slides" if self.slides else "teacher" if self.teacher else "handout"


@dataclass(frozen=True, slots=True)
class HandoutMade:
    """A file that was written."""

    path: Path
    kind: str
    """`handout` for students, `teacher`, or `slides`."""
    format: str
    language: str
    size: int
    """In bytes."""


def make_handouts(
    contents: Mapping[str, bytes], wanted: HandoutWanted, to: Path, *, force: bool = False
) -> list[HandoutMade]:
    """Write the handouts of a lesson; `to` is a folder, or the one file's name.

    `contents` are its files by their paths in its folder. Everything is made before anything is
    written. Raises HandoutUsageError, HandoutPlaceError, LessonFileThereError, NoTeachersPartError,
    NoLessonTextError, ExportPartMissingError, TypesetError, DataFileError.
    """
    if wanted.slides and wanted.teacher:
        raise HandoutUsageError
    lesson = parse_lesson(contents.get(MANIFEST, b""), MANIFEST)
    many = [(language, format) for language in wanted.languages for format in wanted.formats]
    paths = _paths(to, lesson, wanted.kind, many)
    made = []
    for language, format in many:
        handout = read_handout(contents, lesson, language, teacher=wanted.teacher)
        made.append(_set(handout, format, slides=wanted.slides))
    for path, data in zip(paths, made, strict=True):
        if not force and not is_new(path, data):
            raise LessonFileThereError(path=path)
    for path, data in zip(paths, made, strict=True):
        write_made(path, data, force=force)
    return [
        HandoutMade(path, wanted.kind, format, language, len(data))
        for path, data, (language, format) in zip(paths, made, many, strict=True)
    ]


def read_handout(
    contents: Mapping[str, bytes], lesson: Lesson, language: str, *, teacher: bool
) -> Handout:
    """A lesson's handout. `contents` are its files by their paths in its folder.

    The students' is made of the students' text alone, whatever else is among the files.
    Raises NoTeachersPartError, NoLessonTextError, DataFileError.
    """
    parts = []
    if teacher:
        answers = f"teacher/{language}.md"
        if answers not in contents:
            raise NoTeachersPartError(lesson=lesson.id)
        parts.append(_text(contents, answers))
        if QUESTIONS in contents:
            questions = parse_questions(contents[QUESTIONS], f"{lesson.id}/{QUESTIONS}")
            parts.append(Part(question_blocks(questions, language), {}))
    text = f"{language}/lesson.md"
    if text not in contents:
        raise NoLessonTextError(lesson=lesson.id, path=text)
    parts.append(replace(_text(contents, text), on_new_page=teacher))
    shown = {path for part in parts for path in part.pictures.values()}
    return Handout(lesson, language, teacher, parts, {path: contents[path] for path in shown})


def _text(contents: Mapping[str, bytes], path: str) -> Part:
    text = blocks(contents[path].decode("utf-8", "replace"))
    names = {name: _inside(path, name) for name in pictures(text)}
    can_show = {
        name: where
        for name, where in names.items()
        if where in contents and PurePosixPath(where).suffix.lower() in PICTURE_TYPES
    }
    return Part(text, can_show)


def _inside(text: str, name: str) -> str:
    """The path in the lesson that a picture's name in a text means."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(text), name))


def _set(handout: Handout, format: str, *, slides: bool) -> bytes:
    if format == HTML:
        from stemkit.formats.handout_html import page_html, slides_html

        return slides_html(handout) if slides else page_html(handout)
    from stemkit.export.typeset import TEXT_FONT, to_pdf
    from stemkit.formats.handout_typst import page_typst, slides_typst

    source = (slides_typst if slides else page_typst)(handout, TEXT_FONT)
    return to_pdf(source, handout.files)


def _paths(to: Path, lesson: Lesson, kind: str, many: Sequence[tuple[str, str]]) -> list[Path]:
    if to.suffix.lower() in (f".{HTML}", f".{PDF}") and not to.is_dir():
        if len(many) > 1:
            raise HandoutPlaceError(n=len(many), path=to)
        return [to]
    return [to / f"{lesson.id}-{kind}-{language}.{format}" for language, format in many]
