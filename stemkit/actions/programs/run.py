"""Run a program on a board without saving it there, and say where it stopped and why."""

from __future__ import annotations

import codecs
import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.boards.console import NoPortError
from stemkit.actions.boards.listing import Board
from stemkit.actions.boards.prompt import at_prompt, firmness_for
from stemkit.actions.programs.errors import FolderToRunError
from stemkit.actions.programs.hints import Stopped, hint_for
from stemkit.actions.programs.typed import END
from stemkit.devices.asking import OWN_FILE, Asking, Lines
from stemkit.devices.errors import BoardExceptionError, NoPromptError
from stemkit.devices.prompt import reach_prompt
from stemkit.devices.session import Session
from stemkit.errors import BoardError, MissingFileError
from stemkit.events import Noted, Sink, silent
from stemkit.storage import atomic
from stemkit.wire.harmless import harmless
from stemkit.wire.traceback import Frame, Traceback, parse_traceback
from stemkit.words import N_, tr, typed

# How the board calls what it was given at its prompt.
_GIVEN = "<stdin>"
_PROGRAM = "main.py"
_STOP_S = 1.0
_AFRESH_S = 5.0
# Where a virtual board's own machinery lies, which is no program of the student's.
_INSIDE = "/.frozen/"
_RUNS_ON = N_(
    "The program takes Ctrl-C for itself and goes on running: press the board's reset button."
)

Output = Callable[[bytes], None]


@dataclass(frozen=True, slots=True)
class Place:
    """A line in one of the student's files."""

    file: str
    line: int
    function: str
    source: str
    """The line itself; empty where the file is not on this computer."""


@dataclass(frozen=True, slots=True)
class ProgramError:
    """Why a program stopped."""

    kind: str
    message: str
    places: tuple[Place, ...]
    """From the outermost call to the line itself."""
    hint: str
    """In the current language; may be empty."""

    @property
    def summary(self) -> str:
        """Kind and message in one line."""
        return f"{self.kind}: {self.message}" if self.message else self.kind


def run_file(
    board: Board,
    path: Path,
    output: Output,
    *,
    lines: Lines = lambda: END,
    person_s: float = 0.0,
    sink: Sink = silent,
) -> ProgramError | None:
    """Run `path` on a freshly started board; what it prints goes to `output` as it comes.

    What the program asks with `input()` is answered with `lines`. Returns None when it ended by
    itself. Ctrl-C stops the program, leaves the board at its prompt and comes out as
    `KeyboardInterrupt`.
    """
    if path.is_dir():
        raise FolderToRunError(path=path, example=typed(path / _PROGRAM))
    if not path.is_file():
        raise MissingFileError(path=path)
    with atomic.told(path):
        program = _as_utf8(path.read_bytes())
    if not board.port:
        raise NoPortError(board=board.name)
    with at_prompt(board, person_s=person_s, sink=sink) as session:
        _start_afresh(session)
        asking = Asking(session, lines, program)
        asking.install()
        try:
            session.start(program)
            session.finish(
                timeout_s=None,
                on_output=lambda data: output(asking.heard(data)),
                meanwhile=asking.attend,
            )
        except BoardExceptionError as error:
            return explain(parse_traceback(error.traceback), path, program)
        except KeyboardInterrupt:
            _stop(session, board, output, sink)
            raise
        finally:
            if session.entered:
                asking.remove()
    return None


def _start_afresh(session: Session) -> None:
    """Nothing of an earlier program is left: names, modules, timers, memory.

    Else a program runs here that lacks its imports, and memory fills up run by run.
    """
    try:
        session.soft_reset(_AFRESH_S)
    except NoPromptError:  # a boot.py that takes its time
        session.enter()


def _as_utf8(program: bytes) -> bytes:
    """The program as MicroPython reads it: Windows' Notepad can put a mark in front, or use UTF-16.

    Line numbers stay as they are: a prompt may take the two bytes of a line's end for two ends.
    """
    if program.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        with contextlib.suppress(UnicodeDecodeError):
            program = program.decode("utf-16").encode()
    return program.removeprefix(codecs.BOM_UTF8).replace(b"\r\n", b"\n")


def _stop(session: Session, board: Board, output: Output, sink: Sink) -> None:
    """Interrupt the program; one that catches that is stopped more firmly, or said to run on."""
    session.interrupt()
    try:
        session.finish(timeout_s=_STOP_S, on_output=output)
    except BoardExceptionError:
        pass
    except BoardError:
        try:
            reach_prompt(session, firmness_for(board))
        except BoardError:
            sink(Noted(board.name, tr(_RUNS_ON)))


def explain(error: Traceback, path: Path, program: bytes) -> ProgramError:
    """Name the student's own file and lines, and add a hint."""
    lines = _lines(program)
    frames = [f for f in error.frames if f.file != OWN_FILE and not f.file.startswith(_INSIDE)]
    places = tuple(_place(frame, path, lines) for frame in frames)
    own = [place for place in places if place.file == str(path)]
    named = (own or list(places) or [Place("", 0, "", "")])[-1]
    hint = hint_for(Stopped(error, lines, named.line if own else 0))
    return ProgramError(error.kind, error.message, places, hint)


def _place(frame: Frame, path: Path, lines: Sequence[str]) -> Place:
    if frame.file == _GIVEN:
        return Place(str(path), frame.line, frame.function, _line(lines, frame.line))
    beside = path.parent / frame.file.lstrip("/")
    source = ""
    with contextlib.suppress(OSError, ValueError):
        if beside.resolve().is_relative_to(path.parent.resolve()) and beside.is_file():
            source = _line(_lines(beside.read_bytes()), frame.line)
    return Place(frame.file, frame.line, frame.function, source)


def _lines(program: bytes) -> list[str]:
    return program.decode("utf-8", "replace").splitlines()


def _line(lines: Sequence[str], number: int) -> str:
    return harmless(lines[number - 1].encode()).strip() if 0 < number <= len(lines) else ""
