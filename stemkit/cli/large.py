"""Digits that can be read across a classroom, in the terminal's own characters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rich.text import Text

_ROWS: Final = 5
# Five rows of three cells each, `#` is filled; every cell is drawn two columns wide.
_DIGITS: Final = {
    "0": "### #.# #.# #.# ###",
    "1": ".#. ##. .#. .#. ###",
    "2": "### ..# ### #.. ###",
    "3": "### ..# ### ..# ###",
    "4": "#.# #.# ### ..# ..#",
    "5": "### #.. ### ..# ###",
    "6": "### #.. ### #.# ###",
    "7": "### ..# ..# .#. .#.",
    "8": "### #.# ### #.# ###",
    "9": "### #.# ### ..# ###",
}
# What a word says, for who cannot tell colours or letters from where they sit.
_MARKS: Final = {
    "good": "....# ...## #.##. ###.. .#...",
    "weak": "..#.. ..#.. ..#.. ..... ..#..",
    "bad": "#...# .#.#. ..#.. .#.#. #...#",
}


def large_rows(number: int | None, mark: str = "") -> list[str]:
    """`number` (and a `mark`) as five rows of full blocks and spaces, equally long."""
    digits = "" if number is None else str(abs(number))
    shapes = [_DIGITS[digit].split() for digit in digits]
    if mark:
        shapes.append(_MARKS[mark].split())
    rows = ("..".join(shape[row] for shape in shapes) for row in range(_ROWS))
    return [row.replace("#", "██").replace(".", "  ") for row in rows]


def large(number: int | None, word: str, style: str, mark: str = "") -> Text:
    """`number` in large digits with `word` beside it, on a ground of its colour.

    `mark` is `good` (a tick), `weak` (an exclamation mark) or `bad` (a cross).
    """
    from rich.text import Text

    rows = [f"   {row}   " for row in large_rows(number, mark)]
    rows[_ROWS // 2] += f"{word}   "
    width = max(map(len, rows))
    blank = " " * width
    lines = [blank, *(row.ljust(width) for row in rows), blank]
    return Text("\n".join(lines), style=style, no_wrap=True)
