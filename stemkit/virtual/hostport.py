"""Where the host plugs in: the port that any serial program opens.

A port carries bytes and tells the board what the host did (opened, closed, set the rate or the
modem lines). The variants are `PtyPort` here and the sockets of `netport`; a system without
pseudo-terminals (Windows) would have the sockets alone.
"""

from __future__ import annotations

import errno
import fcntl
import os
import select
import struct
import sys
import termios
import tty
from pathlib import Path
from typing import Final, Protocol

from stemkit.virtual.loop import Loop, Timer
from stemkit.virtual.poller import HANGUP, READABLE


class Plugged(Protocol):
    """What a port tells the board that it belongs to."""

    board_baud: int
    """The board's side of the rate, in bits a second."""

    def host_wrote(self) -> None:
        """There is something to `take`."""
        ...

    def host_closed(self) -> None:
        """The last program that had the port open has closed it."""
        ...

    def host_took(self) -> None:
        """The host has read: `waiting` is small again."""
        ...

    def host_set_lines(self, dtr: bool, rts: bool) -> None:
        """The host changed DTR or RTS; never called for a port without them."""
        ...

    def host_purged(self) -> None:
        """The host throws away what the adapter holds for it."""
        ...

    def host_break(self) -> None:
        """The host sent a break; never called for a port without modem lines."""
        ...


class HostPort(Protocol):
    """A port that a host opens."""

    name: str
    has_lines: bool

    def take(self, max_bytes: int) -> bytes:
        """What the host has written, b"" for nothing."""
        ...

    def give(self, data: bytes) -> None:
        """Hand bytes to the host; far more than it reads is lost, as in a real driver."""
        ...

    def waiting(self) -> int:
        """Bytes that the host could not take yet."""
        ...

    def host_baud(self) -> int:
        """Rate that the host has set, in bits a second."""
        ...

    def is_open(self) -> bool:
        """True while a program has the port open."""
        ...

    def close(self) -> None:
        """Pull the cable: the host sees its device vanish."""
        ...


# asm-generic/ioctls.h and termbits.h (Linux): struct termios2 has the rates as numbers, so that
# rates without a constant (74880) are seen too.
_TCGETS2: Final = 0x802C542A
_TERMIOS2: Final = struct.Struct("4IB19B2I")


ENOUGH_WAITING_BYTES: Final = 16_384
"""A sender that can wait stops when so much waits for the host."""
MOST_WAITING_BYTES: Final = 1 << 20
"""What comes beyond it is lost: nobody reads."""
# The system says once that there is room, at times a moment before there is.
_ROOM_AGAIN_S: Final = 0.02


class PtyPort:
    """A pseudo-terminal: a device file like any serial port's, but without modem lines.

    `name` is a link of our own to the device, so that a board that is unplugged and plugged in
    comes back under its name.
    """

    has_lines = False

    def __init__(self, loop: Loop, link: Path, board: Plugged, baud: int) -> None:
        self._loop, self._board = loop, board
        self.name = str(link)
        self._link = link
        self._master, slave = os.openpty()
        _make_raw(slave, baud)
        link.unlink(missing_ok=True)
        link.symlink_to(os.ttyname(slave))
        # With no descriptor of ours on it, the system tells when the host opens and closes it.
        self._hold = slave if sys.platform != "linux" else -1
        if self._hold < 0:
            os.close(slave)
        self._unsent = b""
        self._again: Timer | None = None
        self._poll = select.poll()
        self._poll.register(self._master, 0)
        loop.watch(self._master, self._changed)

    def take(self, max_bytes: int) -> bytes:
        """What the host has written."""
        if self._master < 0:
            return b""
        try:
            return os.read(self._master, max_bytes)
        except BlockingIOError:
            return b""
        except OSError as error:
            if error.errno == errno.EIO:
                return b""
            raise

    def give(self, data: bytes) -> None:
        """Hand bytes to the host."""
        if self._master < 0 or not self.is_open():
            self._unsent = b""
            return
        data = self._unsent + data
        try:
            sent = os.write(self._master, data)
        except BlockingIOError:
            sent = 0
        self._unsent = data[sent : sent + MOST_WAITING_BYTES]
        if self._unsent and self._again is None:
            self._again = self._loop.after(_ROOM_AGAIN_S, self._look_again)

    def _look_again(self) -> None:
        self._again = None
        self._go_on()

    def _go_on(self) -> None:
        if self._unsent:
            self.give(b"")
            if len(self._unsent) < ENOUGH_WAITING_BYTES:
                self._board.host_took()

    def waiting(self) -> int:
        """Bytes that the host could not take yet."""
        return len(self._unsent)

    def host_baud(self) -> int:
        """Rate that the host has set."""
        if sys.platform != "linux":
            return int(termios.tcgetattr(self._master)[5])
        raw = fcntl.ioctl(self._master, _TCGETS2, bytes(_TERMIOS2.size))
        return int(_TERMIOS2.unpack(raw)[-1])

    def is_open(self) -> bool:
        """True while a program has the port open."""
        return not any(what & select.POLLHUP for _, what in self._poll.poll(0))

    def close(self) -> None:
        """Pull the cable."""
        if self._master < 0:
            return
        if self._again is not None:
            self._again.cancel()
        self._loop.unwatch(self._master)
        os.close(self._master)
        self._master = -1
        if self._hold >= 0:
            os.close(self._hold)
        self._link.unlink(missing_ok=True)

    def _changed(self, what: int) -> None:
        self._go_on()
        # On a busy computer the next program has it open by now: what waits is of that program.
        reopened = bool(what & HANGUP) and self.is_open()
        if reopened:
            self._closed()
        if what & READABLE:
            self._board.host_wrote()
        if what & HANGUP and not reopened:
            self._closed()

    def _closed(self) -> None:
        if self._master >= 0:
            self._unsent = b""
            self._board.host_took()
            self._board.host_closed()


def _make_raw(fd: int, baud: int) -> None:
    tty.setraw(fd)
    attributes = termios.tcgetattr(fd)
    speed = getattr(termios, f"B{baud}", termios.B115200)
    attributes[4] = attributes[5] = speed
    termios.tcsetattr(fd, termios.TCSANOW, attributes)
