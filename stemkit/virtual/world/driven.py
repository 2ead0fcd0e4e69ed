"""Parts that a board drives: servo, motor, buzzer, NeoPixel strip."""

from __future__ import annotations

from typing import Any, Final

from stemkit.virtual.world.device import Device
from stemkit.virtual.world.rover import LEFT, RIGHT

# TowerPro SG90 turns its half circle between about these pulses (its data sheet names 1 ms and
# 2 ms for 90 degrees; the usual drivers use 0.5 ms to 2.5 ms for 180).
_SERVO_0_US: Final = 500.0
_SERVO_180_US: Final = 2500.0


class Servo(Device):
    """SG90: turns to the angle that the pulse's width says, and stays there without one."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._pulse_us = 0.0
        self._angle_deg = 90.0

    def pulsed(self, signal: str, frequency_hz: int, duty: float, t_us: int) -> None:
        """A train of pulses."""
        self._pulse_us = duty * 1e6 / frequency_hz if frequency_hz else 0.0
        if self._pulse_us > 0.0:
            share = (self._pulse_us - _SERVO_0_US) / (_SERVO_180_US - _SERVO_0_US)
            self._angle_deg = 180.0 * min(1.0, max(0.0, share))

    def written(self, signal: str, level: int, t_us: int) -> None:
        """No pulses."""
        self._pulse_us = 0.0

    def released(self, signal: str, t_us: int) -> None:
        """No pulses."""
        self._pulse_us = 0.0

    def output(self) -> dict[str, Any] | None:
        """`angle_deg` from 0 to 180, and the `pulse_us` that it gets (0: none)."""
        return {"angle_deg": round(self._angle_deg, 1), "pulse_us": round(self._pulse_us, 1)}


class Motor(Device):
    """A direct current motor behind a bridge of two inputs (DRV8833, L9110S).

    `motor_left` and `motor_right` drive the scenario's robot, where it has one.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._inputs = {"in1": 0.0, "in2": 0.0}

    def released(self, signal: str, t_us: int) -> None:
        """The bridge pulls an input that nobody drives down."""
        self._drive(signal, 0.0, t_us)

    def written(self, signal: str, level: int, t_us: int) -> None:
        """Full speed or none."""
        self._drive(signal, float(level), t_us)

    def pulsed(self, signal: str, frequency_hz: int, duty: float, t_us: int) -> None:
        """A share of the speed."""
        self._drive(signal, duty, t_us)

    def _drive(self, signal: str, share: float, t_us: int) -> None:
        self._inputs[signal] = share
        side = self.part.name.removeprefix("motor")
        if self.around.driving and side in (LEFT, RIGHT):
            self.around.driving.drive(side, self._inputs["in1"] - self._inputs["in2"], t_us)

    def output(self) -> dict[str, Any] | None:
        """`speed` from -1 (backwards) to 1."""
        return {"speed": round(self._inputs["in1"] - self._inputs["in2"], 4)}


class Buzzer(Device):
    """A passive buzzer: sounds at the frequency of its PWM."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._frequency_hz = 0

    def released(self, signal: str, t_us: int) -> None:
        """Silent."""
        self._frequency_hz = 0

    def pulsed(self, signal: str, frequency_hz: int, duty: float, t_us: int) -> None:
        """A tone, while the duty is neither 0 nor all."""
        self._frequency_hz = frequency_hz if 0.0 < duty < 1.0 else 0

    def written(self, signal: str, level: int, t_us: int) -> None:
        """A level alone is silent."""
        self._frequency_hz = 0

    def output(self) -> dict[str, Any] | None:
        """`on` and `frequency_hz`."""
        return {"on": self._frequency_hz > 0, "frequency_hz": self._frequency_hz}


class Pixels(Device):
    """WS2812B: 24 bits a pixel, green, red, blue (Worldsemi WS2812B data sheet)."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._colours = [(0, 0, 0)] * self.part.facts.get("count", 1)

    def power_on(self, t_us: int) -> None:
        """All dark."""
        self._colours = [(0, 0, 0)] * len(self._colours)

    def pixels(self, data: bytes, t_us: int) -> None:
        """Each pixel takes the first three bytes and passes the rest on."""
        for n in range(min(len(self._colours), len(data) // 3)):
            green, red, blue = data[3 * n : 3 * n + 3]
            self._colours[n] = (red, green, blue)

    def output(self) -> dict[str, Any] | None:
        """`pixels` as `#rrggbb`, the one next to the board first."""
        return {"pixels": ["#{:02x}{:02x}{:02x}".format(*colour) for colour in self._colours]}
