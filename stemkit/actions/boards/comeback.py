"""A board whose link goes in the middle of something comes back: the work goes on by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from stemkit.actions.boards.listing import Around, Board
from stemkit.actions.boards.whereabouts import Claims, Whereabouts
from stemkit.errors import BoardError, MachineError, NoSuchBoardError
from stemkit.events import Noted, Sink
from stemkit.links.errors import LinkLostError, LinkStalledError, PortMissingError
from stemkit.model.link import Link
from stemkit.words import N_, tr

# A loose plug is pushed back in within seconds; native USB is back after a reset in about two.
BACK_WITHIN_S: Final = 10.0
_TIMES: Final = 4
_LOOK_EVERY_S: Final = 0.1

T = TypeVar("T")
Opener = Callable[[str, int], Link]


def through_comebacks(
    board: Board,
    around: Around,
    sink: Sink,
    work: Callable[[Board, Opener], T],
    back_within_s: float = BACK_WITHIN_S,
) -> T:
    """Do `work`; where the link is lost, once more on the port where the board is again.

    The board is known by its USB socket (a virtual one by its name), so its port may have another
    name. Raises the `LinkLostError` when the board is not back in time, or when it goes too often.
    """
    where = Whereabouts(board, around, Claims())
    opener: Opener = around.open
    gone: BoardError | None = None
    for left in range(_TIMES, -1, -1):
        try:
            return work(board, opener)
        except PortMissingError:
            if gone is not None:
                raise gone from None
            raise
        except (LinkLostError, LinkStalledError) as lost:
            if not left:
                raise
            gone = lost
            sink(Noted(board.name, tr(N_("The link was lost; waiting for the board to be back"))))
            board = replace(board, port=_port_again(where, lost, back_within_s))
            opener = _patient(where, around.open, back_within_s)
    raise AssertionError("unreachable")


def _port_again(where: Whereabouts, lost: BoardError, limit_s: float) -> str:
    """The port's name, as soon as there is one."""
    deadline = time.monotonic() + limit_s
    while not (port := where.port()):
        if time.monotonic() >= deadline:
            raise lost
        time.sleep(_LOOK_EVERY_S)
    return port


def _patient(where: Whereabouts, open_link: Opener, limit_s: float) -> Opener:
    """Opens as soon as the system lets us: udev gives a new port its group a little later."""

    def opened(port: str, baud: int) -> Link:
        deadline = time.monotonic() + limit_s
        while True:
            try:
                if not (here := where.port()):
                    raise PortMissingError(port=port)
                return open_link(here, baud)
            except (BoardError, NoSuchBoardError, MachineError):
                if time.monotonic() >= deadline:
                    raise
                time.sleep(_LOOK_EVERY_S)

    return opened
