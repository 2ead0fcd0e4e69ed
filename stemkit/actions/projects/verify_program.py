"""Does a package's program run, on a virtual board of the kind that the project names?"""

from __future__ import annotations

import re
from contextlib import closing
from pathlib import Path
from typing import Final

from stemkit.actions.programs.board_files import board_files
from stemkit.errors import StemkitError
from stemkit.formats.archive_names import shown
from stemkit.formats.errors import DataFileError
from stemkit.model.board import BoardModel
from stemkit.model.project import Project
from stemkit.model.verdict import Answer, Check
from stemkit.storage import catalogue
from stemkit.storage.recordings import RecordingFolder
from stemkit.virtual.confine import can_shut_off
from stemkit.words import N_, tr

_MAIN: Final = "main.py"
_MOST_S: Final = 10.0
# How MicroPython tells that there is no network: ENETUNREACH, or no address for a name.
_NO_NETWORK: Final = re.compile(r"OSError: (?:\[Errno )?(?:101\b|\[addrinfo error)")


def check_program(
    folder: Path, project: Project, recordings: list[RecordingFolder], *, anyway: bool = False
) -> Check:
    """Run the program of an unpacked project; its channels must be those of the recordings.

    A stranger's program is run where it can be shut off from this computer, or `anyway`.
    """
    program = folder / project.program.folder
    if not (program / _MAIN).is_file():
        path = f"{project.program.folder}/{_MAIN}"
        return Check("program", Answer.NO, tr(N_("“{path}” is missing."), path=path))
    model = catalogue.boards().get(project.board)
    if model is None:
        text = tr(N_("project.toml names no board of the kit, so there is none to try it on."))
        return Check("program", Answer.UNKNOWN, text)
    if not anyway and not can_shut_off():
        text = tr(N_("It was not run: this system cannot shut a program off from the computer."))
        more = tr(N_("Run it all the same: --run-anyway"))
        return Check("program", Answer.UNKNOWN, text, (more,))
    try:
        return _run(folder, program, project, model, recordings)
    except DataFileError as error:
        return Check("program", Answer.NO, error.told())
    except StemkitError as error:
        # No virtual boards on this computer: nobody can tell.
        return Check("program", Answer.UNKNOWN, error.told(), (error.remedy_told(),))


def _run(
    folder: Path,
    program: Path,
    project: Project,
    model: BoardModel,
    recordings: list[RecordingFolder],
) -> Check:
    from stemkit.actions.lessons.run import run_lesson
    from stemkit.actions.sim import Wanted, start_boards

    scenario = folder / project.program.scenario if project.program.scenario else None
    if scenario is not None and not scenario.is_file():
        text = tr(N_("“{path}” is missing."), path=project.program.scenario)
        return Check("program", Answer.NO, text)
    files = board_files(program, model, catalogue.sensors(), number="1", language=project.language)
    wanted = Wanted(model=model.id, paced=False, scenario=scenario, speed=0, network=False)
    with closing(start_boards(wanted)) as started:
        seen = run_lesson(started.boards[0], model.family, files, project.program.seconds, _MOST_S)
    readings = sum(map(len, seen.values.values()))
    ran = tr(
        N_("{model}: {readings} readings in {seconds} s of the board's time"),
        model=model.id,
        readings=readings,
        seconds=f"{seen.run_s:.0f}",
    )
    shown_values = [
        f"{label}: {min(v for _, v in rows):g} … {max(v for _, v in rows):g}"
        for label, rows in seen.values.items()
        if rows
    ]
    evidence = (ran, *map(shown, shown_values), _world_told(project))
    if not seen.ended and _NO_NETWORK.search(seen.error):
        text = tr(N_("It reaches for a network, and none is there while it is judged."))
        return Check("program", Answer.UNKNOWN, text, evidence)
    if seen.error and not (seen.ended and readings):
        return Check("program", Answer.NO, shown_error(seen.error), evidence)
    missing = sorted(_recorded_labels(recordings) - set(seen.values))
    if not readings:
        return Check("program", Answer.UNKNOWN, tr(N_("It runs, and sends no reading.")), evidence)
    if missing:
        text = tr(
            N_("It runs, but never sends “{label}”, which was recorded."), label=shown(missing[0])
        )
        return Check("program", Answer.NO, text, evidence)
    return Check("program", Answer.YES, ran, evidence)


def _world_told(project: Project) -> str:
    """What the program was given to measure, and what that shows."""
    if not project.program.scenario:
        return tr(N_("Around the virtual board nothing changed: its values show that the program"
                     " runs, not what was measured."))  # fmt: skip
    return tr(
        N_("What happened around the virtual board was the team's own {path}: its values show that"
           " the program runs, not what was measured."),
        path=shown(project.program.scenario),
    )  # fmt: skip


def shown_error(text: str) -> str:
    """A board's words without what could steer a terminal, lines kept."""
    return "\n".join(shown(line) for line in text.splitlines()[:20])


def _recorded_labels(recordings: list[RecordingFolder]) -> set[str]:
    """The channels that boards sent, without those that were computed from them."""
    labels: set[str] = set()
    for folder in recordings:
        try:
            meta = folder.meta()
        except StemkitError:
            continue
        sent = {channel.label for board in meta.boards for channel in board.channels}
        labels |= set(meta.totals.labels) & sent
    return labels
