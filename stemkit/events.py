"""Progress of long work as typed events, and the sinks that take them.

Order promised for each board: one `BoardStarted`; then any number of `StepStarted`, each followed
by `StepAdvanced` whose `done` never falls within the step; `Noted` anywhere between; then exactly
one of `BoardFinished` or `BoardFailed`. Events of different boards interleave, from several
threads: a sink that is not thread-safe is wrapped in `locked` by the face that made it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from stemkit.errors import StemkitError


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to one board; `board` is the name that people see in tables."""

    board: str


@dataclass(frozen=True, slots=True)
class BoardStarted(Event):
    """Work on a board begins."""


@dataclass(frozen=True, slots=True)
class StepStarted(Event):
    """A step begins. `step` is a marked sentence (`N_`), `total` its size in `unit`s, 0 unknown."""

    step: str
    total: int = 0
    unit: str = "B"


@dataclass(frozen=True, slots=True)
class StepAdvanced(Event):
    """`done` of the running step's `total` is finished."""

    done: int


@dataclass(frozen=True, slots=True)
class Noted(Event):
    """A remark for the person; `text` is already translated."""

    text: str


@dataclass(frozen=True, slots=True)
class BoardFinished(Event):
    """Work on a board ended well. `outcome` is a marked sentence (`N_`)."""

    outcome: str
    seconds: float


@dataclass(frozen=True, slots=True)
class BoardFailed(Event):
    """Work on a board ended badly."""

    error: StemkitError
    seconds: float


Sink = Callable[[Event], None]


def silent(event: Event) -> None:
    """The default sink: tells nobody."""
