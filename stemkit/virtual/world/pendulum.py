"""The swing of a pendulum of any angle, and what a sensor on it or before it measures."""

from __future__ import annotations

import math
from typing import Final

from stemkit.model.scenario import GRAVITY_M_S2, Pendulum

_STEP_S: Final = 0.002
_KEPT_EVERY: Final = 8
_AT_REST_RAD: Final = 1e-6
_MOVED: Final = ("acc_z", "gyro_x", "distance")


class Swing:
    """Solves  angle'' = -(g / L) sin(angle) - 2 c angle'  as far as it was asked for.

    The small-angle period is 2 pi sqrt(L / g), and the angle dies away as exp(-c t).
    """

    def __init__(self, pendulum: Pendulum) -> None:
        self._pendulum = pendulum
        self._state = (math.radians(pendulum.angle_deg), 0.0)
        self._path = [self._state]
        self._resting = False

    def moves(self, quantity: str) -> bool:
        """True where the pendulum sets the quantity."""
        return quantity in _MOVED and (quantity != "distance" or self._pendulum.distance_cm > 0)

    def felt(self, quantity: str, t_s: float) -> float:
        """`acc_z` in m/s², `gyro_x` in °/s or `distance` in cm at `t_s` of the scenario."""
        angle, speed = self.at(t_s)
        length = self._pendulum.length_m
        if quantity == "gyro_x":
            return math.degrees(speed)
        if quantity == "distance":
            return self._pendulum.distance_cm + 100.0 * length * math.sin(angle)
        # An accelerometer feels what holds it: the string's pull, along z.
        return GRAVITY_M_S2 * math.cos(angle) + length * speed * speed

    def at(self, t_s: float) -> tuple[float, float]:
        """(angle in rad, angular speed in rad/s)."""
        t = t_s - self._pendulum.start_s
        if t <= 0:
            return self._path[0][0], 0.0
        kept_s = _STEP_S * _KEPT_EVERY
        index = int(t / kept_s)
        self._extend(index)
        state = self._path[index] if index < len(self._path) else (0.0, 0.0)
        return self._step(state, t - index * kept_s) if state != (0.0, 0.0) else state

    def _extend(self, index: int) -> None:
        while len(self._path) <= index and not self._resting:
            for _ in range(_KEPT_EVERY):
                self._state = self._step(self._state, _STEP_S)
            self._path.append(self._state)
            self._resting = max(map(abs, self._state)) < _AT_REST_RAD

    def _step(self, state: tuple[float, float], dt: float) -> tuple[float, float]:
        # Runge and Kutta's classical method.
        angle, speed = state
        a1, s1 = speed, self._pull(angle, speed)
        a2, s2 = speed + dt / 2 * s1, self._pull(angle + dt / 2 * a1, speed + dt / 2 * s1)
        a3, s3 = speed + dt / 2 * s2, self._pull(angle + dt / 2 * a2, speed + dt / 2 * s2)
        a4, s4 = speed + dt * s3, self._pull(angle + dt * a3, speed + dt * s3)
        return (
            angle + dt / 6 * (a1 + 2 * a2 + 2 * a3 + a4),
            speed + dt / 6 * (s1 + 2 * s2 + 2 * s3 + s4),
        )

    def _pull(self, angle: float, speed: float) -> float:
        pendulum = self._pendulum
        return (
            -GRAVITY_M_S2 / pendulum.length_m * math.sin(angle)
            - 2.0 * pendulum.damping_per_s * speed
        )
