"""Round numbers for axes, and numbers as short as they can be read."""

from __future__ import annotations

import math

from stemkit.words import number, written


def nice_step(span: float, most: int) -> float:
    """The smallest 1, 2 or 5 times a power of ten of which `span` holds at most `most`."""
    if not (span > 0 and math.isfinite(span)):
        return 1.0
    raw = span / max(1, most)
    power = 10.0 ** math.floor(math.log10(raw))
    for factor in (1.0, 2.0, 5.0, 10.0):
        if factor * power >= raw * (1 - 1e-9):
            return factor * power
    return 10.0 * power


_TIME_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200,
                 14400, 43200, 86400)  # fmt: skip


def time_step(span_s: float, most: int) -> float:
    """The same for seconds, minutes, hours and days."""
    for step in _TIME_STEPS_S:
        if span_s / step <= most:
            return float(step)
    return nice_step(span_s, most)


def ticks(low: float, high: float, step: float) -> list[float]:
    """Multiples of `step` from `low` to `high`."""
    if not step > 0:
        return []
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [n * step for n in range(first, min(last, first + 1000) + 1)]


def tick_label(value: float, step: float) -> str:
    """`value` with as many decimals as `step` needs."""
    if abs(value) >= 1e6 or (0 < abs(value) < 1e-3):
        return number(value, ".3g")
    places = max(0, -math.floor(math.log10(step) + 1e-9)) if step > 0 else 0
    shown = f"{value:.{min(places, 8)}f}"
    return "0" if float(shown) == 0.0 else written(shown)


def time_label(seconds: float, step: float) -> str:
    """`12`, `12.5` below a minute's axis, `1:05`, `1:05:00`, with days in front where needed."""
    sign = "-" if seconds < 0 else ""
    seconds = abs(seconds)
    if step < 1:
        return sign + number(seconds)
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{sign}{days}d{hours:02d}:{minutes:02d}"
    if hours:
        return f"{sign}{hours}:{minutes:02d}:{rest:02d}"
    return f"{sign}{minutes}:{rest:02d}" if minutes else f"{sign}{rest}"


def value_label(value: float, places: int) -> str:
    """A reading with `places` decimals, at most eight letters (of those that are no number —)."""
    if value != value:
        return "—"
    if abs(value) >= 1e7 or 0 < abs(value) < 1e-4:
        return number(value, ".3g")
    return written(f"{value:.{places}f}")


_LEAST_SPAN = 1e-4


class AutoRange:
    """The ends of a value axis: round numbers around what is seen, that do not flicker."""

    def __init__(self) -> None:
        self.low, self.high = 0.0, 0.0
        self._set = False

    def keep(self, low: float, high: float) -> tuple[float, float]:
        """Exactly these ends."""
        self.low, self.high, self._set = low, high, True
        return low, high

    def fit(self, low: float, high: float) -> tuple[float, float]:
        """The ends for values from `low` to `high` (nan where there is none: the ends stay)."""
        if not (low <= high):
            return (self.low, self.high) if self._set else (0.0, 1.0)
        if low == high:
            half = abs(low) * 0.05 or 0.5
            low, high = low - half, high + half
        # A board computes with about seven digits: the noise of the last ones is not drawn large.
        least = max(abs(low), abs(high)) * _LEAST_SPAN
        if high - low < least:
            low, high = (low + high - least) / 2, (low + high + least) / 2
        seen, shown = high - low, self.high - self.low
        if self._set and self.low <= low and high <= self.high and seen > 0.45 * shown:
            return self.low, self.high
        step = nice_step(seen, 4)
        self.low, self.high = math.floor(low / step) * step, math.ceil(high / step) * step
        self._set = True
        return self.low, self.high
