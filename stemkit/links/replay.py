"""A link that gives again what a board once sent, at the pace at which it came."""

from __future__ import annotations

import time
from collections.abc import Iterable

from stemkit.links.errors import LinkLostError
from stemkit.model.link import LinkCapabilities


class ReplayLink:
    """Gives timed chunks of bytes; what is written is kept in `written`.

    `chunks` are (seconds since the start, bytes) in order of time and may be endless: they are
    taken one by one. `speed` is how much faster than then they come; `float("inf")` is at once.
    After the last chunk the link is lost, as when the board was unplugged.
    """

    def __init__(
        self,
        chunks: Iterable[tuple[float, bytes]],
        *,
        name: str = "replay",
        speed: float = 1.0,
        baud: int = 115200,
    ) -> None:
        if speed <= 0:
            raise ValueError("speed must be above zero")
        self._name = name
        self._chunks = iter(chunks)
        self._speed = speed
        self._baud = baud
        self._started_s = time.monotonic()
        self._due = bytearray()
        self._next: tuple[float, bytes] | None = None
        self._closed = False
        self.written = bytearray()
        self._advance()

    @property
    def name(self) -> str:
        """The name of what is replayed."""
        return self._name

    @property
    def capabilities(self) -> LinkCapabilities:
        """Bytes alone."""
        return LinkCapabilities(modem_lines=False, baud=False)

    @property
    def baud(self) -> int:
        """The rate of the link that was recorded; setting it changes nothing."""
        return self._baud

    @baud.setter
    def baud(self, value: int) -> None:
        self._must_be_open()

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What is due, at most `max_bytes`, as soon as there is any; b"" after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        while not self.waiting():
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return b""
            time.sleep(min(left_s, max(0.0, self._next_s() - time.monotonic())))
        taken = bytes(self._due[:max_bytes])
        del self._due[:max_bytes]
        return taken

    def write(self, data: bytes) -> None:
        """Keep `data` in `written`."""
        self._must_be_open()
        self.written += data

    def waiting(self) -> int:
        """Number of bytes that `read` would give at once."""
        self._must_be_open()
        while self._next is not None and self._next_s() <= time.monotonic():
            self._due += self._next[1]
            self._advance()
        if self._next is None and not self._due:
            raise LinkLostError(port=self._name)
        return len(self._due)

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """There are no modem lines: nothing happens."""
        self._must_be_open()

    def fileno(self) -> int | None:
        """None."""
        return None

    def close(self) -> None:
        """Stop replaying."""
        self._closed = True

    def _next_s(self) -> float:
        assert self._next is not None
        return self._started_s + self._next[0] / self._speed

    def _advance(self) -> None:
        self._next = next(self._chunks, None)

    def _must_be_open(self) -> None:
        if self._closed:
            raise LinkLostError(port=self._name)


def at_baud(data: bytes, baud: int, chunk: int = 64) -> Iterable[tuple[float, bytes]]:
    """`data` as chunks that come as fast as a line of `baud` carries them (10 bits a byte)."""
    for start in range(0, len(data), chunk):
        piece = data[start : start + chunk]
        yield (start + len(piece)) * 10 / baud, piece
