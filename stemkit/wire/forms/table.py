"""CSV with a header line, which may come back: micro:bit's log, Arduino's labels, data loggers.

Cells are separated by a comma, semicolon, tab or spaces (what the header uses). Where the
separator is `;`, a comma in a number is a decimal comma. A column of times such as micro:bit's
`Time (seconds)` or `time_ms` is the board's clock and no channel.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Hashable
from typing import NamedTuple

from stemkit.model.reading import MISSING
from stemkit.wire.forms.row import LONGEST_LABEL, Row, Shape, label, shape_of_cells
from stemkit.wire.forms.sequence import without_frame
from stemkit.wire.numbers import cell, milliseconds, number

_UNITS_MS = {
    "ms": 1.0,
    "millis": 1.0,
    "milliseconds": 1.0,
    "s": 1e3,
    "sec": 1e3,
    "seconds": 1e3,
    "min": 6e4,
    "minutes": 6e4,
    "h": 3.6e6,
    "hours": 3.6e6,
    "days": 8.64e7,
}
_TIME_COLUMN = re.compile(r"(?:time|timestamp|t|elapsed)[ _]?[(\[]?([a-z]+)[)\]]?")
_MOST_WORDS = 4
# The end of a sentence, a path, a prompt: what a heading does not hold.
_NOT_A_HEADING = re.compile(r"[.!?]$|[\\>{}<=\"]|://")


class _Header(NamedTuple):
    labels: tuple[str, ...]
    separator: str | None
    time_at: int | None
    time_unit_ms: float

    def row(self, text: str) -> Row | None:
        parts = cells(text, self.separator)
        if len(parts) != len(self.labels):
            return None
        values = [_value(part, self.separator) for part in parts]
        if all(value is None or math.isnan(value) for value in values):
            return None
        time = None if self.time_at is None else values[self.time_at]
        kept = [
            (name, MISSING if value is None else value)
            for i, (name, value) in enumerate(zip(self.labels, values, strict=True))
            if i != self.time_at
        ]
        time_ms = None if time is None else milliseconds(time * self.time_unit_ms)
        return Row(tuple(name for name, _ in kept), tuple(value for _, value in kept), time_ms)


class Table:
    """Remembers the header, and the last line that could be a new one."""

    name = "csv"
    waits = False

    def __init__(self) -> None:
        self._header: _Header | None = None
        self._candidate: _Header | None = None
        self._fresh = False

    @property
    def shape_of_last(self) -> Hashable:
        """Rows agree under the same header."""
        return self._header

    @property
    def columns(self) -> tuple[str, ...]:
        """What the header calls the columns of a line, "" the board's time."""
        header = self._header
        if header is None:
            return ()
        return tuple("" if i == header.time_at else name for i, name in enumerate(header.labels))

    def fits(self, n: int) -> bool:
        """Whether the line read last could be a header of rows of `n` values."""
        return self._fresh and self._candidate is not None and len(self._candidate.labels) == n

    def read(self, text: str) -> list[Row] | None:
        """See `Form.read`. A new header is taken note of; one that comes back gives no rows."""
        text = without_frame(text)
        fresh, self._fresh = self._fresh, False
        candidate = self._candidate
        # Words between spaces are a header only where the numbers follow at once.
        if candidate is not None and (
            fresh or (self._header is None and candidate.separator is not None)
        ):
            row = candidate.row(text)
            if row is not None:
                self._header, self._candidate = candidate, None
                return [row]
        row = self._header.row(text) if self._header is not None else None
        if row is not None:
            return [row]
        found = _header_in(text)
        if found is not None and found == self._header:
            return []
        if found is not None:
            self._candidate, self._fresh = found, True
        return None

    def shape(self, text: str, row: Row) -> Shape | None:
        """See `Form.shape`."""
        header = self._header
        if header is None or '"' in text:
            return None
        shape = shape_of_cells(without_frame(text), header.separator, row.labels, header.time_at)
        return shape and shape._replace(time_unit_ms=header.time_unit_ms)


def _header_in(text: str) -> _Header | None:
    if not any(letter.isalpha() for letter in text):
        return None
    separator = next((s for s in ",;\t" if s in text), None)
    alone = separator is None and text.rstrip().endswith(":")
    names = [_heading(part) for part in ([text] if alone else cells(text, separator))]
    labels = tuple(name for name in names if name is not None)
    if not labels or len(labels) < len(names) or len(set(labels)) < len(labels):
        return None
    if len(labels) == 1 and not _one_word(text):
        return None
    for i, name in enumerate(labels if len(labels) > 1 else ()):
        match = _TIME_COLUMN.fullmatch(name.lower())
        unit = match[1] if match else name.lower()
        if unit in _UNITS_MS and (match or unit == "millis"):
            return _Header(labels, separator, i, _UNITS_MS[unit])
    return _Header(labels, separator, None, 1.0)


def cells(text: str, separator: str | None) -> list[str]:
    """The cells of a line; spaces separate where `separator` is None. Quotes are understood."""
    if separator is None:
        return text.split()
    if '"' in text:
        try:
            parts = next(csv.reader([text], delimiter=separator), [])
        except csv.Error:
            parts = text.split(separator)
    else:
        parts = text.split(separator)
    if parts and not parts[-1].strip():
        parts.pop()  # A separator behind the last cell is common and no cell.
    return [part.strip() for part in parts]


def _value(part: str, separator: str | None) -> float | None:
    if separator == ";":
        part = part.replace(",", ".")
    return MISSING if part == "" else cell(part)


def _heading(part: str) -> str | None:
    name = part.strip().removesuffix(":").strip()
    if not name or ":" in name or number(name) is not None or len(name) > LONGEST_LABEL:
        return None
    if len(name.split()) > _MOST_WORDS or _NOT_A_HEADING.search(name):
        return None
    return label(name) if any(letter.isalpha() for letter in name) else None


def _one_word(text: str) -> bool:
    word = text.strip()
    return word.endswith(":") or word.replace("_", "").isalnum()
