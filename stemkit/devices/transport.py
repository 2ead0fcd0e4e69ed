"""mpremote's transport over a `Link`: the protocol of the prompt is its business, waiting is ours.

mpremote takes a byte at a time and sleeps 10 ms between looks; here a chunk is taken as soon as it
comes, and a link that goes raises this house's errors.
"""

from __future__ import annotations

import time
from typing import Any

from stemkit.devices.errors import BoardConfusedError
from stemkit.devices.quick import quickly
from stemkit.model.link import Link

with quickly("mpremote"):
    from mpremote import transport_serial
    from mpremote.transport import TransportError
    from mpremote.transport_serial import SerialTransport

__all__ = ["LinkTransport", "SerialOverLink", "TransportError"]

ANSWER_S = 10.0
# Boards without raw paste (micro:bit, old firmware) cannot say when their small receive ring is
# full: micro:bit V1 has 64 bytes.
_BLIND_CHUNK = 32
_BLIND_PAUSE_S = 0.01


def _say_nothing(*args: object, **kwargs: object) -> None:
    """In place of `print` in mpremote's transport, which shows there what it did not expect."""


transport_serial.print = _say_nothing


class SerialOverLink:
    """What mpremote takes for a serial port: a link, and bytes that were taken but not used yet."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.timeout: float | None = ANSWER_S
        self.blind = False
        self._kept = bytearray()

    @property
    def fd(self) -> int | None:
        """The link's descriptor, for a selector."""
        return self.link.fileno()

    @property
    def keeps_some(self) -> bool:
        """Whether bytes are here that no selector would tell of."""
        return bool(self._kept)

    def inWaiting(self) -> int:
        """Number of bytes that `read` gives at once."""
        return len(self._kept) + self.link.waiting()

    def read(self, size: int = 1) -> bytes:
        """`size` bytes; fewer only after `timeout`."""
        deadline = None if self.timeout is None else time.monotonic() + self.timeout
        while len(self._kept) < size:
            left_s = 1.0 if deadline is None else deadline - time.monotonic()
            if left_s <= 0:
                break
            self._kept += self.link.read(4096, left_s)
        taken = bytes(self._kept[:size])
        del self._kept[:size]
        return taken

    def read_some(self, timeout_s: float) -> bytes:
        """Whatever is there, as soon as there is any; b"" after the time."""
        taken = bytes(self._kept) or self.link.read(4096, timeout_s)
        self._kept.clear()
        return taken

    def forget(self) -> None:
        """Throw away what has come and was not used."""
        self._kept.clear()
        for _ in range(64):  # a board that prints without end would keep us for ever
            if not self.link.waiting():
                break
            self.link.read(4096, 0.0)

    def put_back(self, data: bytes) -> None:
        """Return bytes that were taken too many."""
        self._kept[:0] = data

    def write(self, data: bytes) -> int:
        """Send all of `data`."""
        if not self.blind or len(data) <= _BLIND_CHUNK:
            self.link.write(data)
            return len(data)
        for start in range(0, len(data), _BLIND_CHUNK):
            self.link.write(data[start : start + _BLIND_CHUNK])
            time.sleep(_BLIND_PAUSE_S)
        return len(data)

    def close(self) -> None:
        """Nothing: the link belongs to who opened it."""


class LinkTransport(SerialTransport):  # type: ignore[misc]  # mpremote has no types
    """mpremote's serial transport on a link that is already open."""

    def __init__(self, link: Link) -> None:
        self.port = SerialOverLink(link)
        self.serial: Any = self.port
        self.device_name = link.name
        self.in_raw_repl = False
        self.use_raw_paste = True
        self.mounted = False
        self.is_pty = False

    def read_until(
        self,
        min_num_bytes: int,
        ending: bytes,
        timeout: float | None = ANSWER_S,
        data_consumer: Any = None,
        timeout_overall: float | None = None,
    ) -> bytes:
        """Everything up to and with `ending`, or what came until nothing did for `timeout` s."""
        if self.serial is not self.port:  # a mounted folder listens in between
            return bytes(
                super().read_until(min_num_bytes, ending, timeout, data_consumer, timeout_overall)
            )
        got = self.until(ending, timeout, timeout_overall)
        if data_consumer is not None:
            data_consumer(got)
        return got

    def until(
        self, ending: bytes, silence_s: float | None, overall_s: float | None = None
    ) -> bytes:
        """Everything up to and with `ending`.

        Less when nothing more came for `silence_s` seconds, or when `overall_s` are over.
        """
        deadline = None if overall_s is None else time.monotonic() + overall_s
        got = bytearray()
        while True:
            searched = max(0, len(got) - len(ending) + 1)
            wait_s = 3600.0 if silence_s is None else silence_s
            if deadline is not None:
                wait_s = min(wait_s, max(0.0, deadline - time.monotonic()))
            data = self.port.read_some(wait_s)
            if not data and (silence_s is not None or deadline is not None):
                return bytes(got)
            got += data
            end = got.find(ending, searched)
            if end >= 0:
                self.port.put_back(bytes(got[end + len(ending) :]))
                return bytes(got[: end + len(ending)])
            if deadline is not None and time.monotonic() >= deadline:
                return bytes(got)

    def exec_raw_no_follow(self, command: bytes | str) -> None:
        """Give the board code to run; it answers with output from then on."""
        self.port.blind = not self.use_raw_paste
        try:
            super().exec_raw_no_follow(command)
        except TransportError as error:
            raise BoardConfusedError(port=self.device_name, reason=error) from error
        finally:
            self.port.blind = False

    def close(self) -> None:
        """Nothing: the link belongs to who opened it."""
