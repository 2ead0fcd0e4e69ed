"""Which board is meant, and where it can be reached now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BoardAddress:
    """A board as a person names it, its port, and what it is known by when it comes back."""

    name: str
    """How it is shown: `v1`, `7`, `/dev/ttyUSB0`."""
    port: str
    """What is opened."""
    identity: str = ""
    """Stays the same in another socket: `usb:SERIAL`, `virtual:UNIQUE_ID`; `place:1-2.4` for an
    adapter without a serial number; empty for a port that has nothing but its name."""
    unique_id: str = ""
    """The board's own id in hexadecimal, where it is known without asking."""
    model: str = ""
    """Its kind in the catalogue, where it is known without asking."""
    baud: int = 115200
    """Rate of the board's line, in bits a second."""
    baud_chosen: bool = False
    """A person said so: no other rate is tried."""
    comes_back: bool = True
    """False for a program or a pipe, which has ended when it is lost."""


Whereabouts = Callable[[BoardAddress], str | None]
"""Gives the port at which a board that went away can be reached now, or None."""


def same_port(board: BoardAddress) -> str | None:
    """The board is where it was (URLs, and ports without an identity)."""
    return board.port
