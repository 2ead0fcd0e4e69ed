"""What the stream hands on, and the box in which it waits for a subscriber."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from stemkit.model.reading import Happening, Item, Kind, Readings


@dataclass(frozen=True, slots=True)
class RawLines:
    """A board's lines word for word, with the time at which each arrived."""

    board: str
    lines: Sequence[bytes]
    host_s: Sequence[float]


@dataclass(frozen=True, slots=True)
class Delivery:
    """All that came in one round: what the lines mean, and the lines themselves."""

    items: list[Item] = field(default_factory=list)
    raw: list[RawLines] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.items or self.raw)

    def rows(self) -> int:
        """Number of readings in it."""
        return sum(len(item) for item in self.items if isinstance(item, Readings))


Shape = Callable[[list[Item]], list[Item]]
"""Adds to what came, before anybody sees it: calibration, derived channels, alarms."""


def unshaped(items: list[Item]) -> list[Item]:
    """The default shape: nothing is added."""
    return items


class Subscriber(Protocol):
    """Whoever wants the readings. `deliver` is called by the reading thread and never waits."""

    @property
    def full(self) -> bool:
        """Whether the reading must wait: this one drops nothing and has not kept up."""
        ...

    def deliver(self, delivery: Delivery) -> None:
        """Take a delivery; it must not be changed, others have it too."""
        ...


FULL_ROWS = 300_000
"""Readings (some 40 MB) that wait for one who drops nothing before boards are held back."""


class Mailbox:
    """Keeps deliveries until they are taken.

    With `most_rows` the oldest are dropped beyond that many readings, and the next `take` begins
    with a `DROPPED` happening that says how many; with None nothing is ever dropped, and beyond
    `FULL_ROWS` it is `full`.
    """

    def __init__(self, name: str, most_rows: int | None) -> None:
        self.name = name
        self.dropped_rows = 0
        """Readings dropped so far."""
        self.on_delivery: Callable[[], None] | None = None
        """Called by the reading thread after each delivery; must not wait."""
        self._most_rows = most_rows
        self._waiting: deque[Delivery] = deque()
        self._rows = 0
        self._untold = 0
        self._changed = threading.Condition()
        self._closed = False

    @property
    def full(self) -> bool:
        """See `Subscriber.full`."""
        return self._most_rows is None and self._rows > FULL_ROWS

    def deliver(self, delivery: Delivery) -> None:
        """See `Subscriber.deliver`."""
        with self._changed:
            self._waiting.append(delivery)
            self._rows += delivery.rows()
            if self._most_rows is not None:
                self._drop(self._most_rows)
            self._changed.notify()
        if self.on_delivery is not None:
            self.on_delivery()

    def take(self, timeout_s: float = 0.0) -> list[Delivery]:
        """All that waits, oldest first; waits up to `timeout_s` for something to come."""
        with self._changed:
            if not self._waiting and not self._closed and timeout_s > 0:
                self._changed.wait(timeout_s)
            taken, self._waiting, self._rows = list(self._waiting), deque(), 0
            untold, self._untold = self._untold, 0
        if untold:
            detail = {"subscriber": self.name, "rows": untold}
            t_s = _first_time(taken)
            taken.insert(0, Delivery([Happening("", t_s, Kind.DROPPED, detail)]))
        return taken

    def close(self) -> None:
        """Let a waiting `take` return at once, now and from now on."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        """Whether `close` was called."""
        return self._closed

    def _drop(self, most_rows: int) -> None:
        while self._rows > most_rows and len(self._waiting) > 1:
            rows = self._waiting.popleft().rows()
            self._rows -= rows
            self._untold += rows
            self.dropped_rows += rows


def _first_time(deliveries: list[Delivery]) -> float:
    for delivery in deliveries:
        for item in delivery.items:
            return item.t_s[0] if isinstance(item, Readings) else item.t_s
    return 0.0
