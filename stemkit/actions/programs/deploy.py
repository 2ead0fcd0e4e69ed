"""Deploy to boards side by side: each gets what it lacks, in about the time of one."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from stemkit.actions.boards import kinds
from stemkit.actions.boards.comeback import BACK_WITHIN_S, Opener, through_comebacks
from stemkit.actions.boards.console import NoPortError
from stemkit.actions.boards.listing import Around, Board
from stemkit.actions.boards.prompt import at_prompt
from stemkit.actions.programs.errors import DeployStoppedError
from stemkit.actions.programs.fast_rate import FastLine
from stemkit.actions.programs.source import Source, Target
from stemkit.actions.side_by_side import side_by_side
from stemkit.devices.microbit_files import upload_flat
from stemkit.devices.receiver import ReceiverSource, load_receiver
from stemkit.devices.session import Session
from stemkit.devices.upload import Uploaded, Wish, upload
from stemkit.errors import Exit, StemkitError
from stemkit.events import BoardFailed, BoardFinished, BoardStarted, Event, Sink, silent
from stemkit.model.board import BoardModel
from stemkit.model.chip import Family
from stemkit.model.deployment import BoardFile
from stemkit.storage import catalogue, places
from stemkit.words import N_

DEPLOYED: Final = "deployed"
UNCHANGED: Final = "unchanged"
FAILED: Final = "failed"
_PLATFORM: Final = "import sys\nprint(sys.platform)"
# What MicroPython starts by itself.
_PROGRAM: Final = "main.py"
# After Ctrl-C a block that is under way is awaited, and the board is set free.
_STOP_LIMIT_S: Final = 5.0
_OUTCOMES: Final = {DEPLOYED: N_("has its new files"), UNCHANGED: N_("was already up to date")}


@dataclass(frozen=True, slots=True)
class Deployed:
    """What came of one board."""

    name: str
    port: str
    status: str
    """`deployed`, `unchanged` or `failed`."""
    files_sent: int = 0
    files_same: int = 0
    files_removed: int = 0
    bytes_payload: int = 0
    """Content of the files that were sent."""
    bytes_wire: int = 0
    """All bytes that went to the board."""
    seconds: float = 0.0
    verified: bool = False
    """Every file is there, and what it holds was checked by the board."""
    started: bool = False
    """The board was restarted as by switching it on: its program runs now."""
    error: StemkitError | None = None


@dataclass(frozen=True, slots=True)
class DeployResult:
    """What came of all boards, in the order in which they were given."""

    boards: tuple[Deployed, ...]
    interrupted: bool = False
    fault: BaseException | None = None
    """A fault of stemkit itself that met one board's thread; the others went on."""

    def raise_end(self) -> None:
        """Raise what ended the work: a fault of stemkit itself, or the person's Ctrl-C."""
        if self.fault is not None:
            raise self.fault
        if self.interrupted:
            raise KeyboardInterrupt

    @property
    def failed(self) -> tuple[Deployed, ...]:
        """The boards that are not good."""
        return tuple(board for board in self.boards if board.status == FAILED)

    @property
    def exit_code(self) -> Exit:
        """0 where all are good; a single board's own error; else 1."""
        if not self.failed:
            return Exit.DONE
        only = self.boards[0].error if len(self.boards) == 1 else None
        return only.exit_code if only is not None else Exit.ANSWER_IS_NO


@dataclass(frozen=True)
class Deploy:
    """How boards are deployed to."""

    source: Source
    keep: bool = False
    """Leave files that an earlier deploy put there and that are no longer in the source."""
    restart: bool = False
    """Start the program anew afterwards, whether or not one ran before."""
    compiled: bool = False
    """Modules as .mpy, for the version that the board names."""
    fast: bool = True
    """Go to a faster rate for the transfer, where the line has one."""
    person_s: float = 0.0
    """How long to wait for a person to press reset on a board that obeys nothing."""
    sink: Sink = silent
    around: Around = field(default_factory=Around)
    """Where a board is looked for that went away meanwhile."""
    back_within_s: float = BACK_WITHIN_S
    """How long it may be away."""
    receiver: ReceiverSource = field(
        default_factory=lambda: load_receiver(places.shipped("firmware") / "runtime" / "receiver")
    )


def deploy_boards(boards: Sequence[Board], deploy: Deploy) -> DeployResult:
    """Deploy to each board in a thread of its own; one that fails does not stop the others.

    Ctrl-C stops all: each board then has all its old files or all the new ones.
    """
    stop = threading.Event()
    deploy = replace(deploy, sink=_stoppable(deploy.sink, stop))
    work = [(f"deploy {board.name}", partial(_one, board, deploy)) for board in boards]
    outcome = side_by_side(work, stop, _STOP_LIMIT_S)
    rows = zip(boards, outcome.results, strict=True)
    results = tuple(row if row is not None else _stopped(board) for board, row in rows)
    return DeployResult(results, outcome.interrupted, outcome.fault)


def _stoppable(sink: Sink, stop: threading.Event) -> Sink:
    """`sink`, which ends the work of a board's thread at its next step after Ctrl-C."""

    def told(event: Event) -> None:
        if stop.is_set() and not isinstance(event, BoardFailed | BoardFinished):
            raise DeployStoppedError
        sink(event)

    return told


def _stopped(board: Board) -> Deployed:
    return Deployed(board.name, board.port, FAILED, error=DeployStoppedError())


def _one(board: Board, deploy: Deploy) -> Deployed:
    started_s = time.monotonic()
    try:
        deploy.sink(BoardStarted(board.name))
        done, program_runs = _deploy(board, deploy)
    except StemkitError as error:
        seconds = time.monotonic() - started_s
        deploy.sink(BoardFailed(board.name, error, seconds))
        return Deployed(board.name, board.port, FAILED, seconds=round(seconds, 3), error=error)
    seconds = time.monotonic() - started_s
    status = DEPLOYED if done.changed else UNCHANGED
    deploy.sink(BoardFinished(board.name, _OUTCOMES[status], seconds))
    return Deployed(
        board.name,
        board.port,
        status,
        files_sent=done.sent,
        files_same=done.same,
        files_removed=done.removed,
        bytes_payload=done.payload_bytes,
        bytes_wire=done.wire_bytes,
        seconds=round(seconds, 3),
        verified=True,
        started=program_runs,
    )


def _deploy(board: Board, deploy: Deploy) -> tuple[Uploaded, bool]:
    """What was done, and whether the board's program was started."""
    if not board.port:
        raise NoPortError(board=board.name)

    def once(here: Board, opener: Opener) -> tuple[Uploaded, bool]:
        prompt = at_prompt(here, person_s=deploy.person_s, sink=deploy.sink, opener=opener)
        with prompt as session:
            files = _files(here, session, deploy)
            done = _uploaded(here, session, files, deploy)
            if done.profile_left:
                from stemkit.actions.programs.left_profile import forget_lesson

                done.removed += forget_lesson(session)
            wanted = deploy.restart or session.interrupted
            has_program = any(file.path == _PROGRAM for file in files)
            # As after switching on: what was running runs again, what is new starts.
            starts = wanted or (done.changed and has_program)
            return done, starts and session.restart_program()

    return through_comebacks(board, deploy.around, deploy.sink, once, deploy.back_within_s)


def _uploaded(board: Board, session: Session, files: list[BoardFile], deploy: Deploy) -> Uploaded:
    model = _model(board, session)
    if model is not None and model.family is Family.MICROBIT:
        room_bytes = model.filesystem.bytes
        return upload_flat(
            session, files, board=board.name, keep=deploy.keep, room_bytes=room_bytes,
            sink=deploy.sink,
        )  # fmt: skip
    fast = FastLine(board, deploy.around.ports) if deploy.fast else None
    wish = Wish(files, deploy.keep, fast.baud if fast is not None else None)
    done = upload(session, deploy.receiver, wish, board=board.name, sink=deploy.sink)
    if fast is not None:
        fast.learnt(done.fast_works)
    return done


def _model(board: Board, session: Session) -> BoardModel | None:
    """Its kind; a board whose port does not show it is asked whether it is a micro:bit.

    A micro:bit's file system has no folders, and its MicroPython no room for the receiver.
    """
    models = catalogue.boards()
    known = models.get(board.model or "")
    told = known is not None or (board.bridge and not board.is_microbit)
    if told or b"microbit" not in session.exec(_PLATFORM):
        return known
    from stemkit.devices.identity import ask

    return kinds.by_identity(ask(session), models)


def _files(board: Board, session: Session, deploy: Deploy) -> list[BoardFile]:
    target = _target(board, session) if deploy.source.needs_target else None
    files = deploy.source.files(target)
    if not deploy.compiled:
        return files
    from stemkit.actions.programs.mpy import compiled

    return compiled(files, session, board.name, deploy.sink)


def _target(board: Board, session: Session) -> Target:
    """Ask the board who it is, where that is not known."""
    from stemkit.devices.identity import ask
    from stemkit.storage.roster import Roster

    models = catalogue.boards()
    identity = ask(session)
    number = identity.number
    if number is None and identity.unique_id:
        known = Roster(places.kit()).by_id(identity.unique_id)
        number = known.number if known is not None else None
    model = models.get(board.model or "") or kinds.by_identity(identity, models)
    return Target(model, number)
