"""What happens around a virtual board: physical quantities and how they change with time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stemkit.model.text import Text

GRAVITY_M_S2: Final = 9.80665
"""Standard gravity (ISO 80000-3)."""


@dataclass(frozen=True, slots=True)
class Quantity:
    """A physical quantity of the world: its unit, bounds, and value where nothing says other."""

    unit: str
    low: float
    high: float
    rest: float


QUANTITIES: Final[Mapping[str, Quantity]] = {
    "temperature": Quantity("°C", -60.0, 150.0, 22.0),
    "humidity": Quantity("%", 0.0, 100.0, 65.0),
    "pressure": Quantity("hPa", 200.0, 1200.0, 1010.0),
    "probe_temperature": Quantity("°C", -60.0, 150.0, 22.0),
    "light": Quantity("lx", 0.0, 120_000.0, 350.0),
    "distance": Quantity("cm", 0.0, 1000.0, 50.0),
    "acc_x": Quantity("m/s²", -200.0, 200.0, 0.0),
    "acc_y": Quantity("m/s²", -200.0, 200.0, 0.0),
    "acc_z": Quantity("m/s²", -200.0, 200.0, GRAVITY_M_S2),
    "gyro_x": Quantity("°/s", -3000.0, 3000.0, 0.0),
    "gyro_y": Quantity("°/s", -3000.0, 3000.0, 0.0),
    "gyro_z": Quantity("°/s", -3000.0, 3000.0, 0.0),
    "magnetic_x": Quantity("µT", -5000.0, 5000.0, 0.0),
    "magnetic_y": Quantity("µT", -5000.0, 5000.0, 38.0),
    "magnetic_z": Quantity("µT", -5000.0, 5000.0, -22.0),
    "soil": Quantity("%", 0.0, 100.0, 45.0),
    "sound": Quantity("%", 0.0, 100.0, 12.0),
    "line_left": Quantity("", 0.0, 1.0, 0.0),
    "line_right": Quantity("", 0.0, 1.0, 0.0),
    "motion": Quantity("", 0.0, 1.0, 0.0),
    "touch": Quantity("", 0.0, 1.0, 0.0),
    "button": Quantity("", 0.0, 1.0, 0.0),
    "button_a": Quantity("", 0.0, 1.0, 0.0),
    "button_b": Quantity("", 0.0, 1.0, 0.0),
}
"""Name to quantity. `probe_temperature` (DS18B20) is `temperature` until something sets it; the
buttons, `motion` and `touch` are 1 while pressed, moving, touched, `line_*` over black; `soil` and
`sound` are shares of what the part can show, `acc_*` is what an accelerometer at rest feels
(gravity included)."""

ALIASES: Final[Mapping[str, str]] = {
    "temp": "temperature",
    "hum": "humidity",
    "probe": "probe_temperature",
    "water": "probe_temperature",
}
"""Other names that people may write, among them the labels of the kit's readings."""


def quantity_named(name: str) -> str | None:
    """The name in `QUANTITIES` that `name` means, or None where it means none."""
    name = name.strip().lower()
    name = ALIASES.get(name, name)
    return name if name in QUANTITIES else None


@dataclass(frozen=True, slots=True)
class Steps:
    """Jumps: each of `points` (time in s, value) holds until the next; before the first, its."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Ramp:
    """Straight lines between `points` (time in s, value); level outside them."""

    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class Sine:
    """`mean + amplitude * sin(2 pi t / period + phase)`."""

    mean: float
    amplitude: float
    period_s: float
    phase_deg: float


@dataclass(frozen=True, slots=True)
class Noise:
    """Normal noise around 0, drawn anew every `interval_s`."""

    deviation: float
    interval_s: float


@dataclass(frozen=True, slots=True)
class Walk:
    """A random walk from 0: every `interval_s` a normal step, drawn back by the share `pull`.

    It stays within `-limit` to `limit`.
    """

    step: float
    interval_s: float
    pull: float
    limit: float


Shape = Steps | Ramp | Sine | Noise | Walk


def is_course(shape: Shape) -> bool:
    """True for a shape with values of its own; False for one that moves around those of others."""
    return isinstance(shape, Steps | Ramp) or (isinstance(shape, Sine) and shape.mean != 0.0)


@dataclass(frozen=True, slots=True)
class Pendulum:
    """A board (or the thing before a distance sensor) on a string, let go at `start_s`.

    The swing is about the board's x axis with the string along z: `acc_z` and `gyro_x` feel it.
    `distance` is that of a sensor which looks along the swing, `distance_cm` from its middle; 0
    leaves `distance` alone.
    """

    length_m: float
    angle_deg: float
    damping_per_s: float
    start_s: float
    distance_cm: float


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something round that stands in a robot's world from `from_s` to `to_s`."""

    x_cm: float
    y_cm: float
    radius_cm: float
    from_s: float
    to_s: float


@dataclass(frozen=True, slots=True)
class Rover:
    """A robot with a driven wheel on each side, on a floor with black lines.

    Its board's parts `motor_left` and `motor_right` move it; `line_left`, `line_right` and
    `distance` are what it sees. Angles count from the x axis to the left.
    """

    start: tuple[float, float, float]
    """x and y of the middle of its axle in cm, and where it looks in degrees."""
    lines: tuple[tuple[tuple[float, float], ...], ...]
    """Lines through points (x, y) in cm."""
    line_width_cm: float
    speed_cm_s: float
    """Of a wheel at full power."""
    wheels_apart_cm: float
    sensors_ahead_cm: float
    """From the axle to the line sensors and the distance sensor."""
    sensors_apart_cm: float
    """Between the two line sensors."""
    far_cm: float
    """What the distance sensor measures where nothing stands."""
    obstacles: tuple[Obstacle, ...]


@dataclass(frozen=True, slots=True)
class Track:
    """One shape in what becomes of a quantity; all of its tracks add up, around one course.

    A shape that moves around the course may do so for a while only: `from_s` to `to_s`.
    """

    quantity: str
    shape: Shape
    from_s: float = -math.inf
    to_s: float = math.inf

    def holds(self, time_s: float) -> bool:
        """Whether it adds anything at this time of the scenario."""
        return self.from_s <= time_s < self.to_s


@dataclass(frozen=True, slots=True)
class Occurrence:
    """From `at_s` on, for `lasts_s`, `quantity` is `value` whatever else says."""

    quantity: str
    at_s: float
    lasts_s: float
    value: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole course of events. `repeat_s` 0: it runs once and its last values stay."""

    title: Text
    seed: int
    repeat_s: float
    tracks: tuple[Track, ...]
    occurrences: tuple[Occurrence, ...]
    pendulums: tuple[Pendulum, ...]
    rover: Rover | None = None


EMPTY: Final = Scenario(Text("Lớp học yên tĩnh", "A quiet classroom"), 0, 0.0, (), (), ())
"""Nothing happens: every quantity keeps its value at rest."""
