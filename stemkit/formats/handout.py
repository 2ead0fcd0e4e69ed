"""What a lesson's handout is made of, before it becomes HTML or a PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.formats.markdown import Block, blocks, plain
from stemkit.model.lesson import Lesson
from stemkit.model.question import Answer, Choice, Essay, Number, Question, TrueFalse, Words
from stemkit.words import N_, translation

PICTURE_TYPES: Final = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
"""Endings of pictures that a page can show, and what they are."""


@dataclass(frozen=True)
class Part:
    """A text of the lesson."""

    blocks: Sequence[Block]
    pictures: Mapping[str, str]
    """Where its pictures are in the lesson, by their names in the text."""
    on_new_page: bool = False


@dataclass(frozen=True)
class Handout:
    """A lesson on paper, in one language, for students or for the teacher."""

    lesson: Lesson
    language: str
    for_teacher: bool
    parts: Sequence[Part]
    files: Mapping[str, bytes]
    """The pictures, by their paths in the lesson."""

    @property
    def title(self) -> str:
        """The lesson's title."""
        return self.lesson.title.told(self.language)

    @property
    def facts(self) -> Sequence[str]:
        """What stands small at the top."""
        lesson = self.lesson
        age = self.say(N_("Age {low}–{high}"), low=lesson.age[0], high=lesson.age[1])
        minutes = self.say(N_("{n} min"), n=lesson.minutes)
        return [f"{lesson.id} {lesson.version}", age, minutes]

    @property
    def rights(self) -> str:
        """Who made it, and what may be done with it."""
        return f"{', '.join(self.lesson.authors)} · {self.lesson.licence}"

    @property
    def blanks(self) -> Sequence[str]:
        """What a student fills in at the top."""
        if self.for_teacher:
            return []
        return [self.say(N_("Name or code")), self.say(N_("Class")), self.say(N_("Date"))]

    @property
    def warning(self) -> str:
        """What stands at the top of the teacher's."""
        return self.say(N_("For the teacher: with answers")) if self.for_teacher else ""

    def say(self, message: str, **fields: object) -> str:
        """A marked sentence in the handout's language."""
        return translation(message, self.language).format_map(fields)


def question_blocks(questions: Sequence[Question], language: str) -> list[Block]:
    """Questions for a test with what is right, for the teacher's handout."""
    return blocks("\n".join(_questions(questions, language)))


def _questions(questions: Sequence[Question], language: str) -> Iterator[str]:
    title = translation(N_("Questions for a test"), language)
    yield f"# {plain(title)}\n"
    for number, question in enumerate(questions, 1):
        yield f"**{number}.** {plain(question.text.told(language))}\n"
        yield from (f"- {line}" for line in _answer(question.answer, language))
        if question.explain:
            yield f"\n*{plain(question.explain.told(language))}*"
        yield ""


def _answer(answer: Answer, language: str) -> Iterator[str]:
    match answer:
        case Choice():
            for option in answer.options:
                text = plain(option.text.told(language))
                feedback = f" ({plain(option.feedback.told(language))})" if option.feedback else ""
                yield (f"✓ **{text}**" if option.is_right else text) + feedback
        case TrueFalse():
            word = translation(N_("Right") if answer.is_true else N_("Wrong"), language)
            yield f"**{plain(word)}**"
        case Number():
            within = f" ± {answer.tolerance:g}" if answer.tolerance else ""
            unit = f" {answer.unit}" if answer.unit else ""
            shown = f"{answer.value:.12g}{within}{unit}"
            yield f"**{plain(shown.replace('.', ',') if language == 'vi' else shown)}**"
        case Words():
            yield " / ".join(f"**{plain(word)}**" for word in answer.told(language))
        case Essay():
            yield plain(answer.expected.told(language))
