"""Questions that a lesson brings for a test, with what is right: for the teacher alone."""

from __future__ import annotations

from dataclasses import dataclass

from stemkit.model.text import Text


@dataclass(frozen=True, slots=True)
class Option:
    """One answer to choose."""

    text: Text
    is_right: bool
    feedback: Text | None = None
    """What a student who chose it is told."""


@dataclass(frozen=True, slots=True)
class Choice:
    """Answers to choose from; one or several are right."""

    options: tuple[Option, ...]

    @property
    def rights(self) -> int:
        """How many are right."""
        return sum(option.is_right for option in self.options)


@dataclass(frozen=True, slots=True)
class TrueFalse:
    """A sentence that is right or wrong."""

    is_true: bool


@dataclass(frozen=True, slots=True)
class Number:
    """A number, right within a tolerance on both sides."""

    value: float
    tolerance: float
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Words:
    """A word or two; every spelling that counts, by language."""

    vi: tuple[str, ...]
    en: tuple[str, ...]

    def told(self, language: str) -> tuple[str, ...]:
        """The spellings in `language`."""
        return self.vi if language == "vi" else self.en


@dataclass(frozen=True, slots=True)
class Essay:
    """A text that the teacher reads; `expected` says what should be in it."""

    expected: Text


Answer = Choice | TrueFalse | Number | Words | Essay


@dataclass(frozen=True, slots=True)
class Question:
    """One question."""

    id: str
    text: Text
    answer: Answer
    explain: Text | None = None
    """Why it is so, told when the question is answered."""
