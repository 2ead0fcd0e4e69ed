"""One direction of a serial line: bytes take the time that they take on a real one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from stemkit.virtual.loop import Loop, Timer

BITS_A_BYTE: Final = 10
"""Start bit, 8 data bits, stop bit."""

PIECE_S: Final = 0.004
"""Bytes are moved in pieces of this duration: fine enough that a program does not notice, coarse
enough that forty boards at full rate leave the processor free."""
# A supervisor that was held up makes good at most this much.
_MOST_LATE_S: Final = 0.05


_AT_ONCE_BYTES: Final = 1 << 18


class Wire:
    """Takes bytes from `take(max)` and hands them to `give` when the last of them has passed.

    `give` returns False to hold the line: nothing more is taken until `kick`. `baud` 0 means that
    the line takes no time.
    """

    def __init__(
        self,
        loop: Loop,
        take: Callable[[int], bytes],
        give: Callable[[bytes], bool],
        baud: Callable[[], int],
    ) -> None:
        self._loop = loop
        self._take = take
        self._give = give
        self._baud = baud
        self._free_at_s = 0.0
        self._timer: Timer | None = None
        self._passing = b""
        self._held = False
        self._moving = False

    @property
    def idle(self) -> bool:
        """Nothing is on the line."""
        return self._timer is None and not self._held

    def kick(self) -> None:
        """There may be something to take, or a held line may go on."""
        if self._timer is None and not self._moving:
            now = self._loop.now_s()
            start_s = max(self._free_at_s, now)
            if self._held:
                # The sender went on meanwhile: what it could have sent comes now.
                start_s = max(self._free_at_s, now - _MOST_LATE_S)
            self._held = False
            self._move(start_s)

    def clear(self) -> None:
        """Forget what is on the line (the board lost power, the cable is out)."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._passing, self._held = None, b"", False

    def _move(self, start_s: float) -> None:
        self._moving = True
        try:
            self._move_on(start_s)
        finally:
            self._moving = False

    def _move_on(self, start_s: float) -> None:
        moved = 0
        while True:
            if moved >= _AT_ONCE_BYTES:
                # Others are served in between.
                self._timer = self._loop.soon(self._arrived)
                return
            baud = self._baud()
            now = self._loop.now_s()
            late_s = min(max(0.0, now - start_s), _MOST_LATE_S)
            most = max(1, int((PIECE_S + late_s) * baud) // BITS_A_BYTE) if baud else 65536
            data = self._take(most)
            if not data:
                self._free_at_s = start_s
                return
            due_s = start_s + (len(data) * BITS_A_BYTE / baud if baud else 0.0)
            self._free_at_s = due_s
            if due_s > now:
                self._passing = data
                self._timer = self._loop.at(due_s, self._arrived)
                return
            start_s = due_s
            moved += len(data)
            if not self._give(data):
                self._held = True
                return

    def _arrived(self) -> None:
        self._timer = None
        data, self._passing = self._passing, b""
        if not data or self._give(data):
            # The line was busy until now: time lost since then is made good.
            self._move(max(self._free_at_s, self._loop.now_s() - _MOST_LATE_S))
        else:
            self._held = True
