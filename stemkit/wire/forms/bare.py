"""Bare numbers: `23.5`, `1,2,3`, `1<tab>2`, `1 2`, `1,5;2,5`.

`1,5` is two values, as in every plotter: a decimal comma is understood only between semicolons.
"""

from __future__ import annotations

from collections.abc import Hashable

from stemkit.model.reading import MISSING
from stemkit.wire.forms.row import Row, Shape, numbered, shape_of_cells
from stemkit.wire.forms.table import cells
from stemkit.wire.numbers import cell


class Bare:
    """Numbers without names."""

    name = "numbers"
    waits = False

    def __init__(self) -> None:
        self.n = 0
        """How many values the line read last had."""

    @property
    def shape_of_last(self) -> Hashable:
        """Lines agree that have equally many values."""
        return self.n

    def read(self, text: str) -> list[Row] | None:
        """See `Form.read`."""
        separator = _separator(text)
        values: list[float] = []
        for part in cells(text, separator):
            value = cell(part.replace(",", ".") if separator == ";" else part)
            if value is None and part != "":
                return None
            values.append(MISSING if value is None else value)
        if not any(value == value for value in values):
            return None
        self.n = len(values)
        return [Row(numbered(self.n), tuple(values))]

    def shape(self, text: str, row: Row) -> Shape | None:
        """See `Form.shape`."""
        return shape_of_cells(text, _separator(text), row.labels)


def _separator(text: str) -> str | None:
    return next((s for s in ";,\t" if s in text), None)
