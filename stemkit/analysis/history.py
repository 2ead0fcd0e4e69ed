"""What channels were until now, for drawing any stretch of it at once, in bounded memory.

The newest values are kept one by one; of all values, those long gone too, lowest and highest of
each 16, 256 and 4096 are kept. A stretch is drawn from the finest of these that reaches back to
its beginning and is not finer than the picture.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Sequence

from stemkit.model.reading import MISSING, Readings

FACTOR = 16
LEVELS = 3
_AT_ONCE = 256
"""Values that are grouped together: one by one costs several times as much."""
COARSE_KEPT = 4096
"""Groups kept of each size, of a few channels."""
LEAST_COARSE_KEPT = 1024
COARSE_BUDGET = 200_000
"""Groups of a size kept of all channels together (24 bytes each)."""
BUDGET = 1_200_000
"""Single values kept of all channels together (16 bytes each)."""
LEAST_KEPT = 8192
MOST_KEPT = 1_000_000


class Series:
    """One channel of one board. A missing value (nan) breaks the line."""

    __slots__ = ("_groups", "_pending", "coarse_kept", "kept", "t", "total", "unit", "v")

    def __init__(self, kept: int = MOST_KEPT) -> None:
        self.t = array("d")
        """Times of the newest values, in seconds, not falling."""
        self.v = array("d")
        self.kept = kept
        """How many single values are kept at least."""
        self.coarse_kept = COARSE_KEPT
        """How many groups of each size are kept at least."""
        self.unit = ""
        self.total = 0
        """How many values there were, those long gone too."""
        self._groups = [(array("d"), array("d"), array("d")) for _ in range(LEVELS)]
        self._pending = [0] * LEVELS

    def __len__(self) -> int:
        return len(self.t)

    @property
    def last(self) -> float:
        """The newest value; nan where there is none, or it is missing."""
        return self.v[-1] if self.v else MISSING

    def append(self, times: Sequence[float], values: Sequence[float]) -> None:
        """Add values, newer than those before."""
        self.t.extend(times)
        self.v.extend(values)
        self.total += len(values)
        self._pending[0] += len(values)
        if self._pending[0] >= _AT_ONCE:
            self._group()
        if len(self.t) > self.kept + self.kept // 4 + FACTOR:
            cut = len(self.t) - self.kept
            del self.t[:cut]
            del self.v[:cut]

    def gap(self, t_s: float) -> None:
        """Break the line at `t_s`."""
        if self.v and self.v[-1] == self.v[-1]:
            self.append([max(t_s, self.t[-1])], [MISSING])

    def window(
        self, start_s: float, stop_s: float, columns: int
    ) -> tuple[Sequence[float], Sequence[float]]:
        """Points to draw from `start_s` to `stop_s` (seconds) in a picture `columns` dots wide.

        One point on either side of the stretch comes with it, so that lines reach the edges.
        """
        most = 4 * columns
        sources = [self.t, *(times for times, _, _ in self._groups if times)]
        for level, times in enumerate(sources):
            coarser = sources[level + 1 :]
            reaches = not times or times[0] <= start_s or all(c[0] >= times[0] for c in coarser)
            a, b = _between(times, start_s, stop_s)
            few = (b - a) * (1 if level == 0 else 2) <= most
            if (reaches and few) or not coarser:
                break
        return (self.t[a:b], self.v[a:b]) if level == 0 else self._drawn(level - 1, a, b, stop_s)

    def values_between(self, start_s: float, stop_s: float) -> tuple[array[float], array[float]]:
        """Single values from `start_s` to `stop_s`, as far back as they are kept."""
        i, j = bisect_left(self.t, start_s), bisect_right(self.t, stop_s)
        return self.t[i:j], self.v[i:j]

    def _group(self) -> None:
        n = self._pending[0]
        full = n - n % FACTOR
        start = len(self.v) - n
        self._pending[0] = n - full
        times, lows, highs = self._groups[0]
        values = self.v[start : start + full]
        times.extend(self.t[start : start + full : FACTOR])
        if math.isfinite(sum(values)):
            # The k-th values of all groups beside each other: lowest and highest are found in C.
            across = [values[k::FACTOR] for k in range(FACTOR)]
            lows.extend(map(min, *across))
            highs.extend(map(max, *across))
        else:
            for i in range(0, full, FACTOR):
                part = values[i : i + FACTOR]
                lows.append(_known(min, part))
                highs.append(_known(max, part))
        self._pass_up(0, full // FACTOR)

    def _pass_up(self, level: int, added: int) -> None:
        times, lows, highs = self._groups[level]
        if level + 1 < LEVELS:
            self._pending[level + 1] += added
            n = self._pending[level + 1]
            full = n - n % FACTOR
            self._pending[level + 1] = n - full
            up_t, up_l, up_h = self._groups[level + 1]
            start = len(times) - n
            for i in range(start, start + full, FACTOR):
                up_t.append(times[i])
                up_l.append(_known(min, lows[i : i + FACTOR]))
                up_h.append(_known(max, highs[i : i + FACTOR]))
            if full:
                self._pass_up(level + 1, full // FACTOR)
        if len(times) > self.coarse_kept + self.coarse_kept // 4:
            cut = len(times) - self.coarse_kept
            del times[:cut], lows[:cut], highs[:cut]

    def _drawn(
        self, level: int, a: int, b: int, stop_s: float
    ) -> tuple[Sequence[float], Sequence[float]]:
        times, lows, highs = self._groups[level]
        out_t: list[float] = []
        out_v: list[float] = []
        for i in range(a, b):
            out_t += (times[i], times[i])
            out_v += (lows[i], highs[i])
        # What has come since the last full group is still single.
        if b == len(times) and times:
            i = bisect_right(self.t, times[-1] + 1e-9)
            first = max(i, len(self.t) - FACTOR ** (level + 1) - _AT_ONCE)
            until = bisect_right(self.t, stop_s)
            step = max(1, -((first - until) // 64))
            out_t += self.t[first:until:step]
            out_v += self.v[first:until:step]
        return out_t, out_v


class History:
    """All channels of all boards."""

    def __init__(self, budget: int = BUDGET) -> None:
        self._budget = budget
        self.series: dict[tuple[str, str], Series] = {}
        """By (board, label), in the order in which they were first seen."""

    def take(self, readings: Readings) -> None:
        """Add readings."""
        times = array("d", readings.t_s)
        for label, column in zip(readings.labels, readings.columns, strict=True):
            key = (readings.board, label)
            series = self.series.get(key)
            if series is None:
                series = self.series[key] = Series()
                self._share()
            series.append(times, column)

    def gap(self, board: str, t_s: float) -> None:
        """Break the lines of a board."""
        for (name, _), series in self.series.items():
            if name == board:
                series.gap(t_s)

    def last_s(self, board: str) -> float:
        """When the last reading of a board came; 0 where none did."""
        return max((s.t[-1] for (name, _), s in self.series.items() if name == board and s.t),
                   default=0.0)  # fmt: skip

    def boards(self) -> list[str]:
        """Boards that have sent readings."""
        return list(dict.fromkeys(board for board, _ in self.series))

    def labels(self) -> list[str]:
        """Channels of all boards."""
        return list(dict.fromkeys(label for _, label in self.series))

    def _share(self) -> None:
        share = min(MOST_KEPT, max(LEAST_KEPT, self._budget // len(self.series)))
        coarse = min(COARSE_KEPT, max(LEAST_COARSE_KEPT, COARSE_BUDGET // len(self.series)))
        for series in self.series.values():
            series.kept, series.coarse_kept = share, coarse


def _between(times: Sequence[float], start_s: float, stop_s: float) -> tuple[int, int]:
    """Indexes of the stretch, with one more point on either side."""
    return max(0, bisect_left(times, start_s) - 1), min(len(times), bisect_right(times, stop_s) + 1)


def _known(choose: Callable[[Iterable[float]], float], values: Sequence[float]) -> float:
    known = [value for value in values if value == value]
    return choose(known) if known else MISSING
