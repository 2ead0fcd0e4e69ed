"""`socket://host:port`: a board's bytes over plain TCP, such as a serial server or a simulator."""

from __future__ import annotations

import contextlib
import select
import socket
import time
from urllib.parse import urlsplit

from stemkit.links.errors import LinkLostError, LinkStalledError, PortAddressError
from stemkit.links.translate import while_connecting, while_open
from stemkit.model.link import LinkCapabilities

CONNECT_S = 5.0
WRITE_STALL_S = 10.0
_PEEK = 1 << 16


class SocketLink:
    """A link over a connected TCP socket."""

    def __init__(self, name: str, connected: socket.socket, baud: int) -> None:
        self._name = name
        self._socket: socket.socket | None = connected
        self._baud = baud
        connected.setblocking(False)
        with contextlib.suppress(OSError):
            connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    @property
    def name(self) -> str:
        """The URL as it was given."""
        return self._name

    @property
    def capabilities(self) -> LinkCapabilities:
        """Bytes alone: neither modem lines nor a rate travel over plain TCP."""
        return LinkCapabilities(modem_lines=False, baud=False)

    @property
    def baud(self) -> int:
        """The rate that was named at opening; setting it changes nothing."""
        return self._baud

    @baud.setter
    def baud(self, value: int) -> None:
        self._open()

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived, at most `max_bytes`, as soon as there is any; b"" after `timeout_s`."""
        deadline = time.monotonic() + timeout_s
        connected = self._open()
        try:
            while True:
                left_s = max(0.0, deadline - time.monotonic())
                if not select.select([connected], [], [], left_s)[0]:
                    return b""
                try:
                    data = connected.recv(max_bytes)
                except BlockingIOError:
                    continue
                if not data:
                    raise LinkLostError(port=self._name)
                return data
        except OSError as error:
            raise while_open(error, self._name) from error

    def write(self, data: bytes) -> None:
        """Send all of `data`; raises `LinkStalledError` when nothing is taken for 10 s."""
        connected = self._open()
        rest = memoryview(data)
        try:
            while rest:
                if not select.select([], [connected], [], WRITE_STALL_S)[1]:
                    raise LinkStalledError(port=self._name, seconds=round(WRITE_STALL_S))
                with contextlib.suppress(BlockingIOError):
                    rest = rest[connected.send(rest) :]
        except OSError as error:
            raise while_open(error, self._name) from error

    def waiting(self) -> int:
        """Number of bytes that `read` would give at once (counted up to 64 KiB)."""
        try:
            there = self._open().recv(_PEEK, socket.MSG_PEEK)
        except BlockingIOError:
            return 0
        except OSError as error:
            raise while_open(error, self._name) from error
        if not there:
            raise LinkLostError(port=self._name)
        return len(there)

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """There are no modem lines: nothing happens."""
        self._open()

    def fileno(self) -> int | None:
        """The socket's descriptor."""
        return self._open().fileno()

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            raise LinkLostError(port=self._name)
        return self._socket


def connect(url: str, baud: int) -> SocketLink:
    """Open a `socket://host:port` URL.

    Raises `PortAddressError` for a URL without host and port, `HostUnreachableError` when nobody
    answers within 5 s.
    """
    try:
        return SocketLink(url, socket.create_connection(address_of(url), CONNECT_S), baud)
    except OSError as error:
        raise while_connecting(error, url) from error


def address_of(url: str) -> tuple[str, int]:
    """Host and port of a URL; raises `PortAddressError` where one is missing."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise PortAddressError(port=url) from error
    if not host or not port:
        raise PortAddressError(port=url)
    return host, port
