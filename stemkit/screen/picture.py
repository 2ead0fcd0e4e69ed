"""Rows of letters with meanings, before they become colours of a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
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


def written_over(row: Sequence[Part], letters: Mapping[int, str]) -> Row:
    """The row (of letters one column wide) with other letters at some of its columns."""
    if not letters:
        return list(row)
    found: Row = []
    at = 0
    for text, meaning in row:
        for i, letter in enumerate(text, at):
            over = letters.get(i)
            part = (letter, meaning) if over is None else (over, "bold")
            if found and found[-1][1] == part[1]:
                found[-1] = (found[-1][0] + part[0], part[1])
            else:
                found.append(part)
        at += len(text)
    return found


def padded(text: str, columns: int) -> str:
    """`text` cut or filled with blanks on its right."""
    text = cut(text, columns)
    return text + " " * (columns - width(text))


def wrapped(text: str, columns: int) -> list[str]:
    """`text` in lines of at most `columns` columns, broken between words where that is possible."""
    lines = textwrap.wrap(text, max(1, columns)) or [""]
    return [cut(line, columns) for line in lines]


def plain(rows: Iterable[Row]) -> str:
    """The picture without meanings, a line a row."""
    return "\n".join("".join(text for text, _ in row).rstrip() for row in rows)
