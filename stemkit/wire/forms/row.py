"""What a form makes of one line."""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import NamedTuple, Protocol

from stemkit.wire.harmless import has_controls
from stemkit.wire.numbers import NUMBER

LONGEST_LABEL = 32


class Row(NamedTuple):
    """One reading: a value (`MISSING` where it has none) for each label."""

    labels: tuple[str, ...]
    values: tuple[float, ...]
    time_ms: int | None = None
    """The board's own time, where the line tells it."""


class Shape(NamedTuple):
    """A line of which nothing but the numbers will change.

    Any line with the same words around its numbers must be read as the same labels with those
    numbers, whatever was read between.
    """

    labels: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    """Where in the line each number begins and ends, in the order of the labels; the time's too."""
    time_at: int | None = None
    """Which of the spans is the board's time."""
    time_unit_ms: float = 1.0
    json: bool = False
    """Numbers must be those of JSON."""


class Form(Protocol):
    """One way in which boards print readings. Lines agree when `shape_of_last` is equal."""

    name: str
    """Its name in JSON and in recordings."""
    waits: bool
    """So weak a form that nothing is believed before several lines agree."""

    @property
    def shape_of_last(self) -> Hashable:
        """What must be alike in lines that agree, of the line that was read last."""
        ...

    def read(self, text: str) -> list[Row] | None:
        """The rows that the line holds (none for a header), or None where it is not this form."""
        ...

    def shape(self, text: str, row: Row) -> Shape | None:
        """What stays the same in lines like `text`, which was read last and gave `row` alone.

        None where that is not sure.
        """
        ...


def label(text: str) -> str | None:
    """`text` as a channel's label: stripped, at most 32 characters; None where it cannot be one."""
    text = " ".join(text.split()).strip("\"'")
    if not text or has_controls(text) or "\N{REPLACEMENT CHARACTER}" in text:
        return None
    return text[:LONGEST_LABEL].rstrip()


def shape_of_cells(
    text: str, separator: str | None, labels: tuple[str, ...], time_at: int | None = None
) -> Shape | None:
    """The shape of numbers between `separator` (None: between blanks), all of them there."""
    cell = rf"[^{re.escape(separator)}]+" if separator else r"\S+"
    spans = []
    for match in re.finditer(cell, text):
        number = NUMBER.search(match[0])
        if number is None or number[0] != match[0].strip():
            return None
        spans.append((match.start() + number.start(), match.start() + number.end()))
    many = len(labels) + (time_at is not None)
    return Shape(labels, tuple(spans), time_at) if len(spans) == many else None


def numbered(n: int) -> tuple[str, ...]:
    """Labels for `n` values that have none: ch1, ch2..."""
    return _NUMBERED[n] if n < len(_NUMBERED) else tuple(f"ch{i + 1}" for i in range(n))


_NUMBERED = [tuple(f"ch{i + 1}" for i in range(n)) for n in range(17)]
