"""A real HTTP server on this machine that serves files and misbehaves on request."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Site:
    """What a server serves, what it does wrong next, and what it was asked.

    `faults` are taken one a request: `("drop", n)` closes the line after n bytes of the body,
    `("stall", n)` falls silent there, `("drip", n)` sends n bytes a second from then on,
    `("status", code)`, `("page", html)`, `("length", n)` announces n bytes, `("endless", 0)`,
    `("redirect", url)`, `("wrong-range", 0)`, `("nothing", 0)` closes without an answer.
    """

    files: dict[str, bytes] = field(default_factory=dict)
    faults: deque[tuple[str, object]] = field(default_factory=deque)
    requests: list[tuple[str, str | None]] = field(default_factory=list)
    ranges: bool = True
    etag: Callable[[bytes], str] | None = lambda data: f'"{hash(data) & 0xFFFFFFFF:x}"'
    url: str = ""
    closing: threading.Event = field(default_factory=threading.Event)


@contextmanager
def serving(site: Site) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *args: object) -> None:
            pass

        def do_GET(self) -> None:
            _answer(self, site)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    site.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield site.url
    finally:
        site.closing.set()
        server.shutdown()
        server.server_close()


def _answer(handler: BaseHTTPRequestHandler, site: Site) -> None:
    handler.close_connection = True
    wanted = handler.headers.get("Range")
    site.requests.append((handler.path, wanted))
    kind, value = site.faults.popleft() if site.faults else ("", 0)
    data = site.files.get(handler.path)
    if kind == "nothing":
        handler.connection.shutdown(socket.SHUT_RDWR)
        return
    if kind == "page":
        _head(handler, 200, {"Content-Type": "text/html", "Content-Length": len(str(value))})
        handler.wfile.write(str(value).encode())
        return
    if kind == "redirect":
        _head(handler, 302, {"Location": value, "Content-Length": 0})
        return
    if kind == "status" or data is None:
        page = b"<html><title>404 Not Found</title></html>"
        code = int(str(value)) if kind == "status" else 404
        _head(handler, code, {"Content-Type": "text/html", "Content-Length": len(page)})
        handler.wfile.write(page)
        return
    start = _start(handler, site, data)
    headers: dict[str, object] = {"Content-Length": len(data) - start}
    if kind == "length":
        headers["Content-Length"] = value
    if kind == "endless":
        del headers["Content-Length"]
    if site.etag is not None:
        headers["ETag"] = site.etag(data)
    if start:
        claimed = start + 7 if kind == "wrong-range" else start
        headers["Content-Range"] = f"bytes {claimed}-{len(data) - 1}/{len(data)}"
    _head(handler, 206 if start else 200, headers)
    _body(handler, site, data[start:], kind, int(str(value)) if kind else 0)


def _start(handler: BaseHTTPRequestHandler, site: Site, data: bytes) -> int:
    match = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range") or "")
    condition = handler.headers.get("If-Range")
    same = condition is None or (site.etag is not None and condition == site.etag(data))
    return int(match[1]) if match and site.ranges and same else 0


def _head(handler: BaseHTTPRequestHandler, status: int, headers: dict[str, object]) -> None:
    handler.send_response(status)
    for name, value in {**headers, "Connection": "close"}.items():
        handler.send_header(name, str(value))
    handler.end_headers()


def _body(handler: BaseHTTPRequestHandler, site: Site, data: bytes, kind: str, value: int) -> None:
    try:
        if kind in ("drop", "stall"):
            handler.wfile.write(data[:value])
            handler.wfile.flush()
            if kind == "stall":
                site.closing.wait(30)
            # A reset, as when a cable or a mobile line goes away.
            handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            handler.connection.close()
        elif kind == "drip":
            for place in range(0, len(data), value):
                handler.wfile.write(data[place : place + value])
                handler.wfile.flush()
                if site.closing.wait(0.05):
                    return
        elif kind == "endless":
            while not site.closing.is_set():
                handler.wfile.write(data)
        else:
            handler.wfile.write(data)
    except OSError:
        pass
    finally:
        time.sleep(0)
