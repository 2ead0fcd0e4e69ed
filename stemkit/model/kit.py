"""The club's own boards: which is number 7, and what its self-tests said."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SensorTest:
    """How one part of a board did in a self-test."""

    sensor: str
    """Id of a `SensorModel`."""
    ok: bool
    detail: str
    """What was read, or what was wrong, as the board told it."""


@dataclass(frozen=True, slots=True)
class SelfTest:
    """One self-test of a board; `at` is UTC, ISO 8601 with seconds."""

    at: str
    firmware: str
    sensors: tuple[SensorTest, ...]

    @property
    def ok(self) -> bool:
        """Whether every part did well."""
        return all(sensor.ok for sensor in self.sensors)


@dataclass(frozen=True, slots=True)
class KitBoard:
    """A board of the club. `unique_id` is the hex of `machine.unique_id()`; numbers start at 1."""

    unique_id: str
    number: int
    name: str = ""
    """A name that the teacher gave; empty where the number is enough."""
    model: str = ""
    """Id of a `BoardModel`, empty where it is not known."""
    parts: tuple[str, ...] = ()
    """Names of the parts that are plugged into it, beside those that are soldered on."""
    since: str = ""
    """When it got its number, UTC, ISO 8601 with seconds."""
    tests: tuple[SelfTest, ...] = ()
    """Oldest first."""
