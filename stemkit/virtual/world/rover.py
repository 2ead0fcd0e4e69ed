"""A robot on two driven wheels: where its motors take it, and what its sensors see there."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Final

from stemkit.model.scenario import Rover

LEFT: Final = "_left"
RIGHT: Final = "_right"
_SEES: Final = ("line_left", "line_right", "distance")
_BEAM_RAD: Final = math.radians(15.0)
"""Half of an HC-SR04's cone (its manual: effectual angle < 15 degrees)."""


class Driving:
    """The robot of a scenario while its board runs. Times never run backwards.

    Wheels turn as their motors are driven, at once and without slip: between two commands the
    robot's way is an arc of a circle.
    """

    def __init__(self, rover: Rover) -> None:
        self._rover = rover
        self.x_cm, self.y_cm, heading_deg = rover.start
        self.heading_rad = math.radians(heading_deg)
        self._t_us = 0
        self._power = {LEFT: 0.0, RIGHT: 0.0}

    def sees(self, quantity: str) -> bool:
        """True where the robot's place decides what the quantity is."""
        return quantity in _SEES

    def drive(self, side: str, power: float, t_us: int) -> None:
        """Drive the motor of a side (`LEFT`, `RIGHT`) with -1 to 1 of its speed from `t_us` on."""
        self._go_on(t_us)
        self._power[side] = power

    def value(self, quantity: str, t_us: int) -> float:
        """1 where a line sensor is over a line, or the distance in cm of what is ahead."""
        self._go_on(t_us)
        if quantity == "distance":
            return self._distance_cm(t_us)
        rover = self._rover
        aside = rover.sensors_apart_cm / 2.0 * (1.0 if quantity.endswith(LEFT) else -1.0)
        x, y = self._point(rover.sensors_ahead_cm, aside)
        return float(any(_near(line, x, y, rover.line_width_cm / 2.0) for line in rover.lines))

    def _go_on(self, t_us: int) -> None:
        passed_s = (t_us - self._t_us) / 1e6
        if passed_s <= 0.0:
            return
        self._t_us = t_us
        left, right = (self._power[side] * self._rover.speed_cm_s for side in (LEFT, RIGHT))
        turn = (right - left) / self._rover.wheels_apart_cm * passed_s
        way = (left + right) / 2.0 * passed_s
        # The chord of the arc, in the direction of its middle.
        chord = way * (math.sin(turn / 2.0) / (turn / 2.0) if turn else 1.0)
        self.x_cm += chord * math.cos(self.heading_rad + turn / 2.0)
        self.y_cm += chord * math.sin(self.heading_rad + turn / 2.0)
        self.heading_rad += turn

    def _point(self, ahead_cm: float, aside_cm: float) -> tuple[float, float]:
        """A place on the robot, from the middle of its axle; `aside_cm` to the left."""
        c, s = math.cos(self.heading_rad), math.sin(self.heading_rad)
        return (
            self.x_cm + ahead_cm * c - aside_cm * s,
            self.y_cm + ahead_cm * s + aside_cm * c,
        )

    def _distance_cm(self, t_us: int) -> float:
        nearest = self._rover.far_cm
        x, y = self._point(self._rover.sensors_ahead_cm, 0.0)
        for thing in self._rover.obstacles:
            if not thing.from_s <= t_us / 1e6 < thing.to_s:
                continue
            away = math.hypot(thing.x_cm - x, thing.y_cm - y)
            if away <= thing.radius_cm:
                return 0.0
            aside = math.atan2(thing.y_cm - y, thing.x_cm - x) - self.heading_rad
            aside = abs(math.remainder(aside, 2.0 * math.pi))
            if aside <= _BEAM_RAD + math.asin(thing.radius_cm / away):
                nearest = min(nearest, away - thing.radius_cm)
        return nearest


def _near(line: tuple[tuple[float, float], ...], x: float, y: float, within: float) -> bool:
    """Whether a point lies within that distance of a line through points."""
    for (x1, y1), (x2, y2) in pairwise(line):
        dx, dy = x2 - x1, y2 - y1
        length = dx * dx + dy * dy
        share = ((x - x1) * dx + (y - y1) * dy) / length if length else 0.0
        share = min(1.0, max(0.0, share))
        if math.hypot(x - x1 - share * dx, y - y1 - share * dy) <= within:
            return True
    return False
