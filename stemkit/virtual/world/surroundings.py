"""The physical quantities around one board: what a person set, else the scenario, else at rest."""

from __future__ import annotations

from stemkit.model.scenario import EMPTY, QUANTITIES, Scenario, quantity_named
from stemkit.virtual.world.course import Course
from stemkit.virtual.world.errors import NoSuchQuantityError, QuantityRangeError
from stemkit.virtual.world.rover import Driving

_LOOK_EVERY_S = 0.01
_FALLS_BACK = {"probe_temperature": "temperature"}


class Surroundings:
    """Values at any time (microseconds of world time)."""

    def __init__(self, scenario: Scenario | None, seed: int) -> None:
        self._course = Course(scenario or EMPTY, seed)
        self._set: dict[str, float] = {}
        rover = self._course.scenario.rover
        self.driving = Driving(rover) if rover else None
        """The scenario's robot, where it has one."""

    @property
    def scenario(self) -> Scenario:
        """The scenario that plays."""
        return self._course.scenario

    def value(self, quantity: str, t_us: int) -> float:
        """The value of a quantity of `QUANTITIES`, in its unit."""
        if quantity in self._set:
            return self._set[quantity]
        if self.driving and self.driving.sees(quantity):
            return self.driving.value(quantity, t_us)
        found = self._course.value(quantity, t_us / 1e6)
        if found is not None:
            return found
        if quantity in _FALLS_BACK:
            return self.value(_FALLS_BACK[quantity], t_us)
        return QUANTITIES[quantity].rest

    def is_on(self, quantity: str, t_us: int) -> bool:
        """A quantity of 0 or 1 as a switch."""
        return self.value(quantity, t_us) >= 0.5

    def set(self, quantity: str, value: float | None) -> None:
        """Hold a quantity at `value`, whatever the scenario says; None gives it back.

        Raises NoSuchQuantityError, QuantityRangeError.
        """
        name = quantity_named(quantity)
        if name is None:
            raise NoSuchQuantityError(quantity=quantity, known=", ".join(QUANTITIES))
        if value is None:
            self._set.pop(name, None)
            return
        bounds = QUANTITIES[name]
        if not bounds.low <= value <= bounds.high:
            raise QuantityRangeError(
                quantity=name, value=value, low=bounds.low, high=bounds.high, unit=bounds.unit
            )
        self._set[name] = float(value)

    def is_set(self, quantity: str) -> bool:
        """True while a person holds it."""
        return quantity in self._set

    def next_turn(self, quantity: str, t_us: int) -> int | None:
        """The next time at which a quantity may be another; None: never, if nobody sets it."""
        if quantity in self._set:
            return None
        seen = self.driving is not None and self.driving.sees(quantity)
        if seen or self._course.is_smooth(quantity):
            return t_us + int(_LOOK_EVERY_S * 1e6)
        turn_s = self._course.next_turn(quantity, t_us / 1e6)
        return None if turn_s is None else max(t_us + 1, round(turn_s * 1e6))
