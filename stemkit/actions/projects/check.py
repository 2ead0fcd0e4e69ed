"""`project check`: what a project still needs, as a list of things to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.actions.projects.contests import find_contest
from stemkit.actions.projects.rules import Contents, Miss, misses, nothing_written
from stemkit.actions.projects.untouched import untouched
from stemkit.errors import StemkitError
from stemkit.formats.archive_directory import Source
from stemkit.formats.archive_names import shown
from stemkit.model.contest import Contest
from stemkit.model.project import RUNS, Project
from stemkit.model.recording import RecordingState
from stemkit.storage import catalogue
from stemkit.storage.archive_file import open_source
from stemkit.storage.project_folder import Listing, listing, read_project
from stemkit.storage.recordings import RecordingFolder
from stemkit.storage.recordings.folder import is_recording
from stemkit.words import N_, tr

_REPORT: Final = "report/report.md"


@dataclass(frozen=True, slots=True)
class ToDo:
    """Something that is missing or wrong, and what to do; translated."""

    what: str
    why: str
    do: str
    optional: bool
    verified: bool
    """Whether the rule behind it was compared with its source; True for what no contest asks."""
    rule: str = ""
    """The rule's id in the profile."""


@dataclass(frozen=True, slots=True)
class ProjectReport:
    """All that was found."""

    folder: Path
    project: Project
    contest: Contest | None
    to_do: tuple[ToDo, ...]

    @property
    def ok(self) -> bool:
        """Nothing that must be there is missing."""
        return all(one.optional for one in self.to_do)


def check_project(folder: Path, contest: str = "") -> ProjectReport:
    """Look at a project's folder; `contest` goes before what its `project.toml` says.

    Raises NoProjectError, DataFileError, NoSuchContestError, TooManyFilesError.
    """
    folder = folder.resolve()
    project = read_project(folder)
    found = listing(folder)
    name = contest or project.contest
    profile = None
    if name:
        profile = find_contest(name, lambda path: _read(folder, path), typed=bool(contest))
    to_do = list(_own(folder, project, found))
    if profile is not None:
        to_do += [_as_to_do(miss) for miss in misses(profile, contents(project, found))]
    else:
        to_do += _advice(folder, project)
        to_do += _unwritten(project, found)
    return ProjectReport(folder, project, profile, tuple(to_do))


def contents(project: Project, found: Listing) -> Contents:
    """A folder's files as the rules look at them."""
    paths = {file.packed: file.path for file in found.files}
    sizes = {file.packed: file.stamp.size for file in found.files}

    @contextmanager
    def opened(path: str) -> Iterator[Source]:
        with open_source(paths[path]) as source:
            yield source

    return Contents(project, sizes, opened, untouched=untouched(project, sizes, opened))


def _as_to_do(miss: Miss) -> ToDo:
    rule = miss.rule
    return ToDo(miss.what, miss.why, miss.do, rule.optional, rule.verified, rule.id)


def _own(folder: Path, project: Project, found: Listing) -> Iterator[ToDo]:
    """What no contest needs to ask for."""
    if project.board and project.board not in catalogue.boards():
        yield _to_do(
            N_("Board"),
            tr(N_("there is no kind of board “{model}”"), model=shown(project.board)),
            N_("Write one of the kit's boards into project.toml."),
        )
    if not any(file.packed == f"{project.program.folder}/main.py" for file in found.files):
        yield _to_do(
            N_("Program"),
            tr(N_("there is no {what}"), what=f"{project.program.folder}/main.py"),
            N_("Put the board's program there."),
        )
    if not project.date:
        yield _to_do(
            N_("Day"),
            _empty("date"),
            N_("Write the day into project.toml, for example: date = 2026-03-02"),
        )
    yield from _recordings(folder)


def _advice(folder: Path, project: Project) -> Iterator[ToDo]:
    """What every project is better for, where no contest says what it needs."""
    if not project.board:
        do = N_('Write the kind of board, for example: board = "esp32"')
        yield _to_do(N_("Board"), _empty("board"), do, optional=True)
    if not project.people:
        do = N_("Write the team's code names into project.toml.")
        yield _to_do(N_("Team"), _empty("member"), do, optional=True)
    if not project.question:
        do = N_("Write the question that the project answers into project.toml.")
        yield _to_do(N_("Question"), _empty("question"), do, optional=True)
    if not any(map(is_recording, _runs(folder))):
        do = N_("Measure: stemkit watch --record first --project FOLDER")
        yield _to_do(N_("Recording"), tr(N_("there is none yet")), do, optional=True)
    do = N_("See which contests have rules here: stemkit project contests")
    yield _to_do(N_("Contest"), tr(N_("none is chosen: no rules were checked")), do, optional=True)


def _unwritten(project: Project, found: Listing) -> Iterator[ToDo]:
    if _REPORT in contents(project, found).untouched:
        do = N_("Write it in a text editor; “stemkit project show --report” shows how it looks.")
        yield _to_do(N_("Report"), nothing_written(_REPORT), do, optional=True)


def _empty(field: str) -> str:
    return tr(N_("“{field}” in project.toml is empty"), field=field)


def _runs(folder: Path) -> list[Path]:
    return sorted((folder / RUNS).iterdir()) if (folder / RUNS).is_dir() else []


def _recordings(folder: Path) -> Iterator[ToDo]:
    for path in _runs(folder):
        if not is_recording(path):
            continue
        try:
            state = RecordingFolder(path).meta().state
        except StemkitError as error:
            yield _to_do(N_("Recording"), error.told(), N_("Repair it: stemkit record recover"))
            continue
        if state is RecordingState.RECORDING:
            why = tr(N_("“{name}” was never ended"), name=path.name)
            yield _to_do(N_("Recording"), why, N_("Repair it: stemkit record recover"))


def _to_do(what: str, why: str, do: str, *, optional: bool = False) -> ToDo:
    return ToDo(tr(what), why, tr(do), optional=optional, verified=True)


def _read(folder: Path, path: str) -> bytes | None:
    target = (folder / path).resolve()
    inside = folder in target.parents
    return target.read_bytes() if inside and target.is_file() else None
