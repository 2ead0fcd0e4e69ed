"""A serial port on a system with file descriptors: pyserial opens and sets it, we move the bytes.

pyserial's own `read` waits until all that was asked for has come; a board's answer is of unknown
length, so this one gives what is there.
"""

from __future__ import annotations

import contextlib
import os
import select
import time
from typing import Any

from stemkit.links.errors import BaudRefusedError, LinkLostError, LinkStalledError
from stemkit.links.translate import while_open
from stemkit.model.link import LinkCapabilities

# A board that takes nothing for so long is stuck; at 9600 baud the system's 4 KiB need 4.3 s.
WRITE_STALL_S = 10.0
_DRAIN_S = 1.0


class DescriptorLink:
    """A link over an open pyserial port of POSIX (a device or a pseudo-terminal)."""

    def __init__(self, name: str, serial: Any) -> None:
        self._name = name
        self._serial: Any = serial
        self._capabilities = LinkCapabilities(modem_lines=_has_lines(serial.fd), baud=True)

    @property
    def name(self) -> str:
        """The port's path as it was given."""
        return self._name

    @property
    def capabilities(self) -> LinkCapabilities:
        """Modem lines where the driver has them."""
        return self._capabilities

    @property
    def baud(self) -> int:
        """Line rate of the host's side in bits a second."""
        return int(self._serial.baudrate)

    @baud.setter
    def baud(self, value: int) -> None:
        self._drain()
        before = self.baud
        try:
            self._serial.baudrate = value
        except (ValueError, OSError) as error:
            if _is_gone(self._serial.fd):
                raise while_open(error, self._name) from error
            self._serial._baudrate = before
            raise BaudRefusedError(port=self._name, baud=value) from error

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived, at most `max_bytes`, as soon as there is any; b"" after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        fd = self._descriptor()
        try:
            while True:
                left_s = max(0.0, deadline - time.monotonic())
                if not select.select([fd], [], [], left_s)[0]:
                    return b""
                data = _read_now(fd, max_bytes)
                if data:
                    return data
                # Ready without data: the device has gone, or another program took the bytes.
                if _is_gone(fd):
                    raise LinkLostError(port=self._name)
                if time.monotonic() >= deadline:
                    return b""
        except (OSError, ValueError) as error:
            raise while_open(error, self._name) from error

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises `LinkStalledError` when nothing is taken for 10 s."""
        fd = self._descriptor()
        rest = memoryview(data)
        try:
            while rest:
                if not select.select([], [fd], [], WRITE_STALL_S)[1]:
                    raise LinkStalledError(port=self._name, seconds=round(WRITE_STALL_S))
                with contextlib.suppress(BlockingIOError):
                    rest = rest[os.write(fd, rest) :]
        except (OSError, ValueError) as error:
            raise while_open(error, self._name) from error

    def waiting(self) -> int:
        """Number of bytes that `read` would give at once."""
        try:
            self._descriptor()
            return int(self._serial.in_waiting)
        except OSError as error:
            raise while_open(error, self._name) from error

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Set both modem lines in one step: between two steps an ESP board would reset."""
        fd = self._descriptor()
        if not self._capabilities.modem_lines:
            return
        try:
            set_lines_at_once(fd, dtr=dtr, rts=rts)
        except OSError as error:
            raise while_open(error, self._name) from error

    def fileno(self) -> int | None:
        """The port's descriptor."""
        return self._descriptor()

    def close(self) -> None:
        """Let go of the port."""
        with contextlib.suppress(OSError):
            self._serial.close()

    def _descriptor(self) -> int:
        fd = self._serial.fd
        if fd is None:
            raise LinkLostError(port=self._name)
        return int(fd)

    def _drain(self) -> None:
        # What is still in the driver would leave at the new rate. tcdrain could wait for ever.
        deadline = time.monotonic() + _DRAIN_S
        self._descriptor()
        with contextlib.suppress(OSError):
            while self._serial.out_waiting and time.monotonic() < deadline:
                time.sleep(0.001)


def set_lines_at_once(fd: int, *, dtr: bool, rts: bool) -> None:
    """Set DTR and RTS of a port with one request to the driver."""
    import fcntl
    import struct
    import termios

    lines = struct.unpack("I", fcntl.ioctl(fd, termios.TIOCMGET, struct.pack("I", 0)))[0]
    lines &= ~(termios.TIOCM_DTR | termios.TIOCM_RTS)
    lines |= (termios.TIOCM_DTR if dtr else 0) | (termios.TIOCM_RTS if rts else 0)
    fcntl.ioctl(fd, termios.TIOCMSET, struct.pack("I", lines))


def _has_lines(fd: int) -> bool:
    import fcntl
    import termios

    try:
        fcntl.ioctl(fd, termios.TIOCMGET, b"\0\0\0\0")
    except OSError:
        return False
    return True


def _read_now(fd: int, max_bytes: int) -> bytes:
    try:
        return os.read(fd, max_bytes)
    except BlockingIOError:
        return b""


def _is_gone(fd: int | None) -> bool:
    import termios

    if fd is None:
        return True
    try:
        termios.tcgetattr(fd)
    except (termios.error, OSError):
        return True
    return False
