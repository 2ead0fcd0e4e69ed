"""HC-SR04 ultrasonic distance sensor.

Source: HC-SR04 User's Manual (Cytron/ElecFreaks): a trigger of at least 10 us, a burst of eight
cycles at 40 kHz, then an echo pulse as long as the sound's way there and back; 2 cm to 400 cm.
"""

from __future__ import annotations

import math
from typing import Any, Final

from stemkit.virtual.world.device import Device

_TRIGGER_US: Final = 10
_BURST_US: Final = 450
"""From the trigger's end to the echo's rise; unverified: about this on common modules."""
_NO_ECHO_US: Final = 38_000
_NEAREST_CM: Final = 2.0
_FARTHEST_CM: Final = 400.0


class Sonar(Device):
    """Answers a trigger pulse with an echo pulse."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._triggered_us: int | None = None
        self._rise_us = self._fall_us = 0

    def power_on(self, t_us: int) -> None:
        """No echo under way."""
        self._triggered_us = None
        self._rise_us = self._fall_us = 0

    def written(self, signal: str, level: int, t_us: int) -> None:
        """The trigger's edges; one that comes while an echo is out is ignored."""
        if signal != "trig":
            return
        if level:
            if self._triggered_us is None:
                self._triggered_us = t_us
            return
        started, self._triggered_us = self._triggered_us, None
        if started is None or t_us - started < _TRIGGER_US or t_us < self._fall_us:
            return
        self._rise_us = t_us + _BURST_US
        self._fall_us = self._rise_us + self._echo_us(t_us)

    def level(self, signal: str, t_us: int) -> int | None:
        """The echo."""
        if signal != "echo":
            return None
        return int(self._rise_us <= t_us < self._fall_us)

    def next_turn(self, signal: str, t_us: int) -> int | None:
        """The echo's next edge."""
        if signal == "echo":
            for edge in (self._rise_us, self._fall_us):
                if edge > t_us:
                    return edge
        return None

    def is_quick(self, signal: str, t_us: int) -> bool:
        """While the echo is awaited or there."""
        return signal == "echo" and t_us < self._fall_us

    def _echo_us(self, t_us: int) -> int:
        distance_cm = max(_NEAREST_CM, self.around.value("distance", t_us))
        if distance_cm > _FARTHEST_CM:
            return _NO_ECHO_US
        speed_m_s = speed_of_sound_m_s(self.around.value("temperature", t_us))
        return round(2.0 * distance_cm / 100.0 / speed_m_s * 1e6)


def speed_of_sound_m_s(temperature_c: float) -> float:
    """In dry air: 331.3 sqrt(1 + T / 273.15) m/s (ideal gas, gamma 1.4, 28.96 g/mol)."""
    return 331.3 * math.sqrt(max(0.0, 1.0 + temperature_c / 273.15))
