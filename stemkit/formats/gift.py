"""Questions as GIFT, which Moodle and many other learning platforms import.

Syntax: Moodle documentation, "GIFT format". What has a meaning there (`~ = # { } :` and the
backslash) is escaped. Questions are `[plain]`, and their answers with them, so that nothing in
them becomes HTML.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from stemkit.model.question import Answer, Choice, Essay, Number, Question, TrueFalse, Words
from stemkit.model.text import Text

_ESCAPED: Final = str.maketrans({c: f"\\{c}" for c in "\\~=#{}:"} | {"\n": "\\n"})


def encode_gift(
    questions: Iterable[Question], *, category: Sequence[str], language: str, note: str = ""
) -> bytes:
    """A GIFT file, UTF-8 with line feeds.

    `category` names the place in the question bank, level by level; `note` is a remark at its top.
    """
    head = [f"// {_one_line(note)}"] if note else []
    # Nothing is escaped in a category's name, but a “/” that does not part two levels is doubled.
    place = "/".join(_one_line(level).replace("/", "//") for level in category)
    parts = ["\n".join([*head, f"$CATEGORY: {place}"])]
    parts += [_question(question, language) for question in questions]
    return ("\n\n".join(parts) + "\n").encode()


def escaped(text: str) -> str:
    """`text` with nothing in it that GIFT takes for its own."""
    return _clean(text).translate(_ESCAPED)


def _clean(text: str) -> str:
    lines = unicodedata.normalize("NFC", text).replace("\r\n", "\n").replace("\r", "\n")
    return "".join(c for c in lines if c == "\n" or c.isprintable()).strip()


def _one_line(text: str) -> str:
    return " ".join(_clean(text).split())


def _plain(text: str) -> str:
    return f"[plain]{escaped(text)}"


def _within(text: str) -> str:
    """A text of a question that is plain already."""
    # “[html]” at its beginning would change the kind, “%50%” would be its points.
    shown = escaped(text)
    return _plain(text) if shown.startswith(("[", "%")) else shown


def _question(question: Question, language: str) -> str:
    name, text = escaped(question.id), _plain(question.text.told(language))
    rows = [*_answer(question.answer, language), *_explained(question, language)]
    if not rows:
        return f"::{name}::{text} {{}}"
    inside = "\n".join(f"  {row}" for row in rows)
    return f"::{name}::{text} {{\n{inside}\n}}"


def _answer(answer: Answer, language: str) -> list[str]:
    match answer:
        case Choice():
            return _choice(answer, language)
        case TrueFalse():
            return ["TRUE" if answer.is_true else "FALSE"]
        case Number():
            return [f"#{_decimal(answer.value)}:{_decimal(answer.tolerance)}"]
        case Words():
            # “*” stands for anything in Moodle's short answers, unless a backslash is before it.
            return ["=" + _within(word.replace("*", r"\*")) for word in answer.told(language)]
        case Essay():
            return []


def _choice(choice: Choice, language: str) -> list[str]:
    several = choice.rights > 1
    wrong = len(choice.options) - choice.rights
    rows = []
    for option in choice.options:
        if not several:
            mark = "=" if option.is_right else "~"
        elif option.is_right:
            mark = f"~%{_share(choice.rights)}%"
        else:
            # Who marks everything gets nothing.
            mark = f"~%-{_share(wrong)}%"
        rows.append(
            mark + _within(option.text.told(language)) + _feedback(option.feedback, language)
        )
    return rows


def _share(parts: int) -> str:
    return f"{100 / parts:.5f}".rstrip("0").rstrip(".")


def _feedback(text: Text | None, language: str) -> str:
    return f" #{_within(text.told(language))}" if text else ""


def _explained(question: Question, language: str) -> Sequence[str]:
    return [f"####{_within(question.explain.told(language))}"] if question.explain else []


def _decimal(value: float) -> str:
    shown = f"{value:.12g}"
    return f"{value:.15f}".rstrip("0").rstrip(".") if "e" in shown else shown
