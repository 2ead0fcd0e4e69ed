"""A port without a descriptor: Windows' COM ports and `rfc2217://`.

pyserial renegotiates the whole port when its `timeout` is set, so one short timeout is set once and
waiting is done in steps of it.
"""

from __future__ import annotations

import contextlib
import errno
import time
from typing import Any

from stemkit.links.errors import BaudRefusedError, LinkLostError, LinkStalledError
from stemkit.links.translate import while_open
from stemkit.model.link import LinkCapabilities

TICK_S = 0.02
WRITE_STALL_S = 10.0


class PolledLink:
    """A link over an open pyserial port whose `timeout` is `TICK_S`."""

    def __init__(self, name: str, serial: Any, *, modem_lines: bool = True) -> None:
        self._name = name
        self._serial: Any = serial
        self._modem_lines = modem_lines

    @property
    def name(self) -> str:
        """The port as it was given."""
        return self._name

    @property
    def capabilities(self) -> LinkCapabilities:
        """Modem lines, where there are some, and rate: both reach the board."""
        return LinkCapabilities(modem_lines=self._modem_lines, baud=True)

    @property
    def baud(self) -> int:
        """Line rate of the host's side in bits a second."""
        return int(self._serial.baudrate)

    @baud.setter
    def baud(self, value: int) -> None:
        self._must_be_open()
        before = self.baud
        try:
            self._serial.flush()
            self._serial.baudrate = value
        except (ValueError, OSError) as error:
            if not self._serial.is_open:
                raise while_open(error, self._name) from error
            self._serial._baudrate = before
            raise BaudRefusedError(port=self._name, baud=value) from error

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived, at most `max_bytes`, as soon as there is any; b"" after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        try:
            while True:
                there = self.waiting()
                if there:
                    return bytes(self._serial.read(min(there, max_bytes)))
                if time.monotonic() >= deadline:
                    return b""
                # One byte or a tick: then take with it all that has come meanwhile.
                first = bytes(self._serial.read(1))
                if first:
                    rest = min(self.waiting(), max_bytes - 1)
                    return first + (bytes(self._serial.read(rest)) if rest else b"")
        except OSError as error:
            raise while_open(error, self._name) from error

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises `LinkStalledError` when the system takes nothing for 10 s."""
        self._must_be_open()
        try:
            self._serial.write(data)
        except OSError as error:
            if type(error).__name__ == "SerialTimeoutException":
                raise LinkStalledError(port=self._name, seconds=round(WRITE_STALL_S)) from error
            raise while_open(error, self._name) from error

    def waiting(self) -> int:
        """Number of bytes that `read` would give at once."""
        self._must_be_open()
        try:
            return int(self._serial.in_waiting)
        except OSError as error:
            raise while_open(error, self._name) from error

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Set the modem lines; never by way of RTS alone, which holds an ESP board in reset."""
        self._must_be_open()
        try:
            set_lines_in_safe_order(self._serial, dtr=dtr, rts=rts)
        except OSError as error:
            # A pseudo-terminal has no lines to set; a port that has gone says so here too.
            if error.errno not in (errno.ENOTTY, errno.EINVAL):
                raise while_open(error, self._name) from error

    def fileno(self) -> int | None:
        """None: there is nothing for a selector to wait on."""
        return None

    def close(self) -> None:
        """Let go of the port."""
        with contextlib.suppress(OSError):
            self._serial.close()

    def _must_be_open(self) -> None:
        if not self._serial.is_open:
            raise LinkLostError(port=self._name)


def set_lines_in_safe_order(serial: Any, *, dtr: bool, rts: bool) -> None:
    """Set DTR and RTS one after the other without passing through RTS-only where avoidable."""
    if rts:
        serial.dtr = dtr
        serial.rts = rts
    else:
        serial.rts = rts
        serial.dtr = dtr
