"""One board's flash, from its port to its prompt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from stemkit.actions.boards.line import BoardLine
from stemkit.actions.boards.listing import Around, Board
from stemkit.actions.boards.whereabouts import Claims, Whereabouts
from stemkit.actions.flashing.errors import OtherBoardError
from stemkit.actions.flashing.image import ImageChoice
from stemkit.actions.kit.number import write_number
from stemkit.devices.identity import Identity
from stemkit.devices.session import Session
from stemkit.errors import BoardError, StemkitError
from stemkit.events import BoardFailed, BoardFinished, BoardStarted, Sink, silent
from stemkit.loaders.base import Attempt, Chip, LoadImage
from stemkit.loaders.esp import EspShared
from stemkit.model.board import BoardModel
from stemkit.model.kit import KitBoard
from stemkit.storage import catalogue, places
from stemkit.storage.flashed import Flashed
from stemkit.storage.line_rates import LineRates
from stemkit.storage.unfinished import UnfinishedBoards
from stemkit.words import N_

FLASHED: Final = "flashed"
UNCHANGED: Final = "unchanged"
FAILED: Final = "failed"
_OUTCOMES: Final = {FLASHED: N_("flashed"), UNCHANGED: N_("was already up to date")}
# A board that cannot be read back, as a micro:bit: it names the same version and build.
_SAME_VERSION: Final = N_("names the same version already")
_SAME_FILES: Final = N_("names the same version already, and has the lesson's files")


@dataclass(frozen=True, slots=True)
class BoardResult:
    """What came of one board."""

    name: str
    port: str
    model: str
    """Id in the catalogue; empty where it is not known."""
    status: str
    """`flashed`, `unchanged` or `failed`."""
    seconds: float
    bytes: int
    """Bytes of the image that went over the wire, compressed."""
    verified: bool
    """Read back and equal; and at its prompt, unless that was not asked for."""
    unique_id: str = ""
    kit_number: int | None = None
    firmware: str = ""
    """Version that the running board named."""
    image: str = ""
    error: StemkitError | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """A flash that went well."""

    status: str
    bytes: int
    verified: bool
    image: LoadImage
    chip: Chip
    identity: Identity | None


@dataclass
class Workshop:
    """What all boards of one `stemkit flash` share."""

    choose: ImageChoice
    force: bool = False
    boot_check: bool = True
    sink: Sink = silent
    around: Around = field(default_factory=Around)
    esp: EspShared = field(default_factory=EspShared)
    claims: Claims = field(default_factory=Claims)
    stop: threading.Event = field(default_factory=threading.Event)
    unfinished: UnfinishedBoards = field(
        default_factory=lambda: UnfinishedBoards(places.unfinished())
    )
    kit: Mapping[str, KitBoard] = field(default_factory=dict)
    """The club's own boards by unique id: their numbers survive what erases a board's files."""
    line_rates: LineRates = field(default_factory=lambda: LineRates(places.line_rates()))
    flashed: Flashed = field(default_factory=lambda: Flashed(places.flashed()))
    model: str | None = None
    """Id of the kind that a board is of where that is not seen."""


class BoardFlash:
    """The steps that every family shares; `_flash` is the family's own."""

    def __init__(self, board: Board, shop: Workshop) -> None:
        self.board = board
        self.shop = shop
        self.model: BoardModel | None = catalogue.boards().get(board.model or "")
        self.where = Whereabouts(board, shop.around, shop.claims)
        self.attempt = Attempt(board.name, shop.sink, shop.stop.is_set)
        self.line = BoardLine(
            self.where.port, shop.around.open, board.baud, shop.stop.is_set, board.name
        )
        self.chip: Chip | None = None
        self._marked = ""

    def run(self, then: Callable[[BoardFlash, Done], None] | None = None) -> BoardResult:
        """Flash the board; what went wrong is in the result. Only a fault of ours is raised.

        `then` is called when the board is good, before that is told; it may raise what is wrong.
        """
        began_s = time.monotonic()
        self.shop.sink(BoardStarted(self.board.name))
        try:
            done = self._flash()
            self._remember(done)
            if then is not None:
                then(self, done)
            elif done.identity is not None:
                self._keep_number(done.identity)
        except StemkitError as error:
            seconds = time.monotonic() - began_s
            self.shop.sink(BoardFailed(self.board.name, error, seconds))
            return self._result(FAILED, seconds, error=error)
        finally:
            self.line.drop()
        seconds = time.monotonic() - began_s
        outcome = _OUTCOMES[done.status]
        if done.status == UNCHANGED and not done.verified:
            outcome = _SAME_FILES if done.image.files else _SAME_VERSION
        self.shop.sink(BoardFinished(self.board.name, outcome, seconds))
        return self._result(done.status, seconds, done)

    def _flash(self) -> Done:
        raise NotImplementedError

    def _keep_number(self, identity: Identity) -> None:
        """A micro:bit's files go with its old firmware: its number is written again."""
        known = self.shop.kit.get(identity.unique_id)
        if known is None or known.number == identity.number:
            return
        with suppress(BoardError), Session(self.line.live()) as session:
            write_number(session, identity, known, self.model)
            if session.interrupted and identity.has_main:
                session.restart_program()

    def _remember(self, done: Done) -> None:
        """Keep what the board holds, where that was proven and the firmware names its build."""
        build, unique_id = done.image.builds.get(done.chip.name, ""), self._unique_id(done.identity)
        if done.verified and build and unique_id:
            # A good board is good, also where its name cannot be written down.
            with suppress(StemkitError):
                self.shop.flashed.remember(unique_id, done.image.sha256, build)

    def mark(self, image: LoadImage) -> None:
        """From here on the board may hold half a firmware, whatever happens to this computer."""
        self._marked = next(key for key in self._keys() if key)
        self.shop.unfinished.set(self._marked, self.board.name, image.name)
        self.shop.flashed.forget(self._unique_id(None))

    def unmark(self) -> None:
        """The board is whole."""
        for name in {self._marked, *self._keys()} - {""}:
            self.shop.unfinished.clear(name)
        self._marked = ""

    @property
    def was_marked(self) -> bool:
        """Whether an earlier run left the board unfinished."""
        return any(key in self.shop.unfinished for key in self._keys() if key)

    def _keys(self) -> tuple[str, ...]:
        """The names under which the board may be marked, the surest first."""
        own = (self.chip and self.chip.unique_id) or self.board.unique_id
        return own, self.board.port, self.board.drive

    def must_be_same(self, unique_id: str | None) -> None:
        """Raise OtherBoardError where the board that answers now is not the one of before."""
        before = (self.chip.unique_id if self.chip else None) or ""
        # Ids of different lengths are different kinds of id, not different boards.
        if unique_id and before != unique_id and len(before) == len(unique_id):
            raise OtherBoardError

    @property
    def is_marked(self) -> bool:
        """Whether something was written in this run that is not yet proven."""
        return bool(self._marked)

    def _result(
        self,
        status: str,
        seconds: float,
        done: Done | None = None,
        error: StemkitError | None = None,
    ) -> BoardResult:
        identity = done.identity if done else None
        unique_id = self._unique_id(identity)
        return BoardResult(
            name=self.board.name,
            port=self.board.port or self.board.drive,
            model=self._model_id(identity),
            status=status,
            seconds=round(seconds, 3),
            bytes=done.bytes if done else 0,
            verified=done.verified if done else False,
            unique_id=unique_id,
            kit_number=self._kit_number(identity, unique_id),
            firmware=identity.version if identity else "",
            image=done.image.name if done else "",
            error=error,
        )

    def _unique_id(self, identity: Identity | None) -> str:
        told = identity.unique_id if identity else ""
        return told or (self.chip and self.chip.unique_id) or self.board.unique_id

    def _kit_number(self, identity: Identity | None, unique_id: str) -> int | None:
        if identity is not None and identity.number is not None:
            return identity.number
        known = self.shop.kit.get(unique_id)
        return known.number if known else self.board.kit_number

    def _model_id(self, identity: Identity | None) -> str:
        from stemkit.actions.boards import kinds as models

        known = catalogue.boards()
        found = models.by_identity(identity, known) if identity else None
        if found is None and self.chip is not None:
            found = models.by_chip(self.chip.name, known)
        if self.model is not None and (found is None or found.chip == self.model.chip):
            # A Yolo:Bit runs the firmware of any ESP32: the name that was given says more.
            found = self.model
        return found.id if found else ""
