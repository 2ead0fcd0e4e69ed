"""What a formula can know of the past: means, slopes and extremes of the last seconds.

Each class follows one channel of one board: it is called with times (seconds, not falling) and
values and gives as many results; missing values (nan) are left out of what they work on.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable, Sequence

MOST_KEPT = 100_000
"""Values that a window holds at most; beyond that it is shorter than was asked."""


class MovingMean:
    """The mean of the last `span_s` seconds."""

    def __init__(self, span_s: float) -> None:
        self._span_s = span_s
        self._kept: deque[tuple[float, float]] = deque(maxlen=MOST_KEPT)
        self._sum = 0.0

    def __call__(self, times: Sequence[float], values: Sequence[float]) -> list[float]:
        """See the module."""
        found = []
        kept = self._kept
        for t, value in zip(times, values, strict=True):
            if value == value:
                if len(kept) == MOST_KEPT:
                    self._sum -= kept.popleft()[1]
                kept.append((t, value))
                self._sum += value
            while kept and kept[0][0] <= t - self._span_s and len(kept) > 1:
                self._sum -= kept.popleft()[1]
            if len(kept) == 1:
                self._sum = kept[0][1]  # rounding errors end here
            found.append(self._sum / len(kept) if kept else math.nan)
        return found


class Slope:
    """Change a second: between two values, or of the line through the last `span_s` seconds."""

    def __init__(self, span_s: float = 0.0) -> None:
        self._span_s = span_s
        self._kept: deque[tuple[float, float]] = deque(maxlen=2000)

    def __call__(self, times: Sequence[float], values: Sequence[float]) -> list[float]:
        """See the module."""
        found = []
        last = math.nan
        for t, value in zip(times, values, strict=True):
            if value == value:
                self._kept.append((t, value))
                while len(self._kept) > 2 and self._kept[1][0] <= t - self._span_s:
                    self._kept.popleft()
                last = _line(self._kept)
            found.append(last if value == value else math.nan)
        return found


def _line(points: Iterable[tuple[float, float]]) -> float:
    """Slope of the least-squares line."""
    rows = list(points)
    n = len(rows)
    mean_t = sum(t for t, _ in rows) / n
    mean_v = sum(v for _, v in rows) / n
    spread = sum((t - mean_t) ** 2 for t, _ in rows)
    if spread <= 0.0:
        return math.nan
    return sum((t - mean_t) * (v - mean_v) for t, v in rows) / spread


class Extreme:
    """The lowest (`sign` 1) or highest (-1) value of the last `span_s` seconds."""

    def __init__(self, span_s: float, sign: float) -> None:
        self._span_s, self._sign = span_s, sign
        self._kept: deque[tuple[float, float]] = deque(maxlen=MOST_KEPT)

    def __call__(self, times: Sequence[float], values: Sequence[float]) -> list[float]:
        """See the module."""
        found = []
        kept, sign = self._kept, self._sign
        for t, value in zip(times, values, strict=True):
            if value == value:
                # Whoever is neither newer nor more extreme can never be the answer.
                while kept and sign * kept[-1][1] >= sign * value:
                    kept.pop()
                kept.append((t, value))
            while len(kept) > 1 and kept[0][0] <= t - self._span_s:
                kept.popleft()
            found.append(kept[0][1] if kept else math.nan)
        return found


class Integral:
    """The area below the curve since the start, in the channel's unit times seconds."""

    def __init__(self) -> None:
        self._sum = 0.0
        self._last: tuple[float, float] | None = None

    def __call__(self, times: Sequence[float], values: Sequence[float]) -> list[float]:
        """See the module."""
        found = []
        for t, value in zip(times, values, strict=True):
            if value == value:
                if self._last is not None:
                    before_t, before = self._last
                    self._sum += (t - before_t) * (value + before) / 2.0
                self._last = (t, value)
            found.append(self._sum)
        return found


class Previous:
    """The value before."""

    def __init__(self) -> None:
        self._last = math.nan

    def __call__(self, times: Sequence[float], values: Sequence[float]) -> list[float]:
        """See the module."""
        found = []
        for value in values:
            found.append(self._last)
            if value == value:
                self._last = value
        return found


class Count:
    """How often the value became true (not 0)."""

    def __init__(self) -> None:
        self._n = 0
        self._was = False

    def __call__(self, times: Sequence[float], values: Sequence[float]) -> list[float]:
        """See the module."""
        found = []
        for value in values:
            now = value == value and value != 0.0
            self._n += now and not self._was
            self._was = now
            found.append(float(self._n))
        return found
