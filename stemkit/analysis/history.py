"""What channels were until now, for drawing any stretch of it at once, in bounded memory.

The newest values are kept one by one; of all values, those long gone too, lowest and highest of
each 16, 256 and 4096 are kept. A stretch is drawn from the finest of these that reaches back to
its beginning and is not finer than the picture.
"""

from __future__ import annotations

import math
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence

from stemkit.analysis.tape import Tape
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

    __slots__ = ("_groups", "_pending", "_single", "total", "unit")

    def __init__(self, kept: int = MOST_KEPT) -> None:
        self._single = Tape(2, max(kept, _AT_ONCE))
        self._groups = [Tape(3, COARSE_KEPT) for _ in range(LEVELS)]
        """Time, lowest and highest value of each 16, 256, 4096 values."""
        self.unit = ""
        self.total = 0
        """How many values there were, those long gone too."""
        self._pending = [0] * LEVELS

    def __len__(self) -> int:
        return len(self._single)

    @property
    def t(self) -> Sequence[float]:
        """Times of the newest values, in seconds, not falling."""
        return self._single.column(0)

    @property
    def v(self) -> Sequence[float]:
        """The newest values."""
        return self._single.column(1)

    @property
    def last(self) -> float:
        """The newest value; nan where there is none, or it is missing."""
        return self.v[-1] if len(self) else MISSING

    def keep(self, single: int, coarse: int) -> None:
        """Keep so many single values and groups of each size at least."""
        self._single.kept = single
        for groups in self._groups:
            groups.kept = coarse

    def append(self, times: Sequence[float], values: Sequence[float]) -> None:
        """Add values, newer than those before."""
        self._single.add(times, values)
        self.total += len(values)
        self._pending[0] += len(values)
        if self._pending[0] >= _AT_ONCE:
            self._group()

    def newest(self, n: int) -> tuple[array[float], array[float]]:
        """Times and values of the newest `n`."""
        times, values = self._single.rows(max(0, len(self) - n), len(self))
        return times, values

    def gap(self, t_s: float) -> None:
        """Break the line at `t_s`."""
        if self.last == self.last:
            self.append([max(t_s, self.t[-1])], [MISSING])

    def window(
        self, start_s: float, stop_s: float, columns: int
    ) -> tuple[Sequence[float], Sequence[float]]:
        """Points to draw from `start_s` to `stop_s` (seconds) in a picture `columns` dots wide.

        One point on either side of the stretch comes with it, so that lines reach the edges.
        """
        most = 4 * columns
        sources = [self._single, *(groups for groups in self._groups if groups)]
        for level, source in enumerate(sources):
            times, coarser = source.column(0), sources[level + 1 :]
            reaches = not source or times[0] <= start_s
            reaches = reaches or all(c.column(0)[0] >= times[0] for c in coarser)
            a, b = _between(times, start_s, stop_s)
            few = (b - a) * (1 if level == 0 else 2) <= most
            if (reaches and few) or not coarser:
                break
        if level:
            return self._drawn(level - 1, a, b, stop_s)
        shown, values = self._single.rows(a, b)
        return shown, values

    def values_between(self, start_s: float, stop_s: float) -> tuple[array[float], array[float]]:
        """Single values from `start_s` to `stop_s`, as far back as they are kept."""
        times, values = self._single.between(start_s, stop_s)
        return times, values

    def _group(self) -> None:
        n = self._pending[0]
        full = n - n % FACTOR
        start = len(self) - n
        self._pending[0] = n - full
        times, values = self._single.rows(start, start + full)
        if math.isfinite(sum(values)):
            # The k-th values of all groups beside each other: lowest and highest are found in C.
            across = [values[k::FACTOR] for k in range(FACTOR)]
            lows, highs = list(map(min, *across)), list(map(max, *across))
        else:
            parts = [values[i : i + FACTOR] for i in range(0, full, FACTOR)]
            lows = [_known(min, part) for part in parts]
            highs = [_known(max, part) for part in parts]
        self._pass_up(0, times[::FACTOR], lows, highs)

    def _pass_up(
        self, level: int, times: Sequence[float], lows: Sequence[float], highs: Sequence[float]
    ) -> None:
        groups = self._groups[level]
        groups.add(times, lows, highs)
        if level + 1 == LEVELS:
            return
        self._pending[level + 1] += len(times)
        n = self._pending[level + 1]
        full = n - n % FACTOR
        self._pending[level + 1] = n - full
        if full:
            start = len(groups) - n
            times, lows, highs = groups.rows(start, start + full)
            steps = range(0, full, FACTOR)
            self._pass_up(
                level + 1,
                times[::FACTOR],
                [_known(min, lows[i : i + FACTOR]) for i in steps],
                [_known(max, highs[i : i + FACTOR]) for i in steps],
            )

    def _drawn(
        self, level: int, a: int, b: int, stop_s: float
    ) -> tuple[Sequence[float], Sequence[float]]:
        groups, single = self._groups[level], self._single
        out_t: list[float] = []
        out_v: list[float] = []
        for t_s, low, high in zip(*groups.rows(a, b), strict=True):
            out_t += (t_s, t_s)
            out_v += (low, high)
        # What has come since the last full group is still single.
        if b == len(groups) and groups:
            times = single.column(0)
            i = bisect_right(times, groups.column(0)[-1] + 1e-9)
            first = max(i, len(single) - FACTOR ** (level + 1) - _AT_ONCE)
            until = bisect_right(times, stop_s)
            step = max(1, -((first - until) // 64))
            rest_t, rest_v = single.rows(first, until)
            out_t += rest_t[::step]
            out_v += rest_v[::step]
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

    def rename(self, board: str, names: Mapping[str, str]) -> None:
        """Give channels of a board other labels; those whose new one is "" are forgotten.

        Where there is a channel of that name already, the old one stays as it is.
        """
        found: dict[tuple[str, str], Series] = {}
        for (name, label), series in self.series.items():
            other = names.get(label, label) if name == board else label
            if (name, other) in self.series:
                other = label
            if other:
                found[name, other] = series
        self.series = found

    def last_s(self, board: str) -> float:
        """When the last reading of a board came; 0 where none did."""
        times = [s.t for (name, _), s in self.series.items() if name == board and len(s)]
        return max((t_s[-1] for t_s in times), default=0.0)

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
            series.keep(share, coarse)


def _between(times: Sequence[float], start_s: float, stop_s: float) -> tuple[int, int]:
    """Indexes of the stretch, with one more point on either side."""
    return max(0, bisect_left(times, start_s) - 1), min(len(times), bisect_right(times, stop_s) + 1)


def _known(choose: Callable[[Iterable[float]], float], values: Sequence[float]) -> float:
    known = [value for value in values if value == value]
    return choose(known) if known else MISSING
