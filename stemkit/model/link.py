"""The byte link that every door above it reads and writes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class LinkCapabilities:
    """What a link can do besides carrying bytes."""

    modem_lines: bool
    """DTR and RTS reach the board (a real serial port, `rfc2217://`); False for a pty or socket."""
    baud: bool
    """The host's side of the rate can be changed."""


class Link(Protocol):
    """An open, ordered, 8-bit clean byte link to one board.

    Every implementation passes the one contract suite (tests/links). A link that has gone raises
    the room's `LinkLostError` from every call but `close`, which never raises and may be repeated.
    """

    @property
    def name(self) -> str:
        """The port as a person names it: `/dev/ttyUSB0`, `COM3`, `socket://host:port`."""
        ...

    @property
    def capabilities(self) -> LinkCapabilities:
        """What this link can do; constant while it is open."""
        ...

    @property
    def baud(self) -> int:
        """Line rate of the host's side in bits a second."""
        ...

    @baud.setter
    def baud(self, value: int) -> None: ...

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived, at most `max_bytes`, as soon as there is any; b"" after `timeout_s`."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`; returns when the system has taken it."""
        ...

    def waiting(self) -> int:
        """Number of bytes that `read` would give at once."""
        ...

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Set the modem lines; nothing happens on a link without them."""
        ...

    def fileno(self) -> int | None:
        """A descriptor for a selector, or None where there is none (Windows, URLs, memory)."""
        ...

    def close(self) -> None:
        """Let go of the link."""
        ...
