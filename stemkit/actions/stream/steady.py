"""A clock that never jumps, and a watch on the one that does."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], float]
"""Gives seconds."""

# A clock that is set by hand, by the network at boot, or in a change to another time zone.
LEAST_JUMP_S = 0.5


def steady_s() -> float:
    """Seconds since some moment, whatever is done to the wall clock; goes on while suspended.

    Linux's CLOCK_BOOTTIME where there is one; else the performance counter, because Python 3.11's
    monotonic clock has steps of 16 ms on Windows.
    """
    return _read()


def _choose() -> Clock:
    boot = getattr(time, "CLOCK_BOOTTIME", None)
    if boot is None:
        return time.perf_counter
    return lambda: time.clock_gettime(boot)


_read = _choose()


class WallWatch:
    """Notices when the wall clock is set, by the steady one."""

    def __init__(self, steady: Clock = steady_s, wall: Clock = time.time) -> None:
        self._steady, self._wall = steady, wall
        self._apart = wall() - steady()

    def jumped_by_s(self) -> float | None:
        """By how much the wall clock was set since the last call, None where it was not."""
        apart = self._wall() - self._steady()
        jump, self._apart = apart - self._apart, apart
        return jump if abs(jump) >= LEAST_JUMP_S else None
