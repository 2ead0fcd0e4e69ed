"""The far ends of every kind of link, as one thing that tests drive."""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import serial
from serial.rfc2217 import SERVER_SET_CONTROL, PortManager

from stemkit.links import open_link, open_serial
from stemkit.links.faulty import Faults, FaultyLink
from stemkit.links.memory import memory_pair
from stemkit.links.pipe import PipeLink
from stemkit.links.polled import PolledLink
from stemkit.links.replay import ReplayLink
from stemkit.model.link import Link


@dataclass
class Far:
    """What a board could do at its end of the link."""

    send: Callable[[bytes], None]
    receive: Callable[[int], bytes]
    """That many bytes that the link wrote; fewer only after two seconds of silence."""
    hang_up: Callable[[], None]


Pair = tuple[Link, Far]


def _received(read: Callable[[int], bytes], count: int) -> bytes:
    got = bytearray()
    silent_at = time.monotonic() + 2
    while len(got) < count and time.monotonic() < silent_at:
        data = read(count - len(got))
        if data:
            got += data
            silent_at = time.monotonic() + 2
    return bytes(got)


def _fd_far(fd: int, hang_up: Callable[[], None]) -> Far:
    def read(count: int) -> bytes:
        return os.read(fd, count) if select.select([fd], [], [], 0.05)[0] else b""

    def send(data: bytes) -> None:
        while data:
            data = data[os.write(fd, data) :]

    return Far(send, lambda n: _received(read, n), hang_up)


@contextlib.contextmanager
def pty_port() -> Iterator[tuple[str, Far]]:
    master, slave = os.openpty()
    tty.setraw(slave)
    path = os.ttyname(slave)
    os.close(slave)
    open_ends = [master]

    def hang_up() -> None:
        while open_ends:
            os.close(open_ends.pop())

    try:
        yield path, _fd_far(master, hang_up)
    finally:
        hang_up()


@contextlib.contextmanager
def pty() -> Iterator[Pair]:
    with pty_port() as (path, far):
        link = open_link(path)
        yield link, far
        link.close()


@contextlib.contextmanager
def polled() -> Iterator[Pair]:
    """The path that Windows takes, over a port that this system has."""
    with pty_port() as (path, far):
        link = PolledLink(path, open_serial(path))
        yield link, far
        link.close()


@contextlib.contextmanager
def tcp() -> Iterator[Pair]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        link = open_link(f"socket://127.0.0.1:{server.getsockname()[1]}")
        accepted = server.accept()[0]
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

        def read(count: int) -> bytes:
            return accepted.recv(count) if select.select([accepted], [], [], 0.05)[0] else b""

        yield link, Far(accepted.sendall, lambda n: _received(read, n), accepted.close)
        link.close()
        accepted.close()


class _Lines(serial.Serial):
    """A pseudo-terminal with modem lines that are kept: `history` is every (DTR, RTS) it had."""

    def __init__(self, port: str) -> None:
        self.history: list[tuple[bool, bool]] = []
        super().__init__(port, timeout=0.01)

    def _update_dtr_state(self) -> None:
        self.history.append((self._dtr_state, self._rts_state))

    def _update_rts_state(self) -> None:
        self.history.append((self._dtr_state, self._rts_state))

    cts = dsr = ri = cd = property(lambda self: False)


class Rfc2217Server:
    """pyserial's own server for one client at a time, with a pseudo-terminal as its port.

    Without `lines` nothing is answered to what is asked of DTR and RTS, as ser2net does for a port
    that has none.
    """

    def __init__(self, port: str, *, lines: bool = True) -> None:
        self.lines = lines
        self.clients = 0
        self.serial = _Lines(port)
        self.server = socket.create_server(("127.0.0.1", 0))
        self.url = f"rfc2217://127.0.0.1:{self.server.getsockname()[1]}"
        self.client: socket.socket | None = None
        self.stopped = False
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._serve, daemon=True)]
        self.threads[0].start()

    def write(self, data: bytes) -> None:
        with self.lock, contextlib.suppress(OSError):
            if self.client:
                self.client.sendall(data)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while not self.stopped:
                self.client = self.server.accept()[0]
                self.clients += 1
                self._attend()

    def _attend(self) -> None:
        manager = PortManager(self.serial, self)
        answer = manager.rfc2217_send_subnegotiation
        if not self.lines:
            manager.rfc2217_send_subnegotiation = lambda option, value=b"": (
                None if option == SERVER_SET_CONTROL else answer(option, value)
            )
        sender = threading.Thread(target=self._from_port, args=[manager], daemon=True)
        sender.start()
        self.threads.append(sender)
        with contextlib.suppress(OSError):
            while not self.stopped and self.client:
                data = self.client.recv(4096)
                if not data:
                    break
                self.serial.write(b"".join(manager.filter(data)))

    def _from_port(self, manager: PortManager) -> None:
        with contextlib.suppress(OSError, TypeError):
            while not self.stopped:
                data = self.serial.read(self.serial.in_waiting or 1)
                if data:
                    self.write(b"".join(manager.escape(data)))

    def stop(self) -> None:
        self.stopped = True
        # Closing alone does not wake who waits for a client.
        with contextlib.suppress(OSError):
            self.server.shutdown(socket.SHUT_RDWR)
        self.server.close()
        if self.client:
            with contextlib.suppress(OSError):
                self.client.shutdown(socket.SHUT_RDWR)
            self.client.close()
        for thread in self.threads:
            thread.join(2)
        self.serial.close()


@contextlib.contextmanager
def rfc2217() -> Iterator[Pair]:
    with pty_port() as (path, far):
        server = Rfc2217Server(path)
        link = open_link(server.url)
        yield link, Far(far.send, far.receive, server.stop)
        link.close()
        server.stop()


@contextlib.contextmanager
def memory() -> Iterator[Pair]:
    near, end = memory_pair()
    yield near, Far(end.write, lambda n: _received(lambda m: end.read(m, 0.05), n), end.close)
    near.close()


@contextlib.contextmanager
def faulty() -> Iterator[Pair]:
    """No faults asked for: it must then be as good as what it wraps."""
    with pty() as (inner, far):
        link = FaultyLink(inner, Faults(latency_s=0.001))
        yield link, far
        link.close()


@contextlib.contextmanager
def replay() -> Iterator[Pair]:
    """What the test sends is what was once recorded; it ends where the test hangs up."""
    sent: list[bytes] = []
    ended = threading.Event()

    started = time.monotonic()

    def chunks() -> Iterator[tuple[float, bytes]]:
        while sent or not ended.is_set():
            yield time.monotonic() - started + 0.005, sent.pop(0) if sent else b""

    link = ReplayLink(chunks())
    yield link, Far(sent.append, lambda n: bytes(link.written[:n]), ended.set)
    link.close()


@contextlib.contextmanager
def pipe() -> Iterator[Pair]:
    """Two pipes, as to a program that was started."""
    near_in, far_out = os.pipe()
    far_in, near_out = os.pipe()
    open_ends = [far_out, far_in]

    def hang_up() -> None:
        while open_ends:
            os.close(open_ends.pop())

    there, back = _fd_far(far_in, hang_up), _fd_far(far_out, hang_up)
    link = PipeLink("pipe", near_in, near_out)
    yield link, Far(back.send, there.receive, hang_up)
    link.close()
    hang_up()


KINDS = {kind.__name__: kind for kind in (pty, polled, tcp, rfc2217, memory, faulty, replay, pipe)}
