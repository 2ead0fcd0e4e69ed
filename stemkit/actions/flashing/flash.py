"""Flash boards side by side: as many as there are, in about the time of one."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Final

from stemkit.actions.boards.listing import Board, list_boards
from stemkit.actions.flashing.drive import DriveFlash, is_drive_board
from stemkit.actions.flashing.esp import EspFlash
from stemkit.actions.flashing.one_board import FAILED, BoardFlash, BoardResult, Workshop
from stemkit.actions.side_by_side import side_by_side
from stemkit.errors import Exit, RefusedError, StemkitError
from stemkit.loaders.base import Chip
from stemkit.storage import catalogue
from stemkit.storage.unfinished import Unfinished

# After Ctrl-C every board gets to a safe place: a block is sent, an answer awaited.
_STOP_LIMIT_S: Final = 15.0


@dataclass(frozen=True, slots=True)
class FlashResult:
    """What came of all boards."""

    boards: tuple[BoardResult, ...]
    """In the order in which they were given."""
    unfinished: tuple[Unfinished, ...]
    """Boards that may hold half a firmware, from this run or an earlier one."""
    interrupted: bool = False
    fault: BaseException | None = None
    """A fault of stemkit itself that met one board's thread; the others went on."""

    @property
    def failed(self) -> tuple[BoardResult, ...]:
        """The boards that are not good."""
        return tuple(board for board in self.boards if board.status == FAILED)

    def raise_end(self) -> None:
        """Raise what ended the work: a fault of stemkit itself, or the person's Ctrl-C."""
        if self.fault is not None:
            raise self.fault
        if self.interrupted:
            raise KeyboardInterrupt

    @property
    def exit_code(self) -> Exit:
        """0 where all are good, 6 where every one was refused, else 1."""
        if not self.failed:
            return Exit.DONE
        refused = [isinstance(board.error, RefusedError) for board in self.boards]
        return Exit.REFUSED if all(refused) else Exit.ANSWER_IS_NO


def flash_boards(boards: Sequence[Board], shop: Workshop) -> FlashResult:
    """Flash each board in a thread of its own; one that fails does not stop the others.

    Ctrl-C stops all at a safe place: each is then old, new, or among `unfinished`.
    """
    shop.claims.take_all(name for board in boards for name in (board.port, board.drive))
    _claim_others(shop)
    threading.Thread(target=_warm, args=(boards, shop), name="warm", daemon=True).start()
    flashes = [flash_of(board, shop) for board in boards]
    work = [(f"flash {flash.board.name}", flash.run) for flash in flashes]
    outcome = side_by_side(work, shop.stop, _STOP_LIMIT_S)
    return FlashResult(
        boards=tuple(result for result in outcome.results if result is not None),
        unfinished=tuple(shop.unfinished.all()),
        interrupted=outcome.interrupted,
        fault=outcome.fault,
    )


def _claim_others(shop: Workshop) -> None:
    """What is there already is no board of ours that restarts under another name.

    A micro:bit's port stays while it is flashed, and may not be known as its own before.
    """
    for board in list_boards(shop.around):
        if board.drive or not board.is_microbit:
            shop.claims.take_all((board.port, board.drive))


def flash_of(board: Board, shop: Workshop) -> BoardFlash:
    """The family's way to flash this board; a port that nobody knows is taken for an ESP's."""
    board = _as_named(board, shop.model)
    usb = next((p for p in shop.around.ports() if p.device == board.port), None)
    if is_drive_board(board, (usb.vid, usb.pid) if usb else None):
        return DriveFlash(board, shop)
    return EspFlash(board, shop)


def _as_named(board: Board, model: str | None) -> Board:
    """A board that does not show its kind is of the kind that the person names."""
    named = catalogue.boards().get(model or "")
    if named is None or board.model is not None or board.chip not in (None, named.chip):
        return board
    return replace(board, model=named.id, chip=named.chip)


def _warm(boards: Sequence[Board], shop: Workshop) -> None:
    """Pack the images while the boards are still being reached."""
    for board in {(board.chip, board.model): board for board in boards}.values():
        # Where something is wrong with an image, each board's own thread will say it.
        with suppress(StemkitError):
            chip = Chip(board.chip or "", board.unique_id or None)
            shop.esp.warm(shop.choose(chip, board))
