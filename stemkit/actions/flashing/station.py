"""The flashing station: boards are plugged in and pulled out for an hour, nobody presses a key."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from stemkit.actions.boards.listing import Board, list_boards
from stemkit.actions.boards.prompt import at_prompt
from stemkit.actions.flashing.errors import OtherBoardError
from stemkit.actions.flashing.flash import flash_of
from stemkit.actions.flashing.one_board import FAILED, BoardFlash, BoardResult, Done, Workshop
from stemkit.actions.kit.kit import Labels, label_at_prompt, model_of
from stemkit.actions.kit.self_test import run_self_test
from stemkit.devices.identity import ask
from stemkit.errors import StemkitError
from stemkit.loaders.errors import StoppedError
from stemkit.model.kit import KitBoard, SelfTest
from stemkit.storage.roster import Roster
from stemkit.storage.station_log import StationLog
from stemkit.words import N_

_LOOK_S: Final = 0.4
# A port that has just appeared may not be ours to open yet (udev sets its group a little later).
_SETTLE_S: Final = 3.0
_STOP_LIMIT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of one board's visit."""

    at: datetime
    flash: BoardResult
    board: KitBoard | None = None
    test: SelfTest | None = None
    seen_before: bool = False
    """It was in the kit already when it came."""

    @property
    def good(self) -> bool:
        """Flashed or unchanged, and every part that it should have answers."""
        return self.flash.status != FAILED and (self.test is None or self.test.ok)


@dataclass
class _Job:
    """A board that is plugged in: its thread, and what it found out about the board."""

    flash: BoardFlash
    thread: threading.Thread | None = None
    board: KitBoard | None = None
    test: SelfTest | None = None
    seen_before: bool = False
    swapped: bool = False
    """Another board is plugged in where this one was."""

    @property
    def runs(self) -> bool:
        """Whether its thread still works on it."""
        return self.thread is not None and self.thread.is_alive()

    @property
    def is_here(self) -> bool:
        """Whether the board shows a port or a drive."""
        return bool(self.flash.where.port() or self.flash.where.drive())


@dataclass
class Station:
    """Flashes, tests and numbers every board that comes; `announce` is told of each.

    `announce` and `left` (a board was pulled out) may be called from any thread.
    """

    shop: Workshop
    roster: Roster
    log: StationLog
    announce: Callable[[Visit], None]
    left: Callable[[str], None] = lambda name: None
    faults: list[Exception] = field(default_factory=list)
    log_path: Path | None = None
    _jobs: list[_Job] = field(default_factory=list)

    def run(self) -> None:
        """Look for boards until Ctrl-C; then every board gets to a safe place."""
        try:
            while not self.faults:
                self.look()
                time.sleep(_LOOK_S)
        except KeyboardInterrupt:
            pass
        finally:
            self.shop.stop.set()
            for job in self._jobs:
                if job.thread is not None:
                    job.thread.join(_STOP_LIMIT_S)

    def look(self) -> None:
        """Forget the boards that were pulled out, begin with those that are new."""
        done = [job for job in self._jobs if not job.runs]
        for job in [job for job in done if job.swapped or not job.is_here]:
            self._jobs.remove(job)
            self.left(job.flash.board.name)
        owned = {job.flash.where.port() for job in self._jobs}
        owned |= {str(job.flash.where.drive() or "") for job in self._jobs}
        for board in list_boards(self.shop.around):
            mine = {board.port, board.drive} - {""}
            if not board.likely:  # a modem is not what a Pico without a name comes back as
                self.shop.claims.take_all(mine)
            if board.likely and mine and not mine & owned:
                self._begin(board)

    @property
    def working(self) -> bool:
        """Whether a board is being worked on."""
        return any(job.runs for job in self._jobs)

    def _begin(self, board: Board) -> None:
        self.shop.claims.take_all((board.port, board.drive))
        job = _Job(flash_of(board, self.shop))
        job.thread = threading.Thread(
            target=self._visit, args=(job,), name=f"station {board.name}", daemon=True
        )
        self._jobs.append(job)
        job.thread.start()

    def _visit(self, job: _Job) -> None:
        try:
            with suppress(StemkitError):
                if job.flash.where.port():
                    job.flash.line.return_within(_SETTLE_S)
            result = job.flash.run(lambda flash, done: self._number_and_test(job, done))
            if isinstance(result.error, StoppedError):
                return
            job.swapped = isinstance(result.error, OtherBoardError)
            visit = Visit(datetime.now(), result, job.board, job.test, job.seen_before)
            self.log_path = self.log.add(visit.at.date(), _row(visit))
            self.announce(visit)
        except Exception as error:  # noqa: BLE001
            # A fault of ours, or a disk that is full: the main thread tells it at the boundary.
            self.faults.append(error)

    def _number_and_test(self, job: _Job, done: Done) -> None:
        """With the board at its prompt: its number, its self-test."""
        flash = job.flash
        if done.identity is None or not done.identity.unique_id:
            return
        flash.attempt.step(N_("Testing"))
        flash.line.drop()
        board = replace(flash.board, port=flash.where.port())
        with at_prompt(board, sink=self.shop.sink, opener=self.shop.around.open) as session:
            identity = ask(session)
            known = self.roster.by_id(identity.unique_id)
            job.seen_before = known is not None
            job.board = label_at_prompt(session, identity, board, self.roster, Labels())
            model = model_of(identity, board, job.board)
            job.test = run_self_test(session, identity, model, job.board.parts)
            if identity.has_main:
                session.restart_program()
        self.roster.add_test(identity.unique_id, job.test)


def _row(visit: Visit) -> dict[str, object]:
    flash, board, test = visit.flash, visit.board, visit.test
    weak = ", ".join(part.sensor for part in test.sensors if not part.ok) if test else ""
    return {
        "time": visit.at.isoformat(timespec="seconds"),
        "number": board.number if board else flash.kit_number,
        "name": board.name if board else "",
        "unique_id": flash.unique_id,
        "model": (board.model if board else "") or flash.model,
        "port": flash.port,
        "status": flash.status,
        "seconds": f"{flash.seconds:.1f}",
        "image": flash.image,
        "firmware": flash.firmware,
        "test": "" if test is None else weak or "ok",
        "error": flash.error.code if flash.error else "",
    }
