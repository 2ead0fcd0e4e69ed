"""`teacher/questions.toml` -> questions."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Final

from stemkit.formats.toml_file import Table, TomlFile
from stemkit.model.question import Answer, Choice, Essay, Number, Option, Question, TrueFalse, Words
from stemkit.model.text import Text
from stemkit.words import N_

_ID: Final = r"[a-z0-9]+(-[a-z0-9]+){0,9}"
# Learning platforms share the points of a question among its answers in fixed parts, down to a
# tenth (the list of fractions of Moodle's question bank).
MOST_OPTIONS: Final = 10


def parse_questions(data: bytes, path: str) -> tuple[Question, ...]:
    """Read a lesson's questions; `path` is the file's name in mistakes.

    Raises `DataFileError` with every mistake.
    """
    file = TomlFile(data, path)
    tables = file.root.tables("question")
    questions = tuple(_question(table) for table in tables)
    if not tables and not file.broken:
        file.wrong((), N_("There is no “[[question]]” in this file."))
    for number, question in enumerate(questions):
        if question.id in [other.id for other in questions[:number]]:
            file.wrong(("question", number, "id"), N_("“{name}” is there twice."), name=question.id)
    file.finish()
    return questions


def _question(table: Table) -> Question:
    return Question(
        id=table.string("id", pattern=_ID),
        text=table.text("text"),
        answer=_answer(table),
        explain=_maybe(table, "explain"),
    )


def _answer(table: Table) -> Answer:
    kind = table.word("kind", tuple(_KINDS))
    if table.take("kind", optional=True) != kind:
        # Of a kind that nobody knows, nothing else can be called wrong.
        table.taken.update(table)
        return Essay(Text("", ""))
    return _KINDS[kind](table)


def _choice(table: Table) -> Choice:
    rows = table.tables("answer")
    choice = Choice(
        tuple(
            Option(row.text("text"), row.boolean("right", default=False), _maybe(row, "feedback"))
            for row in rows
        )
    )
    if not 2 <= len(choice.options) <= MOST_OPTIONS:
        message = N_("A choice has from 2 to {most} answers (“[[question.answer]]”), not {n}.")
        table.wrong("answer", message, most=MOST_OPTIONS, n=len(choice.options))
    elif not choice.rights:
        table.wrong("answer", N_("No answer is marked “right = true”."))
    return choice


def _true_false(table: Table) -> TrueFalse:
    return TrueFalse(table.boolean("answer"))


def _number(table: Table) -> Number:
    number = Number(
        table.number("answer"),
        table.number("tolerance", default=0.0, low=0.0),
        table.string("unit", default=""),
    )
    if not math.isfinite(number.value):
        return Number(0.0, 0.0)
    return number


def _words(table: Table) -> Words:
    accepted = table.table("answer")
    words = Words(accepted.strings("vi"), accepted.strings("en"))
    for language, spellings in (("vi", words.vi), ("en", words.en)):
        if not spellings and "answer" in table:
            accepted.wrong(language, N_("No answer is given in “{key}”."), key=f"answer.{language}")
        for number, spelling in enumerate(spellings):
            if "->" in spelling:
                # In GIFT that would be a pair to be matched, and it cannot be escaped.
                table.file.wrong((*accepted.path, language, number),
                                 N_("An answer cannot hold “->”: write “→”."))  # fmt: skip
    return words


def _essay(table: Table) -> Essay:
    return Essay(table.text("answer"))


_KINDS: Final[Mapping[str, Callable[[Table], Answer]]] = {
    "choice": _choice,
    "true-false": _true_false,
    "number": _number,
    "words": _words,
    "essay": _essay,
}


def _maybe(table: Table, key: str) -> Text | None:
    return table.text(key) if key in table else None
