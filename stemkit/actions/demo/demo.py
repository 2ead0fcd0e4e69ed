"""The demonstration: the whole job, on virtual boards, by the same actions as the commands.

A class of boards is flashed and gets a lesson, its readings are recorded while a cable is pulled,
the recording becomes a project, and the project a package that is signed and verified.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from stemkit import events
from stemkit.actions import sim
from stemkit.actions.boards.listing import Around, Board, list_boards
from stemkit.actions.demo.errors import DemoFolderError
from stemkit.actions.flashing.flash import FlashResult, flash_boards
from stemkit.actions.flashing.image import ImageByModel, OneImage, Source
from stemkit.actions.flashing.one_board import Workshop
from stemkit.actions.keys import own as keys
from stemkit.actions.library.lessons import lesson_folder, read_lesson
from stemkit.actions.programs.deploy import Deploy, DeployResult, deploy_boards
from stemkit.actions.programs.source import read_source
from stemkit.actions.projects.add import add_recordings
from stemkit.actions.projects.new import new_project
from stemkit.actions.projects.pack import Packed, PackWanted, pack
from stemkit.actions.projects.sign import Signed, SignWanted, sign
from stemkit.actions.projects.verify import verify
from stemkit.actions.readings.record import About, Recorded
from stemkit.actions.readings.recordings import Chosen, summary
from stemkit.actions.readings.sources import Wanted, open_feed
from stemkit.actions.readings.watching import Watching
from stemkit.analysis.fits import Fit, Parameter
from stemkit.loaders.base import Chip, LoadImage
from stemkit.model.project import Person, ProgramRun, Project
from stemkit.model.text import Text
from stemkit.model.verdict import Verdict
from stemkit.storage import atomic, catalogue, places
from stemkit.storage.firmware_store import FirmwareStore
from stemkit.virtual import RunningBoard
from stemkit.virtual.profile import Profile
from stemkit.words import current_language

LESSON: Final = "06-pendulum"
CLASS: Final = {"esp32": 4, "microbit-v2": 2}
"""How many boards of each kind."""
WATCH_S: Final = 16.0
UNPLUGGED_S: Final = (5.0, 7.5)
"""When, while readings are watched, a cable is pulled and put back."""
# After this the pendulum swings freely.
_SETTLED_S: Final = 3.0
_RECORDING: Final = "pendulum"
_PROJECT: Final = "project"
_MARK: Final = "stemkit-demo"
_RUN_S: Final = 12.0
# Where the weight hangs still: held until the program has taken it for its zero.
_REST: Final = "distance=50"


@dataclass(frozen=True, slots=True)
class Started:
    """Virtual boards are there, blank as from the shop."""

    boards: tuple[RunningBoard, ...]


@dataclass(frozen=True, slots=True)
class Flashed:
    """Firmware is on the boards."""

    result: FlashResult
    seconds: float


@dataclass(frozen=True, slots=True)
class Deployed:
    """The lesson is on the boards and runs."""

    lesson: Text
    result: DeployResult
    seconds: float


@dataclass(frozen=True, slots=True)
class Measured:
    """What the boards sent was recorded."""

    recorded: Recorded
    readings: int
    pulled: str
    """The board whose cable was pulled and put back."""
    period_s: Parameter | None
    """What the curve through the readings of the first board says; None where none fits."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The recording is a project, packed, signed and verified."""

    packed: Packed
    signed: Signed
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Ended:
    """The boards have ended; the files are in `folder`."""

    boards: int
    folder: Path
    seconds: float


Step = Started | Flashed | Deployed | Measured | Finished | Ended
Show = Callable[[Watching], None]
"""Shows a started watching until it is over."""
Progress = Callable[[tuple[str, ...]], AbstractContextManager[events.Sink]]
"""Shows the progress of the boards with these names while it is open."""


def demonstrate(folder: Path, show: Show, progress: Progress) -> Iterator[Step]:
    """Do it all in `folder`, telling each step when it is done; the boards end in any case.

    One that is stopped leaves nothing behind, and what an earlier one left in the folder goes.
    Raises DemoFolderError, and what the steps raise.
    """
    begun_s = time.monotonic()
    _make_empty(folder)
    with _gone_when_stopped(folder), _at_home_in(folder / "stemkit"):
        wanted = [
            sim.Wanted(count, model, blank=True, parts=("hcsr04",), scenario=_scenario())
            for model, count in CLASS.items()
        ]
        with closing(sim.start_boards(*wanted)) as started:
            yield Started(tuple(started.boards))
            yield _flashed(progress)
            yield _deployed(progress)
            yield _measured(show, started.boards[1].name)
            yield _finished(folder, progress)
        yield Ended(len(started.boards), folder, time.monotonic() - begun_s)


def _make_empty(folder: Path) -> None:
    mark = folder / _MARK
    with atomic.told(folder):
        if folder.exists() and any(folder.iterdir()) and not mark.exists():
            raise DemoFolderError(folder=folder)
        if folder.exists():
            shutil.rmtree(folder)
        folder.mkdir(parents=True)
        mark.touch()


@contextmanager
def _gone_when_stopped(folder: Path) -> Iterator[None]:
    """Half a demonstration is nothing to keep."""
    try:
        yield
    except (KeyboardInterrupt, GeneratorExit):
        shutil.rmtree(folder, ignore_errors=True)
        raise


@contextmanager
def _at_home_in(folder: Path) -> Iterator[None]:
    """Keys, recordings and stores of the demonstration stay apart from the person's own."""
    before = os.environ.get("STEMKIT_HOME")
    os.environ["STEMKIT_HOME"] = str(folder)
    try:
        yield
    finally:
        if before is None:
            del os.environ["STEMKIT_HOME"]
        else:
            os.environ["STEMKIT_HOME"] = before


def _scenario() -> Path:
    return lesson_folder(LESSON) / "scenario.toml"


def _boards() -> list[Board]:
    """The class alone, whatever else is plugged in."""
    return list_boards(Around(ports=lambda: (), drives=lambda: ()))


class _Firmware:
    """ESP boards get the stand-in, micro:bits their real MicroPython, which travels with us."""

    bundle = None

    def __init__(self) -> None:
        # Virtual boards' own machinery is not for every system: it is loaded where they run.
        from stemkit.virtual.stand_in import stand_in

        models = catalogue.boards()
        image = stand_in(Profile.of(models["esp32"]))
        self._esp = OneImage(Source("MicroPython (virtual).bin", image))
        self._other = ImageByModel(FirmwareStore(places.firmware_store()), models)

    def __call__(self, chip: Chip, board: Board) -> LoadImage:
        """The image for a board."""
        return self._of(board)(chip, board)

    def prepare(self, boards: Sequence[Board]) -> None:
        """Nothing: both are here."""

    def _of(self, board: Board) -> OneImage | ImageByModel:
        return self._esp if board.model == "esp32" else self._other


def _flashed(progress: Progress) -> Flashed:
    begun_s = time.monotonic()
    around = Around(ports=lambda: (), drives=lambda: ())
    boards = _boards()
    with progress(_names(boards)) as sink:
        result = flash_boards(boards, Workshop(_Firmware(), sink=sink, around=around))
    result.raise_end()
    return Flashed(result, time.monotonic() - begun_s)


def _names(boards: Sequence[Board]) -> tuple[str, ...]:
    return tuple(board.name for board in boards)


def _deployed(progress: Progress) -> Deployed:
    begun_s = time.monotonic()
    folder = lesson_folder(LESSON)
    boards = _boards()
    for board in boards:
        sim.change(board.name, [_REST])
    with progress(_names(boards)) as sink:
        result = deploy_boards(boards, Deploy(read_source(folder), restart=True, sink=sink))
    result.raise_end()
    return Deployed(read_lesson(folder).title, result, time.monotonic() - begun_s)


def _measured(show: Show, pulled: str) -> Measured:
    names = _names(_boards())
    feed = open_feed(Wanted(boards=names))
    watching = Watching(feed, About(lesson=LESSON), for_s=WATCH_S)
    watching.record(_RECORDING)
    hand = threading.Thread(target=_move_things, args=(pulled,), daemon=True)
    with watching:
        hand.start()
        show(watching)
    hand.join()
    recorded = watching.recorded[-1]
    whole = summary(str(recorded.folder.path))
    count = sum(channel.statistics.n for channel in whole.channels)
    return Measured(recorded, count, pulled, _period(recorded.folder.path))


def _period(recording: Path) -> Parameter | None:
    """The pendulum's, by the board that sent most of it; None where no board measured it."""
    swings = summary(
        str(recording), Chosen(fit="damped-wave", channel="swing", from_s=_SETTLED_S)
    ).channels
    if not swings:
        return None
    found = max(swings, key=lambda channel: channel.statistics.n).fit
    return found["T"] if isinstance(found, Fit) else None


def _move_things(pulled: str) -> None:
    """What a hand does in the room: let the pendulum go, pull a cable, put it back."""
    time.sleep(1.0)
    for board in sim.list_boards():
        sim.change(board.name, ["distance=auto"])
    time.sleep(UNPLUGGED_S[0] - 1.0)
    sim.unplug(pulled)
    time.sleep(UNPLUGGED_S[1] - UNPLUGGED_S[0])
    sim.plug(pulled)


def _finished(folder: Path, progress: Progress) -> Finished:
    project = folder / _PROJECT
    lesson = lesson_folder(LESSON)
    scenario = "program/scenario.toml"
    new_project(
        project,
        Project(
            title=_TITLE.told(current_language()),
            question=_QUESTION.told(current_language()),
            language=current_language(),
            board="esp32",
            date=date.today().isoformat(),
            licence="CC-BY-4.0",
            people=(Person("demo"),),
            program=ProgramRun(scenario=scenario, seconds=_RUN_S),
        ),
    )
    add_recordings([_RECORDING], project)
    with atomic.told(project):
        shutil.copy(lesson / "board" / "main.py", project / "program" / "main.py")
        shutil.copy(lesson / "board" / "lamp_led.py", project / "program" / "lamp.py")
        shutil.copy(lesson / "scenario.toml", project / scenario)
    keys.new_key("demo")
    with progress(()) as sink:
        packed = pack(project, PackWanted(), sink)
        signed = sign(packed.path, SignWanted(key="demo"), events=sink)
        return Finished(packed, signed, verify(packed.path, events=sink))


_TITLE: Final = Text(vi="Chu kì của con lắc", en="The period of a pendulum")
_QUESTION: Final = Text(
    vi="Chu kì của một con lắc dài 60 cm là bao nhiêu?",
    en="How long is the period of a pendulum of 60 cm?",
)
