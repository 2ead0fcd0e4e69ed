"""Boards as they come and go."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from stemkit.actions.boards.listing import Around, Board, Numbers, list_boards, numbered, probed

EVERY_S = 0.5
# A board that was just plugged in starts its boot ROM and MicroPython first.
SETTLE_S = 1.0


@dataclass(frozen=True, slots=True)
class Change:
    """What is connected now, and what that changes."""

    boards: list[Board]
    plugged: list[Board]
    unplugged: list[Board]


def watch_boards(
    *,
    ask: bool,
    around: Around | None = None,
    numbers: Numbers | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Change]:
    """What is connected, at once and after every change, without end.

    With `ask` each board is asked who it is when it comes, and only then.
    """
    known: dict[tuple[str, str], tuple[Board, Board]] = {}
    first = True
    while True:
        listed = {(board.port, board.drive): board for board in list_boards(around)}
        # A port that stands for another board now counts as new.
        gone = {key: pair for key, pair in known.items() if listed.get(key) != pair[0]}
        new = {key: b for key, b in listed.items() if key not in known or key in gone}
        if first or gone or new:
            if ask and new and not first:
                sleep(SETTLE_S)
            told = (
                probed(list(new.values()), around, numbers)
                if ask
                else numbered(list(new.values()), numbers or {})
            )
            unplugged = [known.pop(key)[1] for key in gone]
            known |= dict(zip(new, zip(new.values(), told, strict=True), strict=True))
            boards = [known[key][1] for key in listed]
            yield Change(boards, told, unplugged)
            first = False
        sleep(EVERY_S)
