"""One board's flash, from its port to its prompt."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from stemkit.actions.board_line import BoardLine
from stemkit.actions.boards import Around, Board
from stemkit.actions.flash_image import ImageChoice
from stemkit.actions.whereabouts import Claims, Whereabouts
from stemkit.devices.identity import Identity
from stemkit.errors import StemkitError
from stemkit.events import BoardFailed, BoardFinished, BoardStarted, Sink, silent
from stemkit.loaders.base import Attempt, Chip, LoadImage
from stemkit.loaders.esp import EspShared
from stemkit.model.board import BoardModel
from stemkit.storage import catalogue, places
from stemkit.storage.line_rates import LineRates
from stemkit.storage.unfinished import UnfinishedBoards
from stemkit.words import N_

FLASHED: Final = "flashed"
UNCHANGED: Final = "unchanged"
FAILED: Final = "failed"
_OUTCOMES: Final = {FLASHED: N_("flashed"), UNCHANGED: N_("was already up to date")}


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
    image: str
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
    numbers: Mapping[str, int] = field(default_factory=dict)
    """Unique id to kit number, for boards that do not say it themselves."""
    line_rates: LineRates = field(default_factory=lambda: LineRates(places.line_rates()))


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

    def run(self) -> BoardResult:
        """Flash the board; what went wrong is in the result. Only a fault of ours is raised."""
        began_s = time.monotonic()
        self.shop.sink(BoardStarted(self.board.name))
        try:
            done = self._flash()
        except StemkitError as error:
            seconds = time.monotonic() - began_s
            self.shop.sink(BoardFailed(self.board.name, error, seconds))
            return self._result(FAILED, seconds, error=error)
        finally:
            self.line.drop()
        seconds = time.monotonic() - began_s
        self.shop.sink(BoardFinished(self.board.name, _OUTCOMES[done.status], seconds))
        return self._result(done.status, seconds, done)

    def _flash(self) -> Done:
        raise NotImplementedError

    def mark(self, image: LoadImage) -> None:
        """From here on the board may hold half a firmware, whatever happens to this computer."""
        self._marked = next(key for key in self._keys() if key)
        self.shop.unfinished.set(self._marked, self.board.name, image.name)

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
            image=done.image if done else "",
            error=error,
        )

    def _unique_id(self, identity: Identity | None) -> str:
        told = identity.unique_id if identity else ""
        return told or (self.chip and self.chip.unique_id) or self.board.unique_id

    def _kit_number(self, identity: Identity | None, unique_id: str) -> int | None:
        if identity is not None and identity.number is not None:
            return identity.number
        return self.shop.numbers.get(unique_id, self.board.kit_number)

    def _model_id(self, identity: Identity | None) -> str:
        from stemkit.actions import models

        known = catalogue.boards()
        found = models.by_identity(identity, known) if identity else None
        if found is None and self.chip is not None:
            found = models.by_chip(self.chip.name, known)
        if self.model is not None and (found is None or found.chip == self.model.chip):
            # A Yolo:Bit runs the firmware of any ESP32: the name that was given says more.
            found = self.model
        return found.id if found else ""
