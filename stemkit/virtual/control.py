"""The control socket of a supervisor: one JSON request a line, one JSON answer a line."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stemkit.virtual.errors import SupervisorFailedError
from stemkit.virtual.loop import Loop
from stemkit.virtual.poller import READABLE

Answerer = Callable[[dict[str, Any]], dict[str, Any]]


class ControlServer:
    """The supervisor's side."""

    def __init__(self, loop: Loop, path: Path, answer: Answerer) -> None:
        self._loop, self._answer = loop, answer
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(str(path))
        path.chmod(0o600)
        self._socket.listen(32)
        self._clients: dict[int, tuple[socket.socket, bytes]] = {}
        loop.watch(self._socket.fileno(), self._connected)

    def _connected(self, what: int) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except BlockingIOError:
                return
            fd = client.fileno()
            self._clients[fd] = (client, b"")
            self._loop.watch(fd, lambda what, fd=fd: self._asked(fd, what))  # type: ignore[misc]

    def _asked(self, fd: int, what: int) -> None:
        if not what & READABLE or fd not in self._clients:
            return
        client, line = self._clients[fd]
        while True:
            try:
                data = os.read(fd, 65536)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                self._drop(fd)
                return
            *lines, line = (line + data).split(b"\n")
            for text in lines:
                client.send(json.dumps(self._take(text)).encode() + b"\n")
        self._clients[fd] = (client, line)

    def _take(self, text: bytes) -> dict[str, Any]:
        try:
            request = json.loads(text)
        except ValueError:
            return {"error": "not JSON"}
        return self._answer(request) if isinstance(request, dict) else {"error": "not an object"}

    def _drop(self, fd: int) -> None:
        client, _ = self._clients.pop(fd)
        self._loop.unwatch(fd)
        client.close()

    def close(self) -> None:
        """Stop listening."""
        for fd in list(self._clients):
            self._drop(fd)
        self._loop.unwatch(self._socket.fileno())
        self._socket.close()


def ask(control: str, request: dict[str, Any], timeout_s: float = 30.0) -> dict[str, Any]:
    """Send one request to the supervisor at `control` and return its answer.

    Raises SupervisorFailedError where it does not answer.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as client:
        client.settimeout(timeout_s)
        try:
            client.connect(control)
            client.sendall(json.dumps(request).encode() + b"\n")
            with client.makefile("rb") as lines:
                answer = json.loads(lines.readline())
        except (OSError, ValueError) as error:
            raise SupervisorFailedError(reason=str(error)) from error
    return answer if isinstance(answer, dict) else {}
