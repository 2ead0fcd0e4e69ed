"""Teleplot's lines: `>name[,widget]:[ms:]value[;...][§unit][|flags]` (nesnes/teleplot, README).

With the flag `xy` the cells are `x:y[:ms]` and become two channels; with `t` the value is text
and no reading; `3D|` shapes are not read.
"""

from __future__ import annotations

import re

from stemkit.model.reading import MOST_CHANNELS
from stemkit.wire.forms.row import Row, Shape, label
from stemkit.wire.numbers import NUMBER, cell, milliseconds, number

# One point, its time in front where it has one; not behind the name of a flag `xy` or `t`.
_POINT = re.compile(
    rf">[^:|]*:\s*(?:({NUMBER.pattern}):)?({NUMBER.pattern})\s*;?(?:§[^|]*)?(?:\|g)?", re.ASCII
)


class Teleplot:
    """One variable a line."""

    name = "teleplot"
    waits = False
    shape_of_last = "teleplot"

    def __init__(self) -> None:
        self.units: dict[str, str] = {}
        """Unit of each variable that told one."""

    def read(self, text: str) -> list[Row] | None:
        """See `Form.read`."""
        if not text.startswith(">"):
            return None
        head, colon, rest = text[1:].partition(":")
        name = label(head.partition(",")[0])
        if not colon or name is None or name.startswith((">", "3D|")):
            return None
        rest, _, flags = rest.partition("|")
        rest, _, unit = rest.partition("§")
        kinds = set(flags.strip().split(","))
        if "t" in kinds:
            return []
        rows = [
            row
            for point in rest.split(";")
            if point and (row := _row(name, point.strip(), "xy" in kinds)) is not None
        ]
        if rows and unit.strip() and len(self.units) < MOST_CHANNELS:
            self.units[name] = unit.strip()[:16]
        return rows or None

    def shape(self, text: str, row: Row) -> Shape | None:
        """See `Form.shape`."""
        match = _POINT.fullmatch(text)
        if match is None:
            return None
        if row.time_ms is None:
            return None if match[1] else Shape(row.labels, (match.span(2),))
        return Shape(row.labels, (match.span(1), match.span(2)), 0) if match[1] else None


def _row(name: str, point: str, xy: bool) -> Row | None:
    cells = point.split(":")
    if xy:
        return _xy_row(name, cells)
    if len(cells) > 2:
        return None
    value = cell(cells[-1])
    time_ms = milliseconds(number(cells[0])) if len(cells) == 2 else None
    return None if value is None else Row((name,), (value,), time_ms)


def _xy_row(name: str, cells: list[str]) -> Row | None:
    values = [cell(text) for text in cells[:2]]
    if not 2 <= len(cells) <= 3 or values[0] is None or values[1] is None:
        return None
    time_ms = milliseconds(number(cells[2])) if len(cells) == 3 else None
    return Row((f"{name}.x", f"{name}.y"), (values[0], values[1]), time_ms)
