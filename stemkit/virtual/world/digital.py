"""Parts with one wire that is high or low: button, motion sensor, LED."""

from __future__ import annotations

from typing import Any

from stemkit.model.scenario import QUANTITIES
from stemkit.virtual.world.device import Device


class Button(Device):
    """A switch to ground (`active_low`, the usual way) or to the supply.

    A button on the board has a resistor of its own; one of the kit needs the pin's pull.
    """

    def level(self, signal: str, t_us: int) -> int | None:
        """The level while pressed; released, the board's resistor or nothing."""
        active = 0 if self.part.facts.get("active_low", 1) else 1
        if self.around.is_on(self._quantity, t_us):
            return active
        return 1 - active if self.part.onboard else None

    def next_turn(self, signal: str, t_us: int) -> int | None:
        """When it may be pressed or released."""
        return self.around.next_turn(self._quantity, t_us)

    @property
    def _quantity(self) -> str:
        return self.part.name if self.part.name in QUANTITIES else "button"


class Motion(Device):
    """HC-SR501: high from a movement until `_HOLD_US` after its end (data sheet: 3 s to 300 s)."""

    _HOLD_US = 3_000_000

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._high_until_us = -1

    def power_on(self, t_us: int) -> None:
        """Nothing seen yet."""
        self._high_until_us = -1

    def level(self, signal: str, t_us: int) -> int | None:
        """1 while something moves and for the hold time after."""
        if self.around.is_on("motion", t_us):
            self._high_until_us = t_us + self._HOLD_US
        return 1 if t_us < self._high_until_us else 0

    def next_turn(self, signal: str, t_us: int) -> int | None:
        """The next change of the movement or the end of the hold time."""
        turn = self.around.next_turn("motion", t_us)
        if t_us < self._high_until_us and not self.around.is_on("motion", t_us):
            return min(turn, self._high_until_us) if turn is not None else self._high_until_us
        return turn


class Led(Device):
    """A light-emitting diode, lit through its resistor (`active_low`: from the supply)."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._active_low = bool(self.part.facts.get("active_low", 0))
        self._light = 0.0

    def power_on(self, t_us: int) -> None:
        """Dark: the pin is an input."""
        self._light = 0.0

    def written(self, signal: str, level: int, t_us: int) -> None:
        """Full light or none."""
        self._light = float(level != self._active_low)

    def released(self, signal: str, t_us: int) -> None:
        """Dark."""
        self._light = 0.0

    def pulsed(self, signal: str, frequency_hz: int, duty: float, t_us: int) -> None:
        """A share of the light."""
        self._light = 1.0 - duty if self._active_low else duty

    def output(self) -> dict[str, Any] | None:
        """`on`, and `brightness` from 0 to 1."""
        return {"on": self._light > 0.0, "brightness": round(self._light, 4)}
