"""What a contest asks of a project: a profile, one data file a contest and year."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from stemkit.model.text import Text


class Needs(enum.StrEnum):
    """What kind of thing a rule asks for."""

    FILE = "file"
    """Files in the project."""
    FIELD = "field"
    """Something written in `project.toml`."""
    PEOPLE = "people"
    """How many people are in the team."""
    RECORDING = "recording"
    """Recordings in `runs/`."""
    SIGNATURE = "signature"
    """Signatures on the package."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a file may be; None where the rule does not say."""

    most_bytes: int | None = None
    most_words: int | None = None
    """Words of a text (`.md`, `.txt`)."""
    most_pages: int | None = None
    """Pages of a PDF."""
    landscape: bool | None = None
    paper: str = ""
    """Paper size of a PDF's pages: `A4` or `letter`."""
    most_seconds: float | None = None
    """How long a film lasts."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that a contest asks for."""

    id: str
    what: Text
    """What is asked for."""
    do: Text
    """What to do where it is missing."""
    needs: Needs
    files: tuple[str, ...] = ()
    """Patterns of paths in the project; any of them will do."""
    field: str = ""
    least: int = 1
    most: int | None = None
    bounds: Bounds = Bounds()
    optional: bool = False
    """Told, but not missed."""
    verified: bool = False
    """Whether somebody compared the rule with its source."""
    source: str = ""


@dataclass(frozen=True, slots=True)
class PageSetup:
    """How the contest wants pages; lengths in mm, `text_pt` in points."""

    paper: str = "A4"
    landscape: bool = False
    left_mm: float = 25.0
    right_mm: float = 25.0
    top_mm: float = 25.0
    bottom_mm: float = 25.0
    text_pt: float = 12.0
    most_pages: int | None = None


@dataclass(frozen=True, slots=True)
class Contest:
    """A profile."""

    id: str
    title: Text
    year: int
    source: str
    rules: tuple[Rule, ...]
    report: PageSetup = PageSetup()
    poster: PageSetup = PageSetup()
