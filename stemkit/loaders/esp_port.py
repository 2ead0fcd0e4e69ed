"""A link with the face of a pyserial port, which is what esptool talks to."""

from __future__ import annotations

import errno
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from stemkit.loaders.base import never
from stemkit.loaders.errors import LoaderTimeoutError, StoppedError
from stemkit.model.link import Link

# How long a read may sleep before it looks whether the person has stopped the work.
_SLICE_S: Final = 0.2
_WRITE_SLICE_BYTES: Final = 4096


class PortFace:
    """Shows `link` as esptool expects a port; closing it leaves the link open.

    Inside `within` every call ends by the limit. `starved` says whether the last read ran out of
    time with nothing read, which tells a silent board from a noisy line.
    """

    def __init__(
        self,
        link: Link,
        stopped: Callable[[], bool] = never,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.link = link
        self.timeout: float | None = 3.0
        self.write_timeout: float | None = None
        self.starved = False
        self._stopped = stopped
        self._clock = clock
        self._ends_s: float | None = None
        self._limit_s = 0.0
        self._stoppable = True
        self._dtr = False
        self._rts = False

    @property
    def name(self) -> str:
        """The port as a person names it; esptool looks at its beginning (`socket:`, `rfc2217:`)."""
        return self.link.name

    port = name

    @contextmanager
    def within(self, limit_s: float, *, stoppable: bool = True) -> Iterator[None]:
        """Everything in the block together may take `limit_s` seconds.

        Where it is not `stoppable`, it goes on although the person stopped the work.
        """
        self._limit_s = limit_s
        self._ends_s = self._clock() + limit_s
        self._stoppable = stoppable
        try:
            yield
        finally:
            self._ends_s = None
            self._stoppable = True

    def _look(self) -> float:
        """Seconds left; raises where the person stopped or the limit is over."""
        if self._stoppable and self._stopped():
            raise StoppedError
        left_s = float("inf") if self._ends_s is None else self._ends_s - self._clock()
        if left_s <= 0:
            raise LoaderTimeoutError(limit_s=round(self._limit_s))
        return left_s

    def read(self, size: int = 1) -> bytes:
        """Exactly `size` bytes, or what came within `timeout`."""
        wait_s = float("inf") if self.timeout is None else self.timeout
        give_up_s = self._clock() + wait_s
        found = b""
        while len(found) < size:
            left_s = min(self._look(), max(0.0, give_up_s - self._clock()))
            got = self.link.read(size - len(found), min(left_s, _SLICE_S))
            found += got
            if not got and self._clock() >= give_up_s:
                break
        self.starved = size > 0 and not found
        return found

    def heard_within(self, wait_s: float) -> bool:
        """Whether anything arrives within `wait_s`; it stays there to be read."""
        give_up_s = self._clock() + wait_s
        while not self.link.waiting():
            if self._clock() >= give_up_s:
                return False
            time.sleep(0.01)
        return True

    def write(self, data: bytes) -> int:
        """Send all of `data`."""
        view = memoryview(data)
        for start in range(0, len(view), _WRITE_SLICE_BYTES):
            self._look()
            self.link.write(bytes(view[start : start + _WRITE_SLICE_BYTES]))
        return len(view)

    @property
    def in_waiting(self) -> int:
        """Bytes that a read would give at once."""
        return self.link.waiting()

    def inWaiting(self) -> int:
        """pyserial's older name of `in_waiting`, which esptool uses."""
        return self.link.waiting()

    def reset_input_buffer(self) -> None:
        """Forget what has arrived."""
        waiting = self.link.waiting()
        while waiting:
            self._look()
            self.link.read(waiting, 0)
            waiting = self.link.waiting()

    flushInput = reset_input_buffer

    def reset_output_buffer(self) -> None:
        """Nothing waits here: `Link.write` hands all to the system."""

    flushOutput = reset_output_buffer
    flush = reset_output_buffer

    @property
    def baudrate(self) -> int:
        """The host's line rate in bits a second."""
        return self.link.baud

    @baudrate.setter
    def baudrate(self, value: int) -> None:
        if self.link.baud != value:
            self.link.baud = value

    @property
    def dtr(self) -> bool:
        """DTR as it was set last."""
        return self._dtr

    @property
    def rts(self) -> bool:
        """RTS as it was set last."""
        return self._rts

    def setDTR(self, state: bool = True) -> None:
        """Set DTR, leave RTS."""
        self._dtr = bool(state)
        self.link.set_lines(dtr=self._dtr, rts=self._rts)

    def setRTS(self, state: bool = True) -> None:
        """Set RTS, leave DTR."""
        self._rts = bool(state)
        self.link.set_lines(dtr=self._dtr, rts=self._rts)

    def fileno(self) -> int:
        """The descriptor for esptool's own ioctl; ENOTTY tells it that there are no modem lines."""
        number = self.link.fileno()
        if number is None:
            raise OSError(errno.ENOTTY, "no descriptor")
        return number

    def isOpen(self) -> bool:
        """Always: a link that has gone raises instead."""
        return True

    def open(self) -> None:
        """Nothing: the link belongs to the caller."""

    def close(self) -> None:
        """Nothing: the link belongs to the caller."""
