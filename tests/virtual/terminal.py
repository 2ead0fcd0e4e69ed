"""What a terminal's other side has to read."""

from __future__ import annotations

import fcntl
import struct
import termios


def waiting(fd: int) -> int:
    """Bytes that can be read."""
    return int(struct.unpack("i", fcntl.ioctl(fd, termios.FIONREAD, bytes(4)))[0])
