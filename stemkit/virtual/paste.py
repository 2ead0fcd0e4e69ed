"""When a board runs code that came by raw paste: only then must Ctrl-C interrupt at its raw prompt.

The unix port forgets to let its terminal send the interrupt for such code (it does for code that
was typed or came in plain raw mode), so whoever holds the terminal does it.
"""

from __future__ import annotations

import enum
from typing import Final

_ASK: Final = b"\x05A\x01"
_GRANTED: Final = b"R\x01"
_END: Final = b"\x04"
# The board's: code taken, output over, traceback over.
_ENDS_OF_A_RUN: Final = 3


class _Step(enum.Enum):
    IDLE = enum.auto()
    ASKED = enum.auto()
    PASTING = enum.auto()
    RUNNING = enum.auto()


class PasteWatch:
    """Follows both directions of a board's line; feed it every byte."""

    def __init__(self) -> None:
        self._step = _Step.IDLE
        self._tail = b""
        self._ends = 0

    @property
    def running(self) -> bool:
        """Whether pasted code runs, as far as its output shows."""
        return self._step is _Step.RUNNING

    def from_host(self, data: bytes) -> bool:
        """Whether code that was pasted begins to run with these bytes."""
        if self._step is _Step.PASTING and _END in data:
            self._step, self._tail, self._ends = _Step.RUNNING, b"", 0
            return True
        if self._step in (_Step.IDLE, _Step.ASKED) and _ASK in self._tail + data:
            self._step, self._tail = _Step.ASKED, b""
        elif self._step is _Step.IDLE:
            self._tail = (self._tail + data)[-2:]
        return False

    def from_board(self, data: bytes) -> bool:
        """Whether the code that ran is over with these bytes."""
        if self._step is _Step.ASKED:
            if _GRANTED in self._tail + data:
                self._step = _Step.PASTING
            self._tail = data[-1:]
        elif self._step is _Step.RUNNING:
            self._ends += data.count(_END)
            if self._ends >= _ENDS_OF_A_RUN:
                self._step, self._tail = _Step.IDLE, b""
                return True
        return False
