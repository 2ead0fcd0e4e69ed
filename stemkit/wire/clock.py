"""The board's clock laid over the host's.

A line arrives some time after the board stamped it, never before, so the smallest difference
`host - board` seen lately is the nearest to the truth (as in Cristian's and PTP's clock filters).
The smallest of each `BUCKET_S` seconds are kept for `WINDOW_S`; a straight line through them gives
how much faster one clock runs than the other, and is lowered until it lies under all of them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

BUCKET_S = 10.0
WINDOW_S = 900.0
FASTEST_DRIFT = 0.05
"""No board's clock is believed to be off by more (a crystal has 5e-5, an RC oscillator 1e-2)."""
_BUCKETS_FOR_SLOPE = 6


def unwrap(ticks_ms: int, last_ms: int, modulo_ms: int) -> int:
    """`ticks_ms` continued from `last_ms`, for a counter that starts again at `modulo_ms`.

    Steps of up to half the range are forward; the others go back, which is a reset.
    """
    step = (ticks_ms - last_ms) % modulo_ms
    return last_ms + (step if step < modulo_ms // 2 else step - modulo_ms)


@dataclass(frozen=True, slots=True)
class ClockFit:
    """`t_s = offset_s + board_s * (1 + drift)` on the recording's clock."""

    offset_s: float
    drift: float

    def t_s(self, board_ms: float) -> float:
        """The recording's time at which the board stamped `board_ms`."""
        return self.offset_s + board_ms * 1e-3 * (1.0 + self.drift)


class BoardClock:
    """Follows one segment of a board's clock; while that goes forward, so do the times."""

    def __init__(self) -> None:
        self._buckets: dict[int, tuple[float, float]] = {}
        self._fit: ClockFit | None = None
        self._latest_s = float("-inf")
        self._latest_ms = -(1 << 62)

    @property
    def fit(self) -> ClockFit | None:
        """The fit so far; None before the first line."""
        return self._fit

    def times(self, host_s: Sequence[float], board_ms: Sequence[int]) -> list[float]:
        """Take in lines, `board_ms` not falling, and give the recording's time of each.

        None is later than its arrival.
        """
        offsets = [host - stamp * 1e-3 for host, stamp in zip(host_s, board_ms, strict=True)]
        soonest = offsets.index(min(offsets))
        self._take(host_s[soonest], board_ms[soonest] * 1e-3)
        fit = self._fit
        assert fit is not None
        scale, offset = 1e-3 * (1.0 + fit.drift), fit.offset_s
        found = [offset + stamp * scale for stamp in board_ms]
        if found[0] < self._latest_s and board_ms[0] >= self._latest_ms:
            # The fit has just been corrected: wait rather than run backwards.
            early = bisect_left(found, self._latest_s)
            found[:early] = [self._latest_s] * early
        if board_ms[-1] >= self._latest_ms:
            self._latest_ms, self._latest_s = board_ms[-1], found[-1]
        return found

    def _take(self, host_s: float, board_s: float) -> None:
        offset = host_s - board_s
        bucket = int(host_s // BUCKET_S)
        kept = self._buckets.get(bucket)
        if kept is None:
            self._buckets[bucket] = (board_s, offset)
            self._drop_old(bucket)
            self._refit()
        elif offset < kept[1]:
            self._buckets[bucket] = (board_s, offset)
            self._lower(board_s, offset)

    def _drop_old(self, newest: int) -> None:
        oldest = newest - int(WINDOW_S / BUCKET_S)
        for bucket in [b for b in self._buckets if b < oldest]:
            del self._buckets[bucket]

    def _lower(self, board_s: float, offset: float) -> None:
        fit = self._fit
        assert fit is not None
        below = fit.offset_s + board_s * fit.drift
        if offset < below:
            self._fit = ClockFit(fit.offset_s - (below - offset), fit.drift)

    def _refit(self) -> None:
        # The bucket that has just begun may hold one late line: it does not bend the slope.
        points = list(self._buckets.values())
        drift = _slope(points[:-1]) if len(points) > _BUCKETS_FOR_SLOPE else 0.0
        self._fit = ClockFit(min(offset - board * drift for board, offset in points), drift)


def _slope(points: Sequence[tuple[float, float]]) -> float:
    n = len(points)
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread == 0.0:
        return 0.0
    slope = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    return max(-FASTEST_DRIFT, min(FASTEST_DRIFT, slope))
