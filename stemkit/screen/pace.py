"""When to draw: at once where the last picture is some time ago, else as soon as it is.

A reading that comes after a while of nothing, and a key, are seen at once; while readings come
without end every picture costs, and there are as many as the eye needs. On a slow computer
drawing never takes more than half of a processor's time; what other programs take of it while a
picture is drawn is no reason to let the next one wait, too.
"""

from __future__ import annotations

import time
from collections.abc import Callable

LEAST_GAP_S = 0.035
"""From the beginning of one picture to the beginning of the next, for new readings."""
LEAST_KEY_GAP_S = 0.015
"""The same for keys: one that is held down repeats thirty times a second."""
LONGEST_GAP_S = 0.05
"""The same where nothing comes: time goes on."""


class Pace:
    """Belongs to the display's thread."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        spent: Callable[[], float] = time.thread_time,
    ) -> None:
        """`spent` tells the seconds that this thread has had a processor."""
        self._clock, self._spent = clock, spent
        self._begun_s = self._began_s = self._ended_s = float("-inf")
        self._before_s = self._took_s = 0.0

    def now_s(self) -> float:
        """Seconds on the clock that `wait_s` goes by."""
        return self._clock()

    def begin(self) -> None:
        """A picture may be drawn now; without an `end` none was."""
        self._begun_s, self._before_s = self._clock(), self._spent()

    def end(self) -> None:
        """The picture is drawn."""
        self._began_s, self._ended_s = self._begun_s, self._clock()
        self._took_s = self._spent() - self._before_s

    def wait_s(self, gap_s: float = LEAST_GAP_S) -> float:
        """Seconds until the next picture may be drawn, 0 where it may be now."""
        due_s = max(self._began_s + gap_s, self._ended_s + self._took_s)
        return max(0.0, due_s - self._clock())
