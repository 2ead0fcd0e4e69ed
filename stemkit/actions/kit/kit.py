"""The club's own boards: give them numbers, test their parts."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from stemkit.actions.boards import kinds
from stemkit.actions.boards.listing import Board
from stemkit.actions.boards.prompt import at_prompt
from stemkit.actions.kit.number import write_number
from stemkit.actions.kit.self_test import run_self_test
from stemkit.devices.identity import Identity, ask
from stemkit.devices.session import Session
from stemkit.errors import BoardError, StemkitError, UsageError
from stemkit.events import BoardFailed, BoardFinished, BoardStarted, Sink, StepStarted, silent
from stemkit.model.board import BoardModel
from stemkit.model.kit import KitBoard, SelfTest
from stemkit.storage import catalogue
from stemkit.storage.roster import Roster
from stemkit.words import N_

AT_ONCE: Final = 40
_TESTED: Final = N_("all parts answer")
_LABELLED: Final = N_("has its number")


class NoUniqueIdError(BoardError):
    """The firmware does not tell the board's id, so the board cannot be known again."""

    code = "no-unique-id"
    message = N_("The firmware on {name} does not tell the board's own id.")
    remedy = N_("Put MicroPython on it first: stemkit flash {name}")


class PartsFailError(BoardError):
    """The board is well, and some of its parts are not."""

    code = "parts-fail"
    message = N_("These parts do not work as they should: {parts}")
    remedy = N_(
        "Check that each is plugged in as its lesson shows (plus, minus, signal), and test again."
    )


class UnknownPartError(UsageError):
    """A part that was named is not in the catalogue for this board."""

    code = "unknown-part"
    message = N_("{model} has no place for a part “{part}”.")
    remedy = N_("Choose from: {known}")


@dataclass(frozen=True, slots=True)
class Labels:
    """What `kit label` was told. None keeps what a board has."""

    number: int | None = None
    name: str | None = None
    parts: tuple[str, ...] | None = None
    model: str | None = None
    """Id of the board's model where the firmware does not tell it (a Yolo:Bit)."""


@dataclass(frozen=True, slots=True)
class KitResult:
    """What came of one board; `board` is its entry in the roster, where it has one."""

    name: str
    port: str
    board: KitBoard | None = None
    test: SelfTest | None = None
    error: StemkitError | None = None


def label_boards(
    boards: Sequence[Board], roster: Roster, labels: Labels, sink: Sink = silent
) -> list[KitResult]:
    """Give each board a number, in the roster and on the board itself.

    One after the other: the numbers follow the order of `boards`.
    """

    def label(board: Board) -> KitResult:
        with _asked(board, sink) as (session, identity):
            found = label_at_prompt(session, identity, board, roster, labels)
        return KitResult(board.name, board.port, found)

    return [_told(board, label, _LABELLED, sink) for board in boards]


def check_boards(
    boards: Sequence[Board],
    roster: Roster,
    parts: tuple[str, ...] | None = None,
    sink: Sink = silent,
) -> list[KitResult]:
    """Test each board's parts, all boards at the same time; the roster keeps what came of it."""

    def test(board: Board) -> KitResult:
        with _asked(board, sink) as (session, identity):
            known = roster.by_id(identity.unique_id)
            wanted = parts if parts is not None else known.parts if known else ()
            model = model_of(identity, board, known)
            if parts is not None and model is not None:
                check_parts(model, parts)
            test = run_self_test(session, identity, model, wanted)
        if known is not None and parts is not None:
            roster.label(known.unique_id, parts=parts)
        roster.add_test(identity.unique_id, test)
        return KitResult(board.name, board.port, roster.by_id(identity.unique_id), test)

    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        return list(pool.map(lambda board: _told(board, test, _TESTED, sink), boards))


def label_at_prompt(
    session: Session, identity: Identity, board: Board, roster: Roster, labels: Labels
) -> KitBoard:
    """Number and name into the roster, then into the board's profile where it differs."""
    known = roster.by_id(identity.unique_id)
    model = model_of(identity, board, known, labels.model)
    if labels.parts is not None and model is not None:
        check_parts(model, labels.parts)
    found = roster.label(
        identity.unique_id,
        number=labels.number,
        name=labels.name,
        model=model.id if model else "",
        parts=labels.parts,
    )
    write_number(session, identity, found, model)
    return found


def model_of(
    identity: Identity, board: Board, known: KitBoard | None = None, said: str | None = None
) -> BoardModel | None:
    """What kind of board it is: as said, as the roster has it, as listed, as its firmware says.

    An earlier word counts only where the chip is the one that the firmware names: a Yolo:Bit runs
    the firmware of any ESP32.
    """
    models = catalogue.boards()
    chip = kinds.chip_of(identity, models)
    for name in (said, known.model if known else None, board.model):
        model = models.get(name or "")
        if model is not None and chip in (None, model.chip):
            return model
    return kinds.by_identity(identity, models)


def check_parts(model: BoardModel, parts: Sequence[str]) -> None:
    """Raise UnknownPartError for a part that this kind of board has no place for."""
    names = {name for wired in model.wiring for name in (wired.name, wired.sensor)}
    for part in parts:
        if part not in names:
            raise UnknownPartError(model=model.id, part=part, known=", ".join(sorted(names)))


@contextmanager
def _asked(board: Board, sink: Sink) -> Iterator[tuple[Session, Identity]]:
    """The board at its prompt, and who it is; a program that ran runs again afterwards."""
    sink(StepStarted(board.name, N_("Connecting")))
    with at_prompt(board, sink=sink) as session:
        identity = ask(session)
        if not identity.unique_id:
            raise NoUniqueIdError(name=board.name)
        sink(StepStarted(board.name, N_("Testing")))
        yield session, identity
        if session.interrupted and identity.has_main:
            session.restart_program()


def _told(board: Board, work: Callable[[Board], KitResult], outcome: str, sink: Sink) -> KitResult:
    began_s = time.monotonic()
    sink(BoardStarted(board.name))
    try:
        result = work(board)
    except StemkitError as error:
        sink(BoardFailed(board.name, error, time.monotonic() - began_s))
        return KitResult(board.name, board.port, error=error)
    if result.test is not None and not result.test.ok:
        failed = ", ".join(part.sensor for part in result.test.sensors if not part.ok)
        sink(BoardFailed(board.name, PartsFailError(parts=failed), time.monotonic() - began_s))
        return result
    sink(BoardFinished(board.name, outcome, time.monotonic() - began_s))
    return result
