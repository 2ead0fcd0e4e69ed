"""A line between a client and a server that is slow, drops again and again, and counts."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

_PIECE_BYTES = 1460
"""What one packet carries."""
_RESET = b"\1\0\0\0\0\0\0\0"


@dataclass
class PoorLine:
    """Forwards TCP to `port` of this machine; all connections share one line.

    `bytes_per_s` 0: as fast as it goes. After every `drop_bytes` on their way to the client all
    connections are reset, as when a mobile line goes away.
    """

    port: int
    bytes_per_s: float = 0.0
    drop_bytes: int = 0
    delay_s: float = 0.0
    """Before each request goes on its way."""
    down_bytes: int = 0
    """What came out of the line at the client's end."""
    up_bytes: int = 0
    drops: int = 0
    connections: int = 0
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _closing: bool = False

    @contextmanager
    def up(self) -> Iterator[str]:
        """The address to use instead of the server's."""
        listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            self._closing = True
            # Closing alone does not wake who waits for a client.
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            with self._lock:
                self._reset_all()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self.port))
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self._lock:
                    self.connections += 1
                    self._open |= {client, server}
                for pump in (self._up, self._down):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(_PIECE_BYTES):
                time.sleep(self.delay_s)
                self.up_bytes += len(data)
                server.sendall(data)
        with contextlib.suppress(OSError):
            server.shutdown(socket.SHUT_WR)

    def _down(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(_PIECE_BYTES):
                with self._lock:
                    if self.bytes_per_s:
                        time.sleep(len(data) / self.bytes_per_s)
                    client.sendall(data)
                    before, self.down_bytes = self.down_bytes, self.down_bytes + len(data)
                    if self.drop_bytes and (
                        before // self.drop_bytes < self.down_bytes // self.drop_bytes
                    ):
                        self.drops += 1
                        self._reset_all()
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_WR)

    def _reset_all(self) -> None:
        for end in self._open:
            with contextlib.suppress(OSError):
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                end.shutdown(socket.SHUT_RDWR)
                end.close()
        self._open.clear()
