"""What any part can be asked; a part overrides what it has."""

from __future__ import annotations

from typing import Any

from stemkit.virtual.world.spec import Part
from stemkit.virtual.world.surroundings import Surroundings

SUPPLY_V = 3.3


class Device:
    """A part on a board. Times are microseconds of world time and never run backwards."""

    address: int | None = None
    """7-bit I2C address, None for a part on other pins."""

    def __init__(self, part: Part, around: Surroundings, seed: int) -> None:
        self.part = part
        self.around = around
        self.seed = seed

    def power_on(self, t_us: int) -> None:
        """The supply has come: everything is as the data sheet says after power-on."""

    def changed(self, t_us: int) -> None:
        """A person is about to change what is around, or has just done so."""

    def level(self, signal: str, t_us: int) -> int | None:
        """What the part drives a signal to; None where it leaves the wire alone."""
        return None

    def next_turn(self, signal: str, t_us: int) -> int | None:
        """The next time at which `level` may be another, None where none is known."""
        return None

    def is_quick(self, signal: str, t_us: int) -> bool:
        """True while `level` follows a pulse that programs time in microseconds."""
        return False

    def volts(self, signal: str, t_us: int) -> float | None:
        """The voltage on an analog signal; None where the part gives none."""
        return None

    def written(self, signal: str, level: int, t_us: int) -> None:
        """The board drives a signal."""

    def released(self, signal: str, t_us: int) -> None:
        """The board lets go of a signal that it drove."""

    def pulsed(self, signal: str, frequency_hz: int, duty: float, t_us: int) -> None:
        """The board drives a signal with PWM; `duty` from 0 to 1."""

    def pixels(self, data: bytes, t_us: int) -> None:
        """Bytes of a NeoPixel strip arrive."""

    def dht_frame(self, t_us: int) -> bytes | None:
        """Five bytes of a DHT; None for a part that is none."""
        return None

    def i2c_write(self, data: bytes, t_us: int) -> int:
        """Bytes after the address; how many of them were acknowledged."""
        return 0

    def i2c_read(self, count: int, t_us: int) -> bytes:
        """The next `count` bytes."""
        return b"\xff" * count

    def output(self) -> dict[str, Any] | None:
        """What a person sees of the part (JSON values); None for one that shows nothing."""
        return None
