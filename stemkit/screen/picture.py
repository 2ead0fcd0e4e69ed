"""Rows of letters with meanings, before they become colours of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from rich.cells import cell_len

Part = tuple[str, str]
"""Letters and their meaning (a key of `palette.MEANINGS`)."""
Row = list[Part]


@lru_cache(maxsize=4096)
def width(text: str) -> int:
    """Columns that `text` takes on a terminal."""
    return cell_len(text)


def row_width(row: Iterable[Part]) -> int:
    """Columns that a row takes."""
    return sum(width(text) for text, _ in row)


def cut(text: str, columns: int) -> str:
    """`text` in at most `columns` columns."""
    if width(text) <= columns:
        return text
    kept = ""
    for letter in text:
        if width(kept) + width(letter) >= columns:
            break
        kept += letter
    return kept + "…" if columns > 0 else ""


def fitted(row: Sequence[Part], columns: int) -> Row:
    """The row cut or filled to exactly `columns` columns."""
    found: Row = []
    left = columns
    for text, meaning in row:
        if left <= 0:
            break
        text = cut(text, left)
        found.append((text, meaning))
        left -= width(text)
    if left > 0:
        found.append((" " * left, ""))
    return found


def padded(text: str, columns: int) -> str:
    """`text` cut or filled with blanks on its right."""
    text = cut(text, columns)
    return text + " " * (columns - width(text))


def plain(rows: Iterable[Row]) -> str:
    """The picture without meanings, a line a row."""
    return "\n".join("".join(text for text, _ in row).rstrip() for row in rows)
