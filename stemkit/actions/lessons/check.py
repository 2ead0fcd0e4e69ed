"""`lesson check`: is everything there, and does it run on a virtual board of every kind?"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from stemkit.actions.lessons.files_check import check_files, check_labels
from stemkit.actions.lessons.findings import Finding, Findings
from stemkit.actions.lessons.judge import judge, judge_values, memory_percent
from stemkit.actions.lessons.questions import check_questions
from stemkit.actions.lessons.run import run_lesson
from stemkit.actions.lessons.vendor import check_dependencies
from stemkit.actions.lessons.watch_check import check_watch
from stemkit.actions.library.errors import LessonNotForBoardError
from stemkit.actions.library.lessons import read_lesson
from stemkit.actions.programs.board_files import board_files
from stemkit.errors import MissingFileError
from stemkit.formats.errors import DataFileError
from stemkit.formats.lesson import parse_check
from stemkit.formats.scenario import parse_scenario
from stemkit.model.lesson import Computer, Lesson, LessonCheck, Needs
from stemkit.model.lesson_names import CHECK, MANIFEST
from stemkit.storage import catalogue
from stemkit.virtual import RunningBoard
from stemkit.words import N_, current_language

COMPUTER = "computer"
"""What a run is called that needs no board."""
# Each board is a process of its own; more at once than processors only wait for each other.
_AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class BoardRun:
    """The lesson's run on a virtual board of one kind."""

    board: str
    run_s: float
    """Seconds of the board's time."""
    seconds: float
    """Seconds of this computer's."""
    readings: int
    memory_percent: float
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LessonReport:
    """All that a check found."""

    name: str
    version: str
    findings: tuple[Finding, ...]
    runs: tuple[BoardRun, ...] = field(default=())

    @property
    def ok(self) -> bool:
        """The lesson may travel."""
        wrong = any(finding.is_error for finding in self.findings)
        return not wrong and not any(run.problems for run in self.runs)


Ran = Callable[[BoardRun], None]


def check_lesson(
    folder: Path, boards: Sequence[str] = (), *, run: bool = True, ran: Ran = lambda _: None
) -> LessonReport:
    """Check a lesson's folder; `boards` are the kinds to run it on (default: all that it names).

    `ran` hears of each run when it is done. What is wrong with the files keeps it from running.
    Raises MissingFileError, LessonNotForBoardError.
    """
    found = Findings()
    lesson, check = _read(folder, found)
    if lesson is not None:
        _ask_for(lesson, boards)
        check_files(folder, lesson, catalogue.boards(), catalogue.sensors(), found)
        check_watch(folder, lesson, found)
        check_questions(folder, found)
        check_dependencies(folder, lesson, found)
        if check is not None:
            check_labels(folder, lesson, check, found)
    runs: tuple[BoardRun, ...] = ()
    if found.ok and lesson is not None and check is not None and run:
        runs = _run_all(folder, lesson, check, boards or lesson.needs.boards, ran)
        if lesson.computer is not None and not boards:
            runs = (*runs, _run_here(folder, lesson, lesson.computer, check, ran))
    name, version = (lesson.id, lesson.version) if lesson else (folder.name, "")
    return LessonReport(name, version, tuple(found.found), runs)


def _ask_for(lesson: Lesson, boards: Sequence[str]) -> None:
    for board in boards:
        if board not in lesson.needs.boards:
            named = ", ".join(lesson.needs.boards) or "–"
            raise LessonNotForBoardError(lesson=lesson.id, model=board, boards=named)


def _read(folder: Path, found: Findings) -> tuple[Lesson | None, LessonCheck | None]:
    if not folder.is_dir():
        raise MissingFileError(path=folder)
    lesson = check = None
    try:
        lesson = read_lesson(folder)
    except MissingFileError:
        found.wrong(folder / MANIFEST, 1, N_("This file is missing."))
    except DataFileError as error:
        found.mistakes(error.mistakes)
    path = folder / CHECK
    if not path.is_file():
        found.wrong(path, 1, N_("This file is missing."))
        return lesson, None
    try:
        check = parse_check(path.read_bytes(), str(path))
        scenario = folder / check.scenario
        if check.scenario and scenario.is_file():
            parse_scenario(scenario.read_bytes(), str(scenario))
    except DataFileError as error:
        found.mistakes(error.mistakes)
    return lesson, check


def _run_all(
    folder: Path, lesson: Lesson, check: LessonCheck, boards: Sequence[str], ran: Ran
) -> tuple[BoardRun, ...]:
    from stemkit.actions.sim import Wanted, start_boards, stop_boards

    scenario = folder / check.scenario if check.scenario else None
    plugged = _plugged(lesson.needs)
    wanted = [
        Wanted(
            model=board,
            paced=False,
            parts=plugged,
            scenario=scenario,
            speed=0,
            identity=board,  # the same chance each time, whichever boards run beside it
            network=False,  # a lesson in one file may be a stranger's; and a class may have none
        )
        for board in boards
    ]
    if not wanted:
        return ()

    def one(board: RunningBoard) -> BoardRun:
        done = _run(folder, check, board)
        stop_boards([board.name])  # in fast time a program that goes on takes a processor
        ran(done)
        return done

    with closing(start_boards(*wanted)) as started, ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(one, started.boards))


def _run_here(
    folder: Path, lesson: Lesson, computer: Computer, check: LessonCheck, ran: Ran
) -> BoardRun:
    """The program of a lesson without a board, with virtual sensors on this computer's pins."""
    from stemkit.actions.lessons.on_computer import run_computer

    began_s = time.monotonic()
    seen = run_computer(
        folder / computer.program,
        folder / check.scenario if check.scenario else None,
        lesson.needs.parts,
        check.minutes * 60,
    )
    done = BoardRun(
        board=COMPUTER,
        run_s=round(seen.run_s, 1),
        seconds=round(time.monotonic() - began_s, 2),
        readings=sum(map(len, seen.values.values())),
        memory_percent=0.0,
        problems=tuple(judge_values(check, COMPUTER, seen)),
    )
    ran(done)
    return done


def _plugged(needs: Needs) -> tuple[str, ...]:
    """The parts that the lesson needs: where two of the kit share a pin, these are plugged in."""
    sensors = catalogue.sensors().values()
    measuring = [s.id for s in sensors if any(q.id in needs.measures for q in s.quantities)]
    return (*needs.parts, *measuring)


def _run(folder: Path, check: LessonCheck, board: RunningBoard) -> BoardRun:
    began_s = time.monotonic()
    model = catalogue.boards()[board.model]
    files = board_files(folder, model, catalogue.sensors(), number=1, language=current_language())
    seen = run_lesson(board, model.family, files, check.minutes * 60)
    return BoardRun(
        board=board.model,
        run_s=round(seen.run_s, 1),
        seconds=round(time.monotonic() - began_s, 2),
        readings=sum(map(len, seen.values.values())),
        memory_percent=round(memory_percent(seen, model), 1),
        problems=tuple(judge(check, model, seen)),
    )
