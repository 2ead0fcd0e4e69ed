"""A kind of sensor or actuator of the kit, as read from its data file."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from stemkit.model.text import Text


class Bus(enum.StrEnum):
    """How a part is connected."""

    DIGITAL = "digital"
    ANALOG = "analog"
    PWM = "pwm"
    I2C = "i2c"
    ONEWIRE = "onewire"
    DHT = "dht"
    """The DHT's own single wire, which is not 1-Wire."""
    NEOPIXEL = "neopixel"


class Role(enum.StrEnum):
    """Whether a part measures or acts."""

    SENSOR = "sensor"
    ACTUATOR = "actuator"


@dataclass(frozen=True, slots=True)
class Quantity:
    """One thing that a sensor measures."""

    id: str
    """Name in programs and default label in readings: `temp`, `hum`."""
    name: Text
    unit: str
    """Unit as shown: `°C`, `%`, `hPa`; empty for a plain number."""
    low: float
    high: float
    """Ends of the measuring range, in `unit`."""
    resolution: float
    """The smallest step, in `unit`; 0 where the sheet gives none."""
    accuracy: float
    """Typical error (±), in `unit`; 0 where the sheet gives none."""


@dataclass(frozen=True, slots=True)
class SensorModel:
    """A kind of sensor or actuator. `id` is the name of its data file and of its driver's entry."""

    id: str
    name: Text
    role: Role
    bus: Bus
    addresses: tuple[int, ...]
    """7-bit I2C addresses that it can have, the usual one first; empty on other buses."""
    signals: Mapping[str, str]
    """Its signals to the pin that each needs: `in`, `out`, `in-out`, `adc`, `pwm`."""
    quantities: tuple[Quantity, ...]
    """What it measures; empty for an actuator."""
    options: Mapping[str, int]
    """Numbers that the driver takes behind its signals, in order, and what they are usually; a
    board's `Wired.facts` can say otherwise."""
    driver: str
    """Module that reads or drives it: of the runtime (`stem.dht`), or MicroPython's own."""
    driver_class: str
    supply_v: tuple[float, float]
    """Lowest and highest supply voltage."""
    interval_s: float
    """Shortest time between two measurements."""
    wiring: Text
    """How a student connects it."""
    sources: Mapping[str, tuple[str, ...]]
    unverified: Mapping[str, str]
