"""Text that was heard at the wrong rate, and which rate to try next. Pure: no port, no clock."""

from __future__ import annotations

from typing import Final

RATES: Final = (115200, 9600, 57600, 38400, 19200, 74880, 230400, 250000, 460800, 921600, 1000000)
"""Bits a second: MicroPython's, Arduino's, then the others of serial monitors' menus, the likely
ones first."""

_LISTEN_S: Final = 2.0
_LEAST_LETTERS: Final = 24
_GARBLED: Final = 0.25
_CLEAN: Final = 0.05


class RateFinder:
    """Follows what comes over one port until its text is known to be readable.

    At a wrong rate a third of the bytes or more are no text (framing errors, high bits, control
    bytes); at the right one nearly none are, in any language's UTF-8.
    """

    def __init__(self, baud: int) -> None:
        self.baud = baud
        """The rate that is listened at."""
        self.garbled = False
        """No text was heard at the first rate."""
        self.settled = False
        """Nothing more is tried: text was heard, or every rate was tried in vain."""
        self._left = [rate for rate in RATES if rate != baud]
        self._first_baud = baud
        self._letters = self._bad = 0
        self._since_s: float | None = None

    def hear(self, data: bytes, t_s: float) -> bool:
        """Take bytes that arrived at `t_s`; True where `baud`, `garbled` or `settled` changed."""
        if self.settled:
            return False
        if self._since_s is None:
            self._since_s = t_s
        text = data.decode("utf-8", "replace")
        self._letters += len(text)
        self._bad += sum(not (c.isprintable() or c in "\r\n\t") or c == "\ufffd" for c in text)
        if self._letters < _LEAST_LETTERS:
            return False
        share = self._bad / self._letters
        if share <= _CLEAN:
            self.settled = True
            return self.garbled
        if t_s - self._since_s < _LISTEN_S:
            return False
        if share < _GARBLED:
            self._listen_anew()
            return False
        return self._try_next()

    def _try_next(self) -> bool:
        self.garbled = True
        if self._left:
            self.baud = self._left.pop(0)
        else:
            self.baud, self.settled = self._first_baud, True
        self._listen_anew()
        return True

    def _listen_anew(self) -> None:
        self._letters = self._bad = 0
        self._since_s = None
