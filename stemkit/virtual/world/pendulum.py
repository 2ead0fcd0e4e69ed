"""The swing of a pendulum of any angle, and what a sensor on it or before it measures."""

from __future__ import annotations

import math
from array import array
from typing import Final

from stemkit.model.scenario import GRAVITY_M_S2, Pendulum

_STEPS_A_PERIOD: Final = 200
_AT_REST_RAD: Final = 1e-6
_MOST_STEPS: Final = 1_000_000
"""A swing that is hardly damped is taken to rest after this many steps (some 5000 periods)."""
_MOVED: Final = ("acc_z", "gyro_x", "distance")


class Swing:
    """Solves  angle'' = -(g / L) sin(angle) - 2 c angle'  as far as it was asked for.

    The small-angle period is 2 pi sqrt(L / g), and the angle dies away as exp(-c t).
    """

    def __init__(self, pendulum: Pendulum) -> None:
        self._pendulum = pendulum
        angle = math.radians(pendulum.angle_deg)
        self._period_s = period_s(pendulum.length_m, angle)
        self._step_s = self._period_s / _STEPS_A_PERIOD
        self._angles = array("d", [angle])
        self._speeds = array("d", [0.0])
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
            return self._angles[0], 0.0
        if not self._pendulum.damping_per_s:
            t %= self._period_s
        index = int(t / self._step_s)
        self._extend(index)
        if index >= len(self._angles):
            return 0.0, 0.0
        rest_s = t - index * self._step_s
        return self._step(self._angles[index], self._speeds[index], rest_s)

    def _extend(self, index: int) -> None:
        while len(self._angles) <= index and not self._resting:
            angle, speed = self._step(self._angles[-1], self._speeds[-1], self._step_s)
            self._angles.append(angle)
            self._speeds.append(speed)
            at_rest = max(abs(angle), abs(speed)) < _AT_REST_RAD
            self._resting = at_rest or len(self._angles) > _MOST_STEPS

    def _step(self, angle: float, speed: float, dt: float) -> tuple[float, float]:
        # Runge and Kutta's classical method.
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


def period_s(length_m: float, angle_rad: float) -> float:
    """Period of the undamped swing: the small-angle one over AGM(1, cos(angle / 2)) (Gauss)."""
    a, b = 1.0, math.cos(angle_rad / 2.0)
    while abs(a - b) > 1e-15:
        a, b = (a + b) / 2.0, math.sqrt(a * b)
    return 2.0 * math.pi * math.sqrt(length_m / GRAVITY_M_S2) / a
