"""A link over a pipe: what another program prints, or standard input."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable

from stemkit.links.errors import LinkLostError, LinkStalledError
from stemkit.model.link import LinkCapabilities

WRITE_STALL_S = 10.0
_LOOK_AHEAD = 65536


class PipeLink:
    """Reads descriptor `incoming` and, where it has one, writes to `outgoing`.

    What is written without one goes nowhere. Closing the link closes both and calls `on_close`.
    """

    def __init__(
        self,
        name: str,
        incoming: int,
        outgoing: int | None = None,
        on_close: Callable[[], None] = lambda: None,
    ) -> None:
        self._name = name
        self._incoming, self._outgoing = incoming, outgoing
        self._on_close = on_close
        self._closed = False
        self._ahead = b""
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """The name of the program or stream."""
        return self._name

    @property
    def capabilities(self) -> LinkCapabilities:
        """Bytes alone."""
        return LinkCapabilities(modem_lines=False, baud=False)

    @property
    def baud(self) -> int:
        """A pipe has no rate: 0; setting it changes nothing."""
        return 0

    @baud.setter
    def baud(self, value: int) -> None:
        self._must_be_open()

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived, at most `max_bytes`, as soon as there is any; b"" after `timeout_s`.

        Windows cannot wait for a pipe: there it waits until something comes.
        """
        self._must_be_open()
        if self._ahead:
            taken, self._ahead = self._ahead[:max_bytes], self._ahead[max_bytes:]
            return taken
        if not self._ready(timeout_s):
            return b""
        return self._read(max_bytes)

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises `LinkStalledError` when nothing is taken for 10 s."""
        self._must_be_open()
        if self._outgoing is None:
            return
        deadline = time.monotonic() + WRITE_STALL_S
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[os.write(self._outgoing, rest) :]
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise LinkStalledError(port=self._name, seconds=round(WRITE_STALL_S)) from None
                time.sleep(0.01)
            except OSError as error:
                raise LinkLostError(port=self._name) from error

    def waiting(self) -> int:
        """Number of bytes that `read` would give at once (at least; a pipe does not count)."""
        self._must_be_open()
        if sys.platform != "win32" and len(self._ahead) < _LOOK_AHEAD and self._ready(0.0):
            try:
                self._ahead += self._read(_LOOK_AHEAD)
            except LinkLostError:
                if not self._ahead:
                    raise
        return len(self._ahead)

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """There are no modem lines: nothing happens."""
        self._must_be_open()

    def fileno(self) -> int | None:
        """The descriptor that is read; None on Windows, which cannot select on it."""
        self._must_be_open()
        return None if sys.platform == "win32" else self._incoming

    def close(self) -> None:
        """Close both ends and let the owner know."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        for descriptor in (self._incoming, self._outgoing):
            if descriptor is not None:
                with contextlib.suppress(OSError):
                    os.close(descriptor)
        self._on_close()

    def _read(self, max_bytes: int) -> bytes:
        try:
            data = os.read(self._incoming, max_bytes)
        except OSError as error:
            raise LinkLostError(port=self._name) from error
        if not data:
            raise LinkLostError(port=self._name)
        return data

    def _ready(self, timeout_s: float) -> bool:
        if sys.platform == "win32":
            return True
        import select

        try:
            return bool(select.select([self._incoming], [], [], timeout_s)[0])
        except (OSError, ValueError) as error:
            raise LinkLostError(port=self._name) from error

    def _must_be_open(self) -> None:
        if self._closed:
            raise LinkLostError(port=self._name)
