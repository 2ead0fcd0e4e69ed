"""One event loop for everything that a supervisor holds: descriptors and timers.

Descriptors are watched edge-triggered: a callback is told once that something changed and reads or
writes until the system says "no more". That keeps a line that must not be read yet (its pace says
so) from waking anybody, and a port that nobody has open costs nothing.
"""

from __future__ import annotations

import heapq
import itertools
import os
import sys
import time
from collections.abc import Callable

from stemkit.virtual.poller import EpollPoller, Poller

Watcher = Callable[[int], None]


class Timer:
    """A call that will be made; `cancel` takes it back."""

    __slots__ = ("call", "when_s")

    def __init__(self, when_s: float, call: Callable[[], None]) -> None:
        self.when_s = when_s
        self.call: Callable[[], None] | None = call

    def cancel(self) -> None:
        """The call will not be made; may be repeated."""
        self.call = None


def _kqueue_poller() -> Poller:
    from stemkit.virtual.poller_macos import KqueuePoller

    return KqueuePoller()


class Loop:
    """Waits for descriptors and timers in one thread and calls back."""

    def __init__(self) -> None:
        self._poller = EpollPoller() if sys.platform == "linux" else _kqueue_poller()
        self._watchers: dict[int, Watcher] = {}
        self._timers: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._running = False

    now_s = staticmethod(time.monotonic)

    def watch(self, fd: int, watcher: Watcher) -> None:
        """Call `watcher(what)` when something changes on `fd`, which is made non-blocking."""
        os.set_blocking(fd, False)
        self._watchers[fd] = watcher
        self._poller.add(fd)

    def unwatch(self, fd: int) -> None:
        """Forget `fd`; call it before closing."""
        if self._watchers.pop(fd, None) is not None:
            self._poller.remove(fd)

    def at(self, when_s: float, call: Callable[[], None]) -> Timer:
        """Call once at a time of `now_s`."""
        timer = Timer(when_s, call)
        heapq.heappush(self._timers, (when_s, next(self._order), timer))
        return timer

    def after(self, delay_s: float, call: Callable[[], None]) -> Timer:
        """Call once, `delay_s` from now."""
        return self.at(self.now_s() + delay_s, call)

    def soon(self, call: Callable[[], None]) -> Timer:
        """Call once, when the running callback has returned."""
        return self.at(0.0, call)

    def run(self) -> None:
        """Serve until `stop`."""
        self._running = True
        while self._running:
            self.step(None)

    def stop(self) -> None:
        """Let `run` return after the running callback."""
        self._running = False

    def step(self, longest_s: float | None) -> None:
        """Wait once (at most `longest_s`) and make the calls that are due."""
        for fd, what in self._poller.wait(self._timeout_s(longest_s)):
            watcher = self._watchers.get(fd)
            if watcher is not None:
                watcher(what)
        now = self.now_s()
        due = []
        while self._timers and self._timers[0][0] <= now:
            due.append(heapq.heappop(self._timers)[2])
        # What these ask for "soon" comes after the next look at the descriptors.
        for timer in due:
            if timer.call is not None:
                call, timer.call = timer.call, None
                call()

    def _timeout_s(self, longest_s: float | None) -> float | None:
        while self._timers and self._timers[0][2].call is None:
            heapq.heappop(self._timers)
        if not self._timers:
            return longest_s
        left = max(0.0, self._timers[0][0] - self.now_s())
        return left if longest_s is None else min(left, longest_s)
