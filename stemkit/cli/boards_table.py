"""The table of boards: what matters most stays whole where the terminal is narrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from stemkit.words import N_, tr

if TYPE_CHECKING:
    from rich.console import Console

TITLES: Final = (
    N_("Board"),
    N_("No."),
    N_("Kind"),
    N_("State"),
    N_("Firmware"),
    N_("Lesson"),
    N_("Port"),
    N_("Unique id"),
)
_FIRMWARE: Final = TITLES.index(N_("Firmware"))
_LESSON: Final = TITLES.index(N_("Lesson"))
_PORT: Final = TITLES.index(N_("Port"))
_ID: Final = TITLES.index(N_("Unique id"))
# A board can be named by the end of its id, so the end is what is worth its room.
_ID_END: Final = 6
_GAP: Final = 2
_EDGES: Final = 2

_Rows = Sequence[Sequence[str]]


def print_table(console: Console, rows: _Rows) -> bool:
    """Print `rows`, one a board with a cell a title; whether something had to be left out.

    Columns in which no board has anything are not shown. Where the rest is too wide for the
    terminal, ids are cut to their end, then ports go, versions of lessons stand below their names,
    ids go, and at last versions of firmware stand below its name.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    shown, kept = _fitting(rows, console.width)
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    fits = _width(shown, kept) <= console.width
    for index in kept:
        table.add_column(tr(TITLES[index]), overflow="fold", no_wrap=fits)
    for row in shown:
        table.add_row(*(Text(row[index]) for index in kept))
    console.print(table)
    return not _used(rows) <= set(kept) or any(row[_ID].startswith("…") for row in shown)


def _fitting(rows: _Rows, width: int) -> tuple[_Rows, list[int]]:
    """The rows and the columns to show in `width` cells."""
    whole = _used(rows)
    short = _changed(rows, _ID, _end)
    stacked = _changed(short, _LESSON, _stack)
    least = _changed(stacked, _FIRMWARE, _stack)
    tries = (
        (rows, whole),
        (short, whole),
        (short, whole - {_PORT}),
        (stacked, whole - {_PORT}),
        (stacked, whole - {_PORT, _ID}),
        (least, whole - {_PORT, _ID}),
    )
    fits = (one for one in tries if _width(one[0], sorted(one[1])) <= width)
    shown, kept = next(fits, tries[-1])
    return shown, sorted(kept)


def _used(rows: _Rows) -> set[int]:
    return {i for i in range(len(TITLES)) if i == 0 or any(row[i] for row in rows)}


def _changed(rows: _Rows, index: int, change: Callable[[str], str]) -> _Rows:
    return [[*row[:index], change(row[index]), *row[index + 1 :]] for row in rows]


def _end(unique_id: str) -> str:
    return unique_id if len(unique_id) <= _ID_END else f"…{unique_id[-_ID_END:]}"


def _stack(named_version: str) -> str:
    return named_version.replace(" ", "\n")


def _width(rows: _Rows, kept: Sequence[int]) -> int:
    from rich.cells import cell_len

    lines = (
        (line for cell in (tr(TITLES[i]), *(row[i] for row in rows)) for line in cell.split("\n"))
        for i in kept
    )
    return _EDGES + _GAP * (len(kept) - 1) + sum(max(map(cell_len, column)) for column in lines)
