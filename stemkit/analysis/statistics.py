"""Statistics of a channel, of values at hand or of any number of them as they pass."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Statistics:
    """Of `n` values, in the channel's unit; nan where there are too few."""

    n: int
    mean: float
    sd: float
    """Sample standard deviation (divided by n - 1)."""
    low: float
    high: float
    mean_error: float
    """Standard uncertainty of the mean, sd / sqrt(n) (GUM, type A)."""


class Running:
    """Statistics of values as they pass, in constant memory (Welford's method)."""

    def __init__(self) -> None:
        self.n = 0
        self._mean = 0.0
        self._squares = 0.0
        self._low, self._high = math.inf, -math.inf

    def take(self, values: Iterable[float]) -> None:
        """Take values in; missing ones (nan) are left out."""
        n, mean, squares = self.n, self._mean, self._squares
        low, high = self._low, self._high
        for value in values:
            if value != value:
                continue
            n += 1
            step = value - mean
            mean += step / n
            squares += step * (value - mean)
            if value < low:
                low = value
            if value > high:
                high = value
        self.n, self._mean, self._squares = n, mean, squares
        self._low, self._high = low, high

    def result(self) -> Statistics:
        """The statistics so far."""
        n = self.n
        if n == 0:
            return Statistics(0, math.nan, math.nan, math.nan, math.nan, math.nan)
        sd = math.sqrt(max(0.0, self._squares) / (n - 1)) if n > 1 else math.nan
        return Statistics(n, self._mean, sd, self._low, self._high, sd / math.sqrt(n))


def statistics(values: Iterable[float]) -> Statistics:
    """Statistics of values at hand."""
    running = Running()
    running.take(values)
    return running.result()


BARS = "▁▂▃▄▅▆▇█"


def sparkline(values: Sequence[float], bars: str = BARS) -> str:
    """A picture of values in one line, a letter each; a space where one is missing."""
    known = [value for value in values if math.isfinite(value)]
    if not known:
        return " " * len(values)
    low, span = min(known), max(known) - min(known)
    top = len(bars) - 1

    def bar(value: float) -> str:
        if not math.isfinite(value):
            return " "
        return bars[round((value - low) / span * top) if span else top // 2]

    return "".join(map(bar, values))


class Buckets:
    """Means of a channel over equal parts of a time span, as readings pass."""

    def __init__(self, start_s: float, stop_s: float, n: int) -> None:
        self._start_s = start_s
        self._per_s = n / (stop_s - start_s) if stop_s > start_s else 0.0
        self._sums = [0.0] * n
        self._counts = [0] * n

    def take(self, times_s: Iterable[float], values: Iterable[float]) -> None:
        """Take values with their times in; missing ones (nan) are left out."""
        top = len(self._sums) - 1
        for t_s, value in zip(times_s, values, strict=True):
            if value == value:
                at = min(top, max(0, int((t_s - self._start_s) * self._per_s)))
                self._sums[at] += value
                self._counts[at] += 1

    def means(self) -> list[float]:
        """The mean of each part, nan where it has none.

        Where readings come more seldom than parts, neighbouring parts are put together.
        """
        sums, counts = self._sums, self._counts
        while len(sums) > 1 and 4 * sum(1 for count in counts if count) < 3 * len(counts):
            if max(_runs_without(counts)) > len(counts) // 4:
                break  # A gap, not seldom readings: it is to be seen.
            sums = [sum(sums[i : i + 2]) for i in range(0, len(sums), 2)]
            counts = [sum(counts[i : i + 2]) for i in range(0, len(counts), 2)]
        pairs = zip(sums, counts, strict=True)
        return [total / count if count else math.nan for total, count in pairs]


def _runs_without(counts: Sequence[int]) -> list[int]:
    runs = [0]
    for count in counts:
        runs[-1] += 1
        if count:
            runs[-1] -= 1
            runs.append(0)
    return runs
