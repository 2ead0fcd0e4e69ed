"""A small web server that hands out one tree of lessons, for the computers of a lab.

It answers GET and HEAD for `index.json` and for objects by their hashes, and nothing else: no
other name ever reaches the disk. Objects never change, so they may be kept for ever; any piece of
one can be asked for. Who is too slow, or keeps a connection for nothing, is let go.
"""

from __future__ import annotations

import hashlib
import re
import socket
import socketserver
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any, Final

from stemkit import __version__
from stemkit.storage.lesson_tree import INDEX_NAME, OBJECTS, LessonTree

USUAL_PORT: Final = 8765
_SILENCE_S: Final = 20.0
"""Longest wait for a request, and for each piece to be taken."""
_MOST_LINES: Final = 200
_MOST_LINES_EACH: Final = 16
"""Connections at once, of all computers and of each: one cannot shut out the others."""
_BACKLOG: Final = 128
_PIECE_BYTES: Final = 16 << 10
_OBJECT: Final = re.compile(rf"/{OBJECTS}/([0-9a-f]{{2}})/(\1[0-9a-f]{{62}})")
_RANGE: Final = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@dataclass
class Tally:
    """What was handed out so far."""

    bytes_sent: int = 0
    objects: int = 0
    computers: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def count(self, computer: str, size: int) -> bool:
        """Add an answer; True where this computer is a new one."""
        with self._lock:
            is_new = computer not in self.computers
            self.computers.add(computer)
            self.bytes_sent += size
            self.objects += 1
            return is_new


class LessonServer:
    """The server for the tree in `folder`; `arrived` is told each computer once, from any thread.

    Raises OSError where the port cannot be had.
    """

    def __init__(
        self, folder: Path, host: str = "", port: int = USUAL_PORT,
        arrived: Callable[[str], None] = lambda computer: None,
    ) -> None:  # fmt: skip
        self.tally = Tally()
        self._server = _Server((host, port), LessonTree(folder), self.tally, arrived)

    @property
    def port(self) -> int:
        """The port that it listens at."""
        return int(self._server.server_address[1])

    def serve(self) -> None:
        """Answer until `close` is called from another thread, or an interrupt comes."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """Let `serve` return."""
        self._server.shutdown()

    def close(self) -> None:
        """Give the port back; answers that are on their way end with the process."""
        self._server.server_close()


def addresses() -> list[str]:
    """IPv4 addresses of this computer in its networks, those of private networks first."""
    import ipaddress

    import ifaddr

    found = []
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            if isinstance(ip.ip, str):
                address = ipaddress.ip_address(ip.ip)
                if not address.is_loopback and not address.is_link_local:
                    found.append(address)
    found.sort(key=lambda address: (not address.is_private, str(address)))
    return [str(address) for address in dict.fromkeys(found)]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = _BACKLOG
    # On Windows it would let a second server take the same port.
    allow_reuse_address = not hasattr(socket, "SO_EXCLUSIVEADDRUSE")

    def __init__(
        self, address: tuple[str, int], tree: LessonTree, tally: Tally,
        arrived: Callable[[str], None],
    ) -> None:  # fmt: skip
        self.tree, self.tally, self.arrived = tree, tally, arrived
        self._open: Counter[str] = Counter()
        self._lock = threading.Lock()
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        # The base class asks the network for this computer's name, which can take long.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "stemkit", int(self.server_address[1])

    def process_request(self, request: Any, client_address: Any) -> None:
        computer = client_address[0]
        with self._lock:
            room = self._open.total() < _MOST_LINES and self._open[computer] < _MOST_LINES_EACH
            if room:
                self._open[computer] += 1
        if not room:
            self.shutdown_request(request)
            return
        super().process_request(request, client_address)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            with self._lock:
                self._open[client_address[0]] -= 1

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a computer that goes away in the middle is no fault."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version = f"stemkit/{__version__}"
    sys_version = ""
    timeout = _SILENCE_S
    # Head and body are two writes; the second would wait for the first one's receipt.
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: object) -> None:
        """No log: what a person needs is told by `arrived`."""

    def do_GET(self) -> None:
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        self._answer(with_body=False)

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        match = _OBJECT.fullmatch(path)
        if match is not None:
            file = self.server.tree.folder / OBJECTS / match[1] / match[2]
            self._send_object(file, match[2], with_body)
        elif path == f"/{INDEX_NAME}":
            self._send_index(with_body)
        else:
            self._refuse(HTTPStatus.NOT_FOUND)

    def _send_index(self, with_body: bool) -> None:
        data = self.server.tree.read_index()
        if data is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        self.send_response(HTTPStatus.OK)
        self._headers(len(data), tag, "application/json", "no-cache")
        if with_body:
            self.wfile.write(data)
            self._count(len(data))

    def _send_object(self, path: Path, name: str, with_body: bool) -> None:
        try:
            file = path.open("rb") if path.is_file() else None
        except OSError:
            file = None
        if file is None:
            self._refuse(HTTPStatus.NOT_FOUND)
            return
        with file:
            size = path.stat().st_size
            tag = f'"{name}"'
            wanted = self._range(size, tag)
            start, end = wanted or (0, size - 1)
            if wanted and start > end:
                self._refuse(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, f"bytes */{size}")
                return
            self.send_response(HTTPStatus.PARTIAL_CONTENT if wanted else HTTPStatus.OK)
            if wanted:
                self.send_header("Content-Range", f"bytes {start}-{end}/{size}")
            kept = "public, max-age=31536000, immutable"
            self._headers(end - start + 1, tag, "application/octet-stream", kept)
            if with_body:
                self._send(file, start, end - start + 1)

    def _range(self, size: int, tag: str) -> tuple[int, int] | None:
        """First and last byte of the one piece that is asked for, the first behind the last where
        there is none such; None where the whole is wanted (RFC 9110 14.2)."""
        match = _RANGE.fullmatch(self.headers.get("Range", ""))
        if match is None or self.headers.get("If-Range", tag) != tag or match[0] == "bytes=-":
            return None
        if not match[1]:
            return max(0, size - int(match[2])), size - 1
        first, last = int(match[1]), int(match[2] or size)
        return None if last < first and match[2] else (first, min(last, size - 1))

    def _send(self, file: IO[bytes], start: int, size: int) -> None:
        file.seek(start)
        left = size
        while left and (piece := file.read(min(_PIECE_BYTES, left))):
            self.wfile.write(piece)
            left -= len(piece)
        self._count(size - left)
        if left:
            self.close_connection = True

    def _headers(self, size: int, tag: str, kind: str, kept: str) -> None:
        headers = {
            "Content-Length": str(size),
            "Content-Type": kind,
            "Accept-Ranges": "bytes",
            "ETag": tag,
            "Cache-Control": kept,
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _refuse(self, status: HTTPStatus, content_range: str = "") -> None:
        self.send_response(status)
        if content_range:
            self.send_header("Content-Range", content_range)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _count(self, size: int) -> None:
        computer = self.client_address[0]
        if self.server.tally.count(computer, size):
            self.server.arrived(computer)
