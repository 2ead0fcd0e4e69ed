"""What stands for a value in help and errors, as a person reads it: FILE, or TỆP; from 1 to 64."""

from __future__ import annotations

import re
from typing import Final

import click

from stemkit.words import N_, tr

# Every word that stands for a value; several may be joined, as in NAME[@VERSION]|FILE.
_WORDS: Final = frozenset(
    {
        N_("ADDRESS"),
        N_("ARGS"),
        N_("BOARD"),
        N_("CHANNEL"),
        N_("CODE"),
        N_("COMMAND"),
        N_("CONTEST"),
        N_("DAYS"),
        N_("FILE"),
        N_("FOLDER"),
        N_("LESSON"),
        N_("MODEL"),
        N_("NAME"),
        N_("NUMBER"),
        N_("OPTIONS"),
        N_("PART"),
        N_("PATH"),
        N_("PLACE"),
        N_("PORT"),
        N_("QUANTITY"),
        N_("RATE"),
        N_("RECORDING"),
        N_("SECONDS"),
        N_("SHELL"),
        N_("SOURCE"),
        N_("TEXT"),
        N_("TIMES"),
        N_("VALUE"),
        N_("VERSION"),
        N_("WORDS"),
    }
)
_WORD: Final = re.compile(r"(?<![A-Za-z])[A-Z]{2,}(?![A-Za-z])")
# click writes 1<=x<=64, x>=0, 0<x<=1: only the bounds that stemkit's options have.
_RANGE: Final = re.compile(r"(?P<low>[\d.]+)<=x<=(?P<high>[\d.]+)")
_ABOVE: Final = re.compile(r"x>(?P<low>[\d.]+)")
_FROM: Final = re.compile(r"x>=(?P<low>[\d.]+)")


def spoken(metavar: str) -> str:
    """`metavar` with its words in the current language."""
    return _WORD.sub(lambda found: tr(found[0]) if found[0] in _WORDS else found[0], metavar)


def speak(command: click.Command) -> None:
    """Let all parameters of a command name their values in the person's language, errors too."""
    for parameter in command.params:
        own = parameter.make_metavar
        setattr(parameter, "make_metavar", lambda ctx, own=own: spoken(own(ctx)))  # noqa: B010


def plain_numbers(text: str) -> str:
    """A sentence of click about a wrong number, without a programmer's words."""
    for word in ("integer range", "integer"):
        text = text.replace(word, tr(N_("whole number")))
    for word in ("float range", "float"):
        text = text.replace(word, tr(N_("number")))
    return plain_range(text)


def plain_range(text: str) -> str:
    """`text` of click with its formulas (1<=x<=64) as words."""
    text = _RANGE.sub(lambda found: tr(N_("from {low} to {high}"), **found.groupdict()), text)
    text = _FROM.sub(lambda found: tr(N_("{low} or more"), **found.groupdict()), text)
    return _ABOVE.sub(lambda found: tr(N_("more than {low}"), **found.groupdict()), text)
