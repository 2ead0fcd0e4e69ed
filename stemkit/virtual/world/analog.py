"""Parts that give a voltage: light-dependent resistor, soil moisture probe, microphone."""

from __future__ import annotations

import math
from typing import Final

from stemkit.virtual.world.course import normal
from stemkit.virtual.world.device import SUPPLY_V, Device

# GL5528: 10 lx to 15 kOhm (8 to 20), gamma 0.7 (its data sheet), below it 10 kOhm to ground.
_LDR_OHM_AT_10_LX: Final = 15_000.0
_LDR_GAMMA: Final = 0.7
_LDR_BELOW_OHM: Final = 10_000.0
_LDR_DARK_OHM: Final = 1_000_000.0

# Capacitive probe "v1.2" at 3.3 V: unverified, values as read on such probes (2.3 V in air, 1.1 V
# in water); the makers publish none.
_SOIL_DRY_V: Final = 2.3
_SOIL_WET_V: Final = 1.1

_SOUND_PERIOD_US: Final = 1000


class Light(Device):
    """A light-dependent resistor from the supply to the pin, a fixed one from there to ground."""

    def volts(self, signal: str, t_us: int) -> float | None:
        """More light, more volts."""
        return light_volts(self.around.value("light", t_us))


def light_volts(light_lx: float) -> float:
    """Voltage of the divider at `light_lx`."""
    if light_lx <= 0.0:
        return SUPPLY_V * _LDR_BELOW_OHM / (_LDR_DARK_OHM + _LDR_BELOW_OHM)
    ohm = min(_LDR_DARK_OHM, _LDR_OHM_AT_10_LX * math.pow(10.0 / light_lx, _LDR_GAMMA))
    return SUPPLY_V * _LDR_BELOW_OHM / (ohm + _LDR_BELOW_OHM)


class Soil(Device):
    """A capacitive soil moisture probe: the wetter, the fewer volts."""

    def volts(self, signal: str, t_us: int) -> float | None:
        """Between the voltages in air (0 %) and in water (100 %)."""
        share = self.around.value("soil", t_us) / 100.0
        return _SOIL_DRY_V + (_SOIL_WET_V - _SOIL_DRY_V) * share


class Sound(Device):
    """A microphone module (MAX4466 kind): half the supply, and the sound's wave around it.

    `sound` is the wave's amplitude as a share of what the module can show.
    """

    def volts(self, signal: str, t_us: int) -> float | None:
        """The wave: voices as noise around a tone of 440 Hz."""
        half = SUPPLY_V / 2.0
        amplitude = half * self.around.value("sound", t_us) / 100.0
        tone = math.sin(2.0 * math.pi * 440.0 * t_us / 1e6)
        swell = 0.8 + 0.2 * max(-1.0, min(1.0, normal(self.seed, t_us // _SOUND_PERIOD_US)))
        return half + amplitude * tone * swell
