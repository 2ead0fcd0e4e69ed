"""A table that a narrow terminal folds between words and never cuts off; tabs for a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from stemkit.words import N_, tr

if TYPE_CHECKING:
    from rich.table import Table

    from stemkit.cli.output import Output

_LONGEST_WORD: Final = 16
"""A word of more cells, such as the name of a file, is folded where there is no room."""
_GAP: Final = 2
_EDGES: Final = 1

_Columns = Sequence[Sequence[str]]


def print_table(
    out: Output,
    titles: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    whole: Sequence[str] = (),
    spare: Sequence[str] = (),
    headed: bool = False,
) -> None:
    """Print `rows` with a cell a title (marked sentences).

    In a pipe it is rows with tabs, the titles above them only where they are `headed`.
    The columns `whole` stay on one line. Columns in which no row has anything are not shown; of
    the others, those in `spare` are left out, the first of them first, until the rest has room.
    """
    if not sys.stdout.isatty():
        for row in ([tr(title) for title in titles], *rows) if headed else rows:
            out.say("\t".join(row))
        return
    console = out.console()
    kept = [title for i, title in enumerate(titles) if i == 0 or any(row[i] for row in rows)]
    columns = {title: [tr(title), *(row[titles.index(title)] for row in rows)] for title in kept}
    least = {title: _least(cells, title in whole) for title, cells in columns.items()}
    gone = []
    for title in spare:
        if title in columns and _all_of(list(least.values())) > console.width:
            del columns[title], least[title]
            gone.append(tr(title))
    widths = _fitting(list(columns.values()), list(least.values()), console.width)
    console.print(_made(list(columns.values()), widths))
    if gone:
        narrow = N_("Not shown, because the window is narrow: {columns}")
        out.hint(tr(narrow, columns=", ".join(gone)))


def _made(columns: _Columns, widths: Sequence[int]) -> Table:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for cells, width in zip(columns, widths, strict=True):
        made.add_column(cells[0], overflow="fold", width=width)
    for row in zip(*(cells[1:] for cells in columns), strict=True):
        made.add_row(*map(Text, row))
    return made


def _fitting(columns: _Columns, least: Sequence[int], room: int) -> list[int]:
    """The columns' widths: what can spare most gives first, and no word is cut while it need be."""
    widths = [_natural(cells) for cells in columns]
    for floor in (least, [1] * len(least)):
        while _all_of(widths) > room and any(w > f for w, f in zip(widths, floor, strict=True)):
            spared = [width - low for width, low in zip(widths, floor, strict=True)]
            widths[spared.index(max(spared))] -= 1
    return widths


def _all_of(widths: Sequence[int]) -> int:
    return _EDGES + _GAP * len(widths) + sum(widths)


def _natural(cells: Sequence[str]) -> int:
    from rich.cells import cell_len

    return max(map(cell_len, cells))


def _least(cells: Sequence[str], whole: bool) -> int:
    """The least cells of a column: its longest word, or all of it where it stays on one line."""
    from rich.cells import cell_len

    if whole:
        return _natural(cells)
    words = [cell_len(word) for cell in cells for word in cell.split()]
    return min(max(words, default=1), _LONGEST_WORD)
