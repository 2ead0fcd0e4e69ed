"""Ports that a host opens through the network of this computer: `socket://` and `rfc2217://`."""

from __future__ import annotations

import socket
from typing import Final

from stemkit.virtual.hostport import ENOUGH_WAITING_BYTES, MOST_WAITING_BYTES, Plugged
from stemkit.virtual.loop import Loop
from stemkit.virtual.poller import HANGUP, READABLE
from stemkit.virtual.rfc2217 import (
    Event,
    Purge,
    Rfc2217Server,
    SentBreak,
    SetBaud,
    SetLines,
    Wrote,
)

# Read ahead of the board's line, so that a change of rate or lines behind the bytes is heard.
_READ_AHEAD_BYTES: Final = 65536


class SocketPort:
    """A TCP port of this computer that carries the bytes alone; one program at a time.

    There is no rate to set: it moves at the board's.
    """

    scheme = "socket"
    has_lines = False

    def __init__(self, loop: Loop, board: Plugged, number: int = 0) -> None:
        self._loop, self._board = loop, board
        self._listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(("127.0.0.1", number))
        self._listener.listen(4)
        self.number: int = self._listener.getsockname()[1]
        """The TCP port's number."""
        self.name = f"{self.scheme}://127.0.0.1:{self.number}"
        self._client: socket.socket | None = None
        self._received = b""
        self._unsent = b""
        loop.watch(self._listener.fileno(), self._called)

    def take(self, max_bytes: int) -> bytes:
        """What the host has written."""
        if not self._received:
            self._read()
        data, self._received = self._received[:max_bytes], self._received[max_bytes:]
        return data

    def give(self, data: bytes) -> None:
        """Hand bytes to the host."""
        if self._client is None:
            return
        if self.waiting() <= MOST_WAITING_BYTES:
            self._send(self._encoded(data))

    def waiting(self) -> int:
        """Bytes that the host could not take yet."""
        return len(self._unsent)

    def host_baud(self) -> int:
        """The board's own rate: the host has none."""
        return self._board.board_baud

    def is_open(self) -> bool:
        """True while a program is connected."""
        return self._client is not None

    def close(self) -> None:
        """Pull the cable."""
        self._drop()
        self._loop.unwatch(self._listener.fileno())
        self._listener.close()

    # -- what RFC 2217 does otherwise ----------------------------------------------------------

    def _connected(self) -> None:
        """A program has connected."""

    def _encoded(self, data: bytes) -> bytes:
        return data

    def _decoded(self, data: bytes) -> None:
        self._received += data

    # -- the connection ------------------------------------------------------------------------

    def _called(self, what: int) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._client is not None:
                client.close()
                continue
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._client = client
            self._received = self._unsent = b""
            self._loop.watch(client.fileno(), self._changed)
            self._connected()
            self._board.host_wrote()

    def _changed(self, what: int) -> None:
        if self._unsent:
            self._send(b"")
            if len(self._unsent) < ENOUGH_WAITING_BYTES:
                self._board.host_took()
        if what & (READABLE | HANGUP):
            self._read()
            self._board.host_wrote()

    def _read(self) -> None:
        while self._client is not None and len(self._received) < _READ_AHEAD_BYTES:
            try:
                data = self._client.recv(_READ_AHEAD_BYTES)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self._drop()
                self._board.host_took()
                self._board.host_closed()
                return
            self._decoded(data)

    def _send(self, data: bytes) -> None:
        if self._client is None:
            return
        data = self._unsent + data
        try:
            sent = self._client.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            # It has gone; reading will tell.
            sent = len(data)
        self._unsent = data[sent:]

    def _drop(self) -> None:
        if self._client is not None:
            self._loop.unwatch(self._client.fileno())
            self._client.close()
            self._client = None
        self._unsent = b""


class Rfc2217Port(SocketPort):
    """A serial port in the network, with rate, DTR, RTS and break."""

    scheme = "rfc2217"
    has_lines = True

    def __init__(self, loop: Loop, board: Plugged, number: int = 0) -> None:
        self._baud = board.board_baud
        self._telnet = Rfc2217Server(self._baud)
        super().__init__(loop, board, number)

    def host_baud(self) -> int:
        """Rate that the host has set."""
        return self._baud

    def _connected(self) -> None:
        self._telnet = Rfc2217Server(self._baud)
        self._send(self._telnet.take_answers())

    def _encoded(self, data: bytes) -> bytes:
        return self._telnet.escape(data)

    def _decoded(self, data: bytes) -> None:
        for event in self._telnet.feed(data):
            self._happened(event)
        answers = self._telnet.take_answers()
        if answers:
            self._send(answers)

    def _happened(self, event: Event) -> None:
        match event:
            case Wrote(data):
                self._received += data
            case SetBaud(baud):
                self._baud = baud
            case SetLines(dtr, rts):
                self._board.host_set_lines(dtr, rts)
            case SentBreak():
                self._board.host_break()
            case Purge(received, sent):
                if sent:
                    self._received = b""
                if received:
                    self._board.host_purged()
