"""What a virtual board is made of, as contracts: its cable, its devices, its family, its world."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from stemkit.virtual.console import Ending
from stemkit.virtual.flash import FlashFile


@dataclass(frozen=True, slots=True)
class LineFacts:
    """How the imitated cable behaves."""

    baud: int
    """Rate of the board's console after a reset, in bits a second."""
    latency_s: float
    """How long an adapter waits for more before it hands a short packet to the host."""
    paced: bool
    """False: bytes take no time and the rate means nothing."""


class Device(Protocol):
    """What is at the board's end of the line: a running program, or a loader."""

    def take(self, max_bytes: int) -> bytes:
        """Output for the host, b"" for none."""
        ...

    def give(self, data: bytes) -> bool:
        """Input from the host; False to hold the line until `input_ready`."""
        ...

    def stop(self) -> None:
        """Lose power or be replaced."""
        ...


class Family(Protocol):
    """What is particular to a family of boards: loaders, boot, drives."""

    state: str
    """`off`, `loader`, `booting`, `running`, or `dead` (its image does not boot)."""
    unique_id: bytes
    flash: FlashFile

    @property
    def drive(self) -> str:
        """Folder of the board's drive; empty while it shows none."""
        ...

    def power_on(self) -> None:
        """Start as after plugging in."""
        ...

    def power_off(self) -> None:
        """Lose power: devices stop, drives vanish."""
        ...

    at_prompt: bool
    """MicroPython has come to its prompt since it was started."""

    def program_starts(self) -> None:
        """MicroPython is up and begins with the person's own files."""
        ...

    def program_ready(self) -> None:
        """MicroPython has reached its prompt."""
        ...

    def program_over(self, ending: Ending, raw: bool) -> None:
        """MicroPython is over."""
        ...

    def host_sent(self, data: bytes) -> bytes:
        """Bytes are on their way to the device (they may call a loader); returns what arrives."""
        ...

    def host_closed(self) -> None:
        """The host has closed the port."""
        ...

    def host_set_lines(self, dtr: bool, rts: bool) -> None:
        """The host set DTR and RTS."""
        ...

    def host_break(self) -> None:
        """The host sent a break."""
        ...

    def brown_out(self) -> None:
        """The supply dipped."""
        ...

    def hard_reset(self, reason: str = "pin") -> None:
        """As the reset button."""
        ...

    def enter_loader(self) -> None:
        """Into the boot loader (as with its button held)."""
        ...


class Surrounded(Protocol):
    """The world around a board (`stemkit.virtual.world.World`)."""

    def handle(self, request: bytes) -> bytes:
        """Answer a frame of the peripheral wire."""
        ...

    def take_pushes(self) -> bytes:
        """Bytes for the board's event stream."""
        ...

    def restart(self, cause: str) -> None:
        """A new process takes over after a reset for `cause`."""
        ...

    def power_on(self, host_us: int) -> None:
        """The board gets its power again at this time of the host's monotonic clock."""
        ...


class Idle:
    """Nothing runs: bytes get lost."""

    def take(self, max_bytes: int) -> bytes:
        """No output."""
        return b""

    def give(self, data: bytes) -> bool:
        """Lost."""
        return True

    def stop(self) -> None:
        """Nothing to stop."""
