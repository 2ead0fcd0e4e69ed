"""The loop's wait on macOS. Written to kqueue(2); our tests do not reach it."""

from __future__ import annotations

import select
from typing import Any

from stemkit.virtual.poller import HANGUP, READABLE, WRITABLE


class KqueuePoller:
    """macOS and the BSDs. Written to the manual page; not run in our tests."""

    def __init__(self) -> None:
        # mypy checks for Linux, where `select` has no kqueue.
        self._select: Any = select
        self._kqueue = self._select.kqueue()

    def add(self, fd: int) -> None:
        """Watch `fd` for everything."""
        self._change(fd, self._select.KQ_EV_ADD | self._select.KQ_EV_CLEAR)

    def remove(self, fd: int) -> None:
        """Stop watching `fd`."""
        self._change(fd, self._select.KQ_EV_DELETE)

    def _change(self, fd: int, flags: int) -> None:
        for what in (self._select.KQ_FILTER_READ, self._select.KQ_FILTER_WRITE):
            try:
                self._kqueue.control([self._select.kevent(fd, what, flags)], 0)
            except OSError:
                # A listening socket has nothing to write, a pipe's read end neither.
                continue

    def wait(self, timeout_s: float | None) -> list[tuple[int, int]]:
        """Descriptors and what happened to each."""
        found = []
        for event in self._kqueue.control([], 64, timeout_s):
            what = READABLE if event.filter == self._select.KQ_FILTER_READ else WRITABLE
            if event.flags & self._select.KQ_EV_EOF:
                what |= HANGUP
            found.append((event.ident, what))
        return found
