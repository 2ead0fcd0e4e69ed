"""Two links joined in memory: what one writes the other reads."""

from __future__ import annotations

import threading
import time

from stemkit.links.errors import LinkLostError
from stemkit.model.link import LinkCapabilities


class _Pipe:
    """One direction: bytes on their way, and whether the writer has left."""

    def __init__(self) -> None:
        self.bytes = bytearray()
        self.ended = False
        self.changed = threading.Condition()

    def put(self, data: bytes) -> bool:
        """Add bytes; False when nobody will read them."""
        with self.changed:
            if self.ended:
                return False
            self.bytes += data
            self.changed.notify_all()
            return True

    def take(self, max_bytes: int, timeout_s: float) -> bytes | None:
        """What is there, b"" after the time, None when it has ended and is empty."""
        deadline = time.monotonic() + timeout_s
        with self.changed:
            while not self.bytes:
                if self.ended:
                    return None
                left_s = deadline - time.monotonic()
                if left_s <= 0 or not self.changed.wait(left_s):
                    return b""
            taken = bytes(self.bytes[:max_bytes])
            del self.bytes[:max_bytes]
            return taken

    def end(self) -> None:
        with self.changed:
            self.ended = True
            self.changed.notify_all()


class MemoryLink:
    """One end of a pair; made by `memory_pair`."""

    def __init__(self, name: str, incoming: _Pipe, outgoing: _Pipe, baud: int) -> None:
        self._name = name
        self._incoming = incoming
        self._outgoing = outgoing
        self._baud = baud
        self._closed = False
        self.lines = (False, False)
        """The last (DTR, RTS) that `set_lines` was given, for the other end to look at."""

    @property
    def name(self) -> str:
        """The name that the pair was made with."""
        return self._name

    @property
    def capabilities(self) -> LinkCapabilities:
        """A rate that can be set and read back; no modem lines."""
        return LinkCapabilities(modem_lines=False, baud=True)

    @property
    def baud(self) -> int:
        """The rate that was last set, in bits a second; it does not pace anything."""
        return self._baud

    @baud.setter
    def baud(self, value: int) -> None:
        self._must_be_open()
        self._baud = value

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived, at most `max_bytes`, as soon as there is any; b"" after `timeout_s`."""
        self._must_be_open()
        taken = self._incoming.take(max_bytes, timeout_s)
        if taken is None:
            raise LinkLostError(port=self._name)
        return taken

    def write(self, data: bytes) -> None:
        """Give all of `data` to the other end."""
        self._must_be_open()
        if not self._outgoing.put(data):
            raise LinkLostError(port=self._name)

    def waiting(self) -> int:
        """Number of bytes that `read` would give at once."""
        self._must_be_open()
        if self._incoming.ended and not self._incoming.bytes:
            raise LinkLostError(port=self._name)
        return len(self._incoming.bytes)

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Keep the lines in `lines`."""
        self._must_be_open()
        self.lines = (dtr, rts)

    def fileno(self) -> int | None:
        """None."""
        return None

    def close(self) -> None:
        """Leave: the other end reads what is on its way and then loses the link."""
        self._closed = True
        self._incoming.end()
        self._outgoing.end()

    def _must_be_open(self) -> None:
        if self._closed:
            raise LinkLostError(port=self._name)


def memory_pair(name: str = "memory", baud: int = 115200) -> tuple[MemoryLink, MemoryLink]:
    """Two joined links."""
    there, back = _Pipe(), _Pipe()
    return MemoryLink(name, back, there, baud), MemoryLink(name, there, back, baud)
