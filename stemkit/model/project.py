"""A club's project: what is written in `project.toml`."""

from __future__ import annotations

from dataclasses import dataclass

PROJECT_FILE = "project.toml"
FOLDERS = ("program", "runs", "report", "logbook", "poster", "forms", "media")
"""The folders that every project has."""
PROGRAM, RUNS, REPORT, POSTER, MEDIA = "program", "runs", "report", "poster", "media"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who made the project, or answers for it."""

    code: str = ""
    """A code name of the person's own choice."""
    name: str = ""
    """The real name; "" where nobody typed one."""
    role: str = "member"
    """`member` or `supervisor`."""

    @property
    def shown(self) -> str:
        """How the person is called in the package."""
        return self.name or self.code


@dataclass(frozen=True, slots=True)
class ProgramRun:
    """How the program is tried on a virtual board."""

    folder: str = PROGRAM
    scenario: str = ""
    """File in the project with what happens around the board; "": the world at rest."""
    seconds: float = 10.0
    """How long it runs, in the board's time."""


@dataclass(frozen=True, slots=True)
class Part:
    """Something that the project is built from."""

    name: str
    count: int = 1
    source: str = ""
    """Where it came from or what it cost."""


@dataclass(frozen=True, slots=True)
class Project:
    """All of `project.toml`."""

    title: str
    question: str = ""
    language: str = "vi"
    """Language of the project's own texts."""
    club: str = ""
    board: str = ""
    """Model id of the board that it runs on."""
    contest: str = ""
    """Id of a contest profile, or the path of one in the project."""
    date: str = ""
    """ISO 8601 day that stands in the package: it does not come from the clock when packing."""
    licence: str = ""
    """SPDX identifier of the terms under which others may use it."""
    keywords: tuple[str, ...] = ()
    people: tuple[Person, ...] = ()
    parts: tuple[Part, ...] = ()
    program: ProgramRun = ProgramRun()

    @property
    def members(self) -> tuple[Person, ...]:
        """The team."""
        return tuple(person for person in self.people if person.role == "member")

    @property
    def supervisors(self) -> tuple[Person, ...]:
        """Those who answer for the team."""
        return tuple(person for person in self.people if person.role == "supervisor")
