"""mpremote's transport over a `Link`: the protocol of the prompt is its business, waiting is ours.

mpremote takes a byte at a time and sleeps 10 ms between looks; here a chunk is taken as soon as it
comes, and a link that goes raises this house's errors.
"""

from __future__ import annotations

import time
from typing import Any

from stemkit.devices.blind import BlindPrompt
from stemkit.devices.errors import BoardConfusedError
from stemkit.devices.quick import quickly
from stemkit.model.link import Link

with quickly("mpremote"):
    from mpremote import transport_serial
    from mpremote.transport import TransportError
    from mpremote.transport_serial import SerialTransport

__all__ = ["LinkTransport", "SerialOverLink", "TransportError"]

ANSWER_S = 10.0
_ASK_RAW_PASTE = b"\x05A\x01"
_RAW_PASTE = b"R\x01"
_NO_RAW_PASTE = b"R\x00"
_ASK_TRIES = 2
_BANNER = b"raw REPL; CTRL-B to exit\r\n>"


def _say_nothing(*args: object, **kwargs: object) -> None:
    """In place of `print` in mpremote's transport, which shows there what it did not expect."""


transport_serial.print = _say_nothing


class SerialOverLink:
    """What mpremote takes for a serial port: a link, and bytes that were taken but not used yet."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self.timeout_s = ANSWER_S
        """How long `read` waits."""
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
        """`size` bytes; fewer only after `timeout_s`."""
        deadline = time.monotonic() + self.timeout_s
        while len(self._kept) < size:
            data = self.link.read(4096, max(0.0, deadline - time.monotonic()))
            if not data:
                break
            self._kept += data
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
        self.link.write(data)
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
        self.blind = BlindPrompt(self)
        """How code is given to a board without raw paste."""

    @property
    def answer_s(self) -> float:
        """How long the board may take for an answer that it gives before it runs anything."""
        return self.port.timeout_s

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
        self,
        ending: bytes | tuple[bytes, ...],
        silence_s: float | None,
        overall_s: float | None = None,
    ) -> bytes:
        """Everything up to and with `ending`, or the first of several.

        Less when nothing more came for `silence_s` seconds, or when `overall_s` are over.
        """
        deadline = None if overall_s is None else time.monotonic() + overall_s
        endings = ending if isinstance(ending, tuple) else (ending,)
        longest = max(map(len, endings))
        got = bytearray()
        while True:
            searched = max(0, len(got) - longest + 1)
            wait_s = 3600.0 if silence_s is None else silence_s
            if deadline is not None:
                wait_s = min(wait_s, max(0.0, deadline - time.monotonic()))
            data = self.port.read_some(wait_s)
            if not data and (silence_s is not None or deadline is not None):
                return bytes(got)
            got += data
            ends = [at + len(e) for e in endings if (at := got.find(e, searched)) >= 0]
            if ends:
                self.port.put_back(bytes(got[min(ends) :]))
                return bytes(got[: min(ends)])
            if deadline is not None and time.monotonic() >= deadline:
                return bytes(got)

    def exec_raw_no_follow(self, command: bytes | str) -> None:
        """Give the board code to run; it answers with output from then on.

        Raises `BoardConfusedError` where it does not get through.
        """
        text = command if isinstance(command, bytes) else command.encode()
        if not self.use_raw_paste:
            self.blind.start(text)
            return
        # Each wait has an end, also where a timer keeps writing into the prompt.
        if not self.until(b">", self.answer_s, self.answer_s).endswith(b">"):
            raise self._confused("no prompt")
        if not self._offers_raw_paste():
            self.use_raw_paste = False
            self.port.put_back(b">")
            self.blind.start(text)
            return
        try:
            self.raw_paste_write(text)
        except TransportError as error:
            raise self._confused(error) from error

    def _offers_raw_paste(self) -> bool:
        """Ask; the board waits for the text afterwards, or is at its prompt, which was read."""
        heard = b""
        for _ in range(_ASK_TRIES):
            self.serial.write(_ASK_RAW_PASTE)
            heard = self.until((_RAW_PASTE, _NO_RAW_PASTE, _BANNER), self.answer_s, self.answer_s)
            if heard.endswith(_RAW_PASTE):
                return True
            if heard.endswith((_NO_RAW_PASTE, _BANNER)):
                return False
        raise self._confused(repr(heard[-40:]))

    def _confused(self, reason: object) -> BoardConfusedError:
        return BoardConfusedError(port=self.device_name, reason=reason)

    def close(self) -> None:
        """Nothing: the link belongs to who opened it."""
