"""A lesson, and what must be seen of it when it runs on a virtual board."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from stemkit.model.text import Text


class Level(enum.StrEnum):
    """The school that a lesson is made for (Vietnam: grades 1-5, 6-9, 10-12)."""

    PRIMARY = "primary"
    LOWER_SECONDARY = "lower-secondary"
    UPPER_SECONDARY = "upper-secondary"


@dataclass(frozen=True, slots=True)
class Needs:
    """What must be on the table."""

    boards: tuple[str, ...]
    """Ids of the kinds of board that the lesson runs on; empty for one that needs no board."""
    measures: tuple[str, ...]
    """Quantities (`temp`, `hum`) that a sensor must give, whichever sensor it is."""
    parts: tuple[str, ...]
    """Ids of the parts that must be that very kind (`led`, `servo`)."""


@dataclass(frozen=True, slots=True)
class Firmware:
    """The firmware that the program was written for."""

    name: str
    min_version: str


@dataclass(frozen=True, slots=True)
class Computer:
    """A lesson without a board: its program runs on a computer with sensors on its own pins."""

    program: str
    """From the lesson's folder, with `/` between names."""
    packages: tuple[str, ...]
    """What `pip` must install for it."""


@dataclass(frozen=True, slots=True)
class Deployed:
    """A file of the lesson, or a folder of them, and its place on the board."""

    source: str
    """From the lesson's folder, with `/` between names."""
    target: str
    """From the board's root, with `/` between names."""
    boards: tuple[str, ...]
    """The kinds of board that get it; empty: all."""


@dataclass(frozen=True, slots=True)
class Dependency:
    """A file of somebody else's that the program needs: a copy of it lies in the lesson."""

    name: str
    version: str
    source: str
    """Address of this very file."""
    licence: str
    file: str
    """The copy, from the lesson's folder: `vendor/...`."""
    target: str
    """Its place on the board; empty: beside other libraries, under the copy's name."""
    sha256: str
    """Of the file, 64 small hex digits."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One value that the lesson's program sends."""

    label: str
    name: Text
    unit: str


@dataclass(frozen=True, slots=True)
class Lesson:
    """What `lesson.toml` says. `id` is the name of the lesson's folder."""

    id: str
    version: str
    title: Text
    summary: Text
    level: Level
    age: tuple[int, int]
    """Youngest and oldest student, in years."""
    minutes: int
    needs: Needs
    firmware: Firmware
    """Empty texts where the lesson needs no board."""
    deploy: tuple[Deployed, ...]
    """Empty: all of `board/`, at the board's root."""
    dependencies: tuple[Dependency, ...]
    channels: tuple[Channel, ...]
    skills: tuple[str, ...]
    licence: str
    authors: tuple[str, ...]
    computer: Computer | None = None


@dataclass(frozen=True, slots=True)
class SeenChannel:
    """A channel that must be there, and what its values must be."""

    label: str
    low: float
    high: float
    interval_s: float
    """Time between two of its values, on average; 0: it does not matter."""
    boards: tuple[str, ...]
    """Asked of these kinds of board; empty: of all."""


@dataclass(frozen=True, slots=True)
class Response:
    """A change that must be seen: the mean before `at_s` against that after the time to settle."""

    label: str
    at_s: float
    within_s: float
    change: float
    """The least change, in the channel's unit; below 0 where it must fall."""
    boards: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LessonCheck:
    """What `check.toml` demands of a run on a virtual board."""

    minutes: float
    """How long the program runs, in the board's time."""
    scenario: str
    """File of what happens around the board, from the lesson's folder; empty: nothing."""
    memory_percent: float
    """The most of the board's heap that may be in use."""
    channels: tuple[SeenChannel, ...]
    responses: tuple[Response, ...]
