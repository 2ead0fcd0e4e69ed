"""The system's wait for many descriptors, told of changes only (edge-triggered)."""

from __future__ import annotations

import select
from typing import Final, Protocol

READABLE: Final = 1
WRITABLE: Final = 2
HANGUP: Final = 4


class Poller(Protocol):
    """The system's edge-triggered wait."""

    def add(self, fd: int) -> None:
        """Watch `fd` for everything."""
        ...

    def remove(self, fd: int) -> None:
        """Stop watching `fd`."""
        ...

    def wait(self, timeout_s: float | None) -> list[tuple[int, int]]:
        """Descriptors and what happened to each; [] after `timeout_s` (None waits for ever)."""
        ...


class EpollPoller:
    """Linux: epoll, edge-triggered."""

    # Above this a timer may be late by epoll's granularity of 1 ms.
    _FINE_S: Final = 0.004

    def __init__(self) -> None:
        self._epoll = select.epoll()

    def add(self, fd: int) -> None:
        """Watch `fd` for everything."""
        self._epoll.register(fd, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)

    def remove(self, fd: int) -> None:
        """Stop watching `fd`."""
        self._epoll.unregister(fd)

    def wait(self, timeout_s: float | None) -> list[tuple[int, int]]:
        """Descriptors and what happened to each."""
        if timeout_s is not None and timeout_s < self._FINE_S:
            if timeout_s > 0:
                select.select([self._epoll], [], [], timeout_s)
            timeout_s = 0
        found = []
        for fd, events in self._epoll.poll(timeout_s):
            what = 0
            if events & (select.EPOLLIN | select.EPOLLERR):
                what |= READABLE
            if events & select.EPOLLOUT:
                what |= WRITABLE
            if events & select.EPOLLHUP:
                what |= HANGUP | READABLE
            found.append((fd, what))
        return found
