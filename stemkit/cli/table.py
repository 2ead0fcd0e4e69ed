"""A table that a narrow terminal folds between words, never within one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from stemkit.words import tr

if TYPE_CHECKING:
    from rich.table import Table

_LONGEST_WORD: Final = 16
"""A word of more cells, such as the name of a file, is folded where there is no room."""


def table(titles: Sequence[str], rows: Sequence[Sequence[str]], whole: Sequence[str] = ()) -> Table:
    """`rows` with a cell a title (marked sentences); the columns `whole` stay on one line."""
    from rich.box import SIMPLE_HEAD
    from rich.cells import cell_len
    from rich.table import Table
    from rich.text import Text

    made = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0))
    for index, title in enumerate(titles):
        words = [
            word for cell in (tr(title), *(row[index] for row in rows)) for word in cell.split()
        ]
        widest = max(map(cell_len, words), default=0)
        made.add_column(
            tr(title),
            overflow="fold",
            no_wrap=title in whole,
            min_width=min(widest, _LONGEST_WORD),
        )
    for row in rows:
        made.add_row(*map(Text, row))
    return made
