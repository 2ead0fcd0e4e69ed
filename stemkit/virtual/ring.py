"""The buffer between a board's line and its program, and what happens when it is full."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, Protocol

from stemkit.virtual.loop import Loop, Timer
from stemkit.virtual.wire import PIECE_S

# When a program that has not read is looked at again while bytes wait for it.
_LOOK_AGAIN_S: Final = 0.002

_Ran = tuple[float, float, int]


@dataclass(frozen=True, slots=True)
class Ring:
    """A receive ring's facts."""

    size_bytes: int
    lossless: bool
    """True: a full ring holds the host back (USB). False: what does not fit is lost (UART)."""


class Program(Protocol):
    """What a receive ring needs to know of who reads from it (`Process`)."""

    terminal: int
    """Descriptor that its input is written to."""

    def unread(self) -> int:
        """Bytes that were written to the program and that it has not read."""
        ...

    def has_unread(self) -> bool:
        """True while there is something that the program can read."""
        ...

    def usage_s(self) -> tuple[float, float, int] | None:
        """How long it has run and waited to run, and how often it ran; None where not told."""
        ...

    def is_held_up(self) -> bool:
        """True while this computer keeps it from running."""
        ...

    def heeds_interrupt(self) -> bool:
        """True while a Ctrl-C byte interrupts, False while it is data."""
        ...


class Receiver:
    """Hands the line's bytes to a program, as much as its ring holds."""

    def __init__(
        self, loop: Loop, process: Program, ring: Ring, room_again: Callable[[], None]
    ) -> None:
        self._loop, self._process, self._ring = loop, process, ring
        self._room_again = room_again
        self._pending = b""
        self._looked: tuple[float, float, float, bool] | None = None
        self._on_its_way = False
        self._had_s = 0.0
        self._written: tuple[int, _Ran] | None = None
        self._again: Timer | None = None
        self.lost_bytes = 0

    def give(self, data: bytes) -> bool:
        """Take bytes from the line; False while the line must be held."""
        self._pending += data
        self._deliver()
        return not self._pending

    def stop(self) -> None:
        """The program is over."""
        if self._again is not None:
            self._again.cancel()

    def _deliver(self) -> None:
        room = self._ring.size_bytes - self._unread()
        if room > 0 and self._pending:
            self._looked = None
            ran = self._ran()
            with suppress(BlockingIOError):
                sent = os.write(self._process.terminal, self._pending[:room])
                self._pending = self._pending[sent:]
                self._written = (self._ring.size_bytes - room + sent, ran)
        if self._pending:
            self._full()

    def _unread(self) -> int:
        """Bytes in the ring. The system counts what was written a little later, so that a program
        that has not run since cannot have read any of it."""
        count = self._process.unread()
        self._on_its_way = False
        if self._written is None or self._written[0] <= self._ring.size_bytes // 2:
            return count
        expected, ran = self._written
        # The times alone are no proof (see `usage_s`); where nothing is left, it was read.
        if count < expected and ran == self._ran() and self._process.has_unread():
            self._on_its_way = True
            return expected
        return count

    def _ran(self) -> _Ran:
        """Differs from an earlier one when the program has run since, if the system tells it."""
        usage = self._process.usage_s()
        return usage if usage is not None else (self._loop.now_s(), 0.0, 0)

    def _full(self) -> None:
        if b"\x03" in self._pending and self._process.heeds_interrupt():
            # The interrupt works on the line's side of the ring.
            self._pending = self._pending.replace(b"\x03", b"")
            with suppress(BlockingIOError):
                os.write(self._process.terminal, b"\x03")
        if not self._ring.lossless:
            self._lose()
        if self._pending and self._again is None:
            self._again = self._loop.after(_LOOK_AGAIN_S, self._look_again)

    def _look_again(self) -> None:
        self._again = None
        self._deliver()
        if not self._pending:
            self._room_again()

    def _lose(self) -> None:
        """Drop bytes for the time that the program *could* have read in and did not.

        Time in which this computer kept it from running (or us from looking) does not count: a real
        board's program always has its processor. What the system says of waiting for one comes when
        it is over, and nothing tells how long a program was stopped: so between two looks counts
        what it ran, and all the time only where both found it asleep, with bytes to read.
        """
        usage = self._process.usage_s()
        now = self._loop.now_s()
        ran, waited, _ = usage if usage is not None else (now, 0.0, 0)
        kept = self._on_its_way or self._process.is_held_up()
        looked, self._looked = self._looked, (now, ran, waited, kept)
        if looked is None:
            self._had_s = 0.0
            return
        then, ran_then, waited_then, kept_then = looked
        had_s = ran - ran_then
        if not kept and not kept_then:
            had_s = (now - then) - (waited - waited_then)
        self._had_s += min(max(0.0, had_s), 2 * _LOOK_AGAIN_S)
        if self._had_s >= PIECE_S:
            # Its bytes would have come one by one within that time.
            self.lost_bytes += len(self._pending)
            self._pending = b""
            self._looked = None
