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
    _MOST_TURNS = 512

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._seen_us = self._looked_us = -self._HOLD_US

    def power_on(self, t_us: int) -> None:
        """Nothing seen yet."""
        self._seen_us = t_us - self._HOLD_US
        self._looked_us = t_us

    def level(self, signal: str, t_us: int) -> int | None:
        """1 while something moves and for the hold time after."""
        self._look(t_us)
        return int(t_us < self._seen_us + self._HOLD_US)

    def changed(self, t_us: int) -> None:
        """Notice what a person does between two questions of the program."""
        self._look(t_us)

    def next_turn(self, signal: str, t_us: int) -> int | None:
        """The next change of the movement or the end of the hold time."""
        turn = self.around.next_turn("motion", t_us)
        end_us = self._seen_us + self._HOLD_US
        if t_us < end_us and not self.around.is_on("motion", t_us):
            return min(turn, end_us) if turn is not None else end_us
        return turn

    def _look(self, t_us: int) -> None:
        """Find the last movement up to `t_us`, since the last look or the hold time's length."""
        time_us = max(self._looked_us, t_us - self._HOLD_US)
        for _ in range(self._MOST_TURNS):
            turn = self.around.next_turn("motion", time_us)
            until = t_us if turn is None else min(turn, t_us)
            if self.around.is_on("motion", time_us):
                self._seen_us = max(self._seen_us, until)
            if turn is None or turn > t_us:
                break
            time_us = turn
        self._looked_us = max(self._looked_us, t_us)


class Line(Device):
    """A reflection sensor with a comparator (TCRT5000, LM393): high over black."""

    def level(self, signal: str, t_us: int) -> int | None:
        """1 over black."""
        return int(self.around.is_on(self._quantity, t_us))

    def next_turn(self, signal: str, t_us: int) -> int | None:
        """When it may come over a line or leave it."""
        return self.around.next_turn(self._quantity, t_us)

    @property
    def _quantity(self) -> str:
        return self.part.name if self.part.name in QUANTITIES else "line_left"


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
