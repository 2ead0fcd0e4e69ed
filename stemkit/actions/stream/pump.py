"""Bytes of many links at once.

A selector waits for all links with a descriptor; links without one (Windows, `rfc2217://`, memory)
have a thread each that sleeps between its reads, so that many bytes come in one piece. 40 boards
at full 115200 baud cost a twentieth of a core one way, a sixteenth the other, and half a core with
threads that wake for every byte.
"""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from stemkit.actions.stream.steady import Clock, steady_s
from stemkit.errors import BoardError, NoSuchBoardError
from stemkit.model.link import Link

TICK_S = 0.015
"""Between two rounds of reading: what comes meanwhile is read in one piece."""
BUSY_TICK_S = 0.038
"""The same while `BUSY_LINKS` or more send at once, none of them much: a whole classroom costs
half as much so. A display draws what each round brings: it is read as often as it is drawn."""
BUSY_LINKS = 16
MOST_BYTES = 8192
"""Read from one link in a round: half a megabyte a second, which holds a flooding board back."""
_ONE_READ = 4096


@dataclass(frozen=True, slots=True)
class Arrival:
    """Bytes of one link that came between `since_s` and `t_s`; `data` None: the link was lost."""

    key: str
    data: bytes | None
    t_s: float
    since_s: float
    more: bool = False
    """The round's limit was reached: more is waiting."""


class Pump(Protocol):
    """Waits for many links. All calls but `wake` come from one thread."""

    def add(self, key: str, link: Link) -> None:
        """Read from `link` from now on."""
        ...

    def remove(self, key: str) -> None:
        """Forget a link (without closing it)."""
        ...

    def wait(self, timeout_s: float) -> list[Arrival]:
        """What came, at most one arrival a link; [] after `timeout_s`, or after `wake`."""
        ...

    def wake(self) -> None:
        """Let a waiting `wait` return (from any thread)."""
        ...

    def close(self) -> None:
        """Stop reading; the links stay open."""
        ...


class ThreadPump:
    """A thread a link."""

    def __init__(
        self, clock: Clock = steady_s, on_arrival: Callable[[], None] | None = None
    ) -> None:
        self._clock = clock
        self._on_arrival = on_arrival
        self._arrived: deque[Arrival] = deque()
        self._changed = threading.Condition()
        self._woken = False
        self._stops: dict[str, threading.Event] = {}

    def add(self, key: str, link: Link) -> None:
        """See `Pump.add`."""
        stop = self._stops[key] = threading.Event()
        threading.Thread(
            target=self._read, args=(key, link, stop), name=f"read {key}", daemon=True
        ).start()

    def remove(self, key: str) -> None:
        """See `Pump.remove`."""
        stop = self._stops.pop(key, None)
        if stop is not None:
            stop.set()

    def wait(self, timeout_s: float) -> list[Arrival]:
        """See `Pump.wait`."""
        with self._changed:
            if not self._arrived and not self._woken:
                self._changed.wait(timeout_s)
            self._woken = False
        return self.taken()

    def taken(self) -> list[Arrival]:
        """What has come so far, without waiting."""
        with self._changed:
            arrived, self._arrived = list(self._arrived), deque()
        return [arrival for arrival in arrived if arrival.key in self._stops]

    def wake(self) -> None:
        """See `Pump.wake`."""
        with self._changed:
            self._woken = True
            self._changed.notify()

    def close(self) -> None:
        """See `Pump.close`."""
        for key in list(self._stops):
            self.remove(key)

    def _read(self, key: str, link: Link, stop: threading.Event) -> None:
        since_s = self._clock()
        while not stop.is_set():
            asked_s = self._clock()
            try:
                data = link.read(MOST_BYTES, 0.2)
            except (BoardError, NoSuchBoardError):
                if not stop.is_set():
                    self._put(Arrival(key, None, self._clock(), since_s))
                return
            t_s = self._clock()
            if t_s - asked_s > TICK_S:
                since_s = t_s  # Nothing had waited: the first bytes came just now.
            if data and not stop.is_set():
                self._put(Arrival(key, data, t_s, since_s, len(data) >= MOST_BYTES))
                time.sleep(TICK_S)
            since_s = t_s

    def _put(self, arrival: Arrival) -> None:
        with self._changed:
            self._arrived.append(arrival)
            self._changed.notify()
        if self._on_arrival is not None:
            self._on_arrival()


class SelectorPump:
    """One selector for all links with a descriptor, a `ThreadPump` for the others."""

    def __init__(self, clock: Clock = steady_s) -> None:
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._links: dict[str, tuple[Link, int]] = {}
        self._ears, self._mouth = socket.socketpair()
        self._ears.setblocking(False)
        self._mouth.setblocking(False)
        self._selector.register(self._ears, selectors.EVENT_READ, None)
        self._threads = ThreadPump(clock, self.wake)
        self._read_at_s = clock()
        self._tick_s = TICK_S

    def add(self, key: str, link: Link) -> None:
        """See `Pump.add`."""
        descriptor = link.fileno()
        if descriptor is None:
            self._threads.add(key, link)
            return
        self._selector.register(descriptor, selectors.EVENT_READ, key)
        self._links[key] = (link, descriptor)

    def remove(self, key: str) -> None:
        """See `Pump.remove`."""
        self._threads.remove(key)
        link = self._links.pop(key, None)
        if link is not None:
            with contextlib.suppress(KeyError, ValueError, OSError):
                self._selector.unregister(link[1])

    def wait(self, timeout_s: float) -> list[Arrival]:
        """See `Pump.wait`."""
        early_s = self._read_at_s + self._tick_s - self._clock()
        if early_s > 0:
            time.sleep(min(early_s, self._tick_s))
        asked_s = self._clock()
        ready = self._selector.select(timeout_s)
        woke_s = self._clock()
        # Where nothing had waited, the first bytes came just now.
        since_s = woke_s if woke_s - asked_s > 0.001 else self._read_at_s
        arrivals = self._threads.taken()
        for entry, _ in ready:
            if entry.data is None:
                self._listen()
                arrivals += self._threads.taken()
            else:
                arrivals += self._read(entry.data, since_s)
        self._read_at_s = self._clock()
        self._tick_s = _next_tick_s(arrivals)
        return arrivals

    def wake(self) -> None:
        """See `Pump.wake`."""
        # Full: it is awake already. Closed: nobody waits any more.
        with contextlib.suppress(OSError):
            self._mouth.send(b"!")

    def close(self) -> None:
        """See `Pump.close`."""
        self._threads.close()
        self._selector.close()
        self._ears.close()
        self._mouth.close()

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            self._ears.recv(4096)

    def _read(self, key: str, since_s: float) -> list[Arrival]:
        link, _ = self._links[key]
        pieces: list[bytes] = []
        size, lost = 0, False
        try:
            while size < MOST_BYTES:
                piece = link.read(MOST_BYTES - size, 0.0)
                size += len(piece)
                pieces.append(piece)
                # A pseudo-terminal gives 4 kB at a time; less means that it is empty.
                if len(piece) < _ONE_READ // 2:
                    break
        except (BoardError, NoSuchBoardError):
            lost = True
        t_s = self._clock()
        found = []
        if size:
            data = pieces[0] if len(pieces) == 1 else b"".join(pieces)
            found.append(Arrival(key, data, t_s, since_s, size >= MOST_BYTES))
        if lost:
            self.remove(key)
            found.append(Arrival(key, None, t_s, since_s))
        return found


def _next_tick_s(arrivals: Sequence[Arrival]) -> float:
    # What a fast board sends must not fill what the system keeps for it: a pseudo-terminal 4 kB.
    much = any(a.data is not None and len(a.data) > _ONE_READ // 3 for a in arrivals)
    return BUSY_TICK_S if len(arrivals) >= BUSY_LINKS and not much else TICK_S


def new_pump(clock: Clock = steady_s) -> Pump:
    """The pump for this system: Windows cannot select on ports."""
    import sys

    return ThreadPump(clock) if sys.platform == "win32" else SelectorPump(clock)
