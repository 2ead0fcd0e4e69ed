"""The small curves of the tiles, drawn anew only where something has changed."""

from __future__ import annotations

from dataclasses import dataclass

from stemkit.analysis.history import Series
from stemkit.analysis.stretches import Stretches
from stemkit.screen.canvas import Canvas, Frame, Style
from stemkit.screen.palette import line_meaning
from stemkit.screen.picture import Row


@dataclass(frozen=True, slots=True)
class Look:
    """How a curve is drawn: `across` x `down` letters that span `span_s` seconds."""

    across: int
    down: int
    span_s: float
    style: Style


class Sparks:
    """The curves that were drawn last, by board and channel."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Spark] = {}

    def draw(self, key: tuple[str, str], series: Series, look: Look, right_s: float) -> list[Row]:
        """The curve of a series up to `right_s`."""
        kept = self._kept.get(key)
        if kept is None or kept.look != look or kept.stretches.series is not series:
            kept = self._kept[key] = _Spark(series, look)
        return kept.draw(right_s)


class _Spark:
    def __init__(self, series: Series, look: Look) -> None:
        self.look = look
        across = 2 * look.across
        self.stretches = Stretches(series, look.span_s / across, across)
        self._placed: list[tuple[list[int], list[int]]] = []
        self._rows: list[Row] = []

    def draw(self, right_s: float) -> list[Row]:
        stretches = self.stretches
        last = int(right_s // stretches.step_s)
        stretches.follow(last)
        if stretches.changed:
            self._take_in(last)
        return self._rows

    def _take_in(self, last: int) -> None:
        look = self.look
        canvas = Canvas(look.across, look.down, look.style)
        placed = self._place(canvas, last)
        # Most new values move no dot.
        if placed == self._placed and self._rows:
            return
        self._placed = placed
        canvas.join(placed, 1)
        self._rows = [
            [(text, line_meaning(0) if colour else "") for text, colour in row]
            for row in canvas.rows()
        ]

    def _place(self, canvas: Canvas, last: int) -> list[tuple[list[int], list[int]]]:
        times, values = self.stretches.points()
        known = [value for value in values if value == value]
        if not known:
            return []
        low, high = min(known), max(known)
        if low == high:
            low, high = low - 1, high + 1
        first = last - self.stretches.many + 1
        return canvas.placed(times, values, Frame(first, last, low, high))
