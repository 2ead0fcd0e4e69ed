"""Lowest and highest value of each of the newest stretches of time, kept up as values come.

A small picture that moves along with the clock shows the same stretches again and again: only the
newest one changes. Stretch `n` reaches from `n * step_s` to `(n + 1) * step_s`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence

from stemkit.analysis.history import Series
from stemkit.model.reading import MISSING

_NOTHING = (math.inf, -math.inf, False)


class Stretches:
    """The newest `many` stretches of `step_s` seconds of one series."""

    def __init__(self, series: Series, step_s: float, many: int) -> None:
        self.series, self.step_s, self.many = series, step_s, many
        self.changed = True
        """Whether the last `follow` found anything new."""
        self._found: dict[int, tuple[float, float, bool]] = {}
        self._last: int | None = None
        self._whole = False
        self._taken = 0

    def follow(self, last: int) -> None:
        """Take in what has come, and let stretch `last` be the newest."""
        before, self._last = self._last, last
        new = self.series.total - self._taken
        self._taken = self.series.total
        self.changed = last != before
        if not self._whole or before is None or last < before or new > len(self.series):
            self._begin_anew(last)
        elif new:
            self._add(*self.series.newest(new))
        if self.changed:
            # One on the left of the picture stays, so that the line reaches its edge.
            for gone in sorted(n for n in self._found if n <= last - self.many)[:-1]:
                del self._found[gone]

    def points(self) -> tuple[list[float], list[float]]:
        """A line through them: times counted in stretches, lowest before highest, nan at gaps."""
        times: list[float] = []
        values: list[float] = []
        for n, (low, high, broken) in sorted(self._found.items()):
            if self._last is None or n > self._last:
                break
            if low <= high:
                times += (n, n)
                values += (low, high)
            if broken:
                times.append(n)
                values.append(MISSING)
        return times, values

    def _begin_anew(self, last: int) -> None:
        series = self.series
        start_s, stop_s = (last - self.many) * self.step_s, (last + 1) * self.step_s
        self.changed = True
        # A picture that stands in the past sees nothing of what has come since.
        self._whole = not len(series) or series.t[-1] <= stop_s
        self._found.clear()
        self._add(*series.window(start_s, stop_s, self.many))

    def _add(self, times: Sequence[float], values: Sequence[float]) -> None:
        at = 0
        while at < len(times):
            n = math.floor(times[at] / self.step_s)
            end_s = (n + 1) * self.step_s
            # Nearly always all that has come since the last picture lies in one stretch.
            stop = len(times)
            if times[-1] >= end_s:
                stop = max(at + 1, bisect_left(times, end_s, at))
            self._merge(n, values[at:stop])
            at = stop

    def _merge(self, n: int, values: Sequence[float]) -> None:
        kept = self._found.get(n, _NOTHING)
        broken = kept[2]
        if not math.isfinite(sum(values)):
            values = [value for value in values if value == value]
            broken = True
        found = (min(kept[0], *values), max(kept[1], *values), broken) if values else (
            kept[0], kept[1], broken)  # fmt: skip
        if found != kept:
            self._found[n] = found
            self.changed = True
