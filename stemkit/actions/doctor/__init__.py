"""Why a board is not seen or does not answer, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from stemkit.actions.boards.listing import PROBES_AT_ONCE, Board, list_boards, probe
from stemkit.actions.doctor.computer import Computer
from stemkit.actions.doctor.findings import Finding, Severity
from stemkit.actions.doctor.look_at_boards import look_at_board
from stemkit.actions.doctor.look_at_bus import look_at_bus
from stemkit.actions.doctor.look_at_computer import look_at_computer
from stemkit.actions.doctor.look_at_work import look_at_work

__all__ = ["Computer", "Finding", "Severity", "examine"]


def examine(computer: Computer | None = None) -> Iterator[Finding]:
    """All findings, one by one as they are made: this computer, the USB bus, each board.

    Boards are asked who they are, as `stemkit boards --probe` does.
    """
    computer = computer or Computer()
    yield from look_at_computer(computer)
    yield from look_at_work(computer)
    boards = list_boards(computer.around)
    yield from look_at_bus(computer, boards)
    with ThreadPoolExecutor(max_workers=PROBES_AT_ONCE) as pool:
        asked: Iterator[Board] = pool.map(lambda board: probe(board, computer.around), boards)
        for board in asked:
            yield from look_at_board(computer, board)
