"""A scenario while it plays: the value of each quantity at any time, the same in every run.

Chance is a function of seed, track and time alone (no state that depends on who asked when), so
two runs that ask at different moments see the same world.
"""

from __future__ import annotations

import bisect
import math
from array import array
from collections.abc import Sequence
from typing import Final

from stemkit.model.scenario import (
    QUANTITIES,
    Noise,
    Occurrence,
    Ramp,
    Scenario,
    Shape,
    Sine,
    Steps,
    Track,
    Walk,
    is_course,
)
from stemkit.virtual.world.pendulum import Swing

_MASK: Final = 0xFFFF_FFFF_FFFF_FFFF


def chance(seed: int, number: int) -> int:
    """64 random bits that belong to (`seed`, `number`): splitmix64 (Steele, Lea, Flood 2014)."""
    z = (seed + number * 0x9E3779B97F4A7C15 + 0x9E3779B97F4A7C15) & _MASK
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
    return z ^ (z >> 31)


def normal(seed: int, number: int) -> float:
    """A draw of the standard normal distribution that belongs to (`seed`, `number`)."""
    # Box and Muller (1958), on two halves of the same draw.
    bits = chance(seed, number)
    u = ((bits >> 32) + 1) / 2**32
    return math.sqrt(-2.0 * math.log(u)) * math.cos(2.0 * math.pi * (bits & 0xFFFFFFFF) / 2**32)


def seed_of(*words: object) -> int:
    """A seed from words, the same on every machine (FNV-1a, 64 bits)."""
    value = 0xCBF29CE484222325
    for byte in "/".join(str(word) for word in words).encode():
        value = ((value ^ byte) * 0x100000001B3) & _MASK
    return value


_MOST_WALKED: Final = 100_000


class _WalkPath:
    """A random walk, computed as far as it was asked for.

    After `_MOST_WALKED` steps it goes back the way that it came, and so on.
    """

    def __init__(self, walk: Walk, seed: int) -> None:
        self._walk, self._seed = walk, seed
        self._values = array("d", [0.0])

    def at(self, t_s: float) -> float:
        walk = self._walk
        index = max(0, int(t_s / walk.interval_s)) % (2 * _MOST_WALKED)
        index = min(index, 2 * _MOST_WALKED - index)
        values = self._values
        while len(values) <= index:
            moved = values[-1] * (1.0 - walk.pull) + walk.step * normal(self._seed, len(values))
            values.append(min(walk.limit, max(-walk.limit, moved)))
        return values[index]


class Course:
    """A scenario with its chances drawn. Times are seconds of world time."""

    def __init__(self, scenario: Scenario, seed: int) -> None:
        self.scenario = scenario
        self._walks: dict[int, _WalkPath] = {}
        self._tracks: dict[str, list[tuple[int, Track]]] = {}
        for number, track in enumerate(scenario.tracks):
            key = seed_of(seed, scenario.seed, number)
            self._tracks.setdefault(track.quantity, []).append((key, track))
        self._occurrences: dict[str, list[Occurrence]] = {}
        for occurrence in scenario.occurrences:
            self._occurrences.setdefault(occurrence.quantity, []).append(occurrence)
        self._swings = [Swing(pendulum) for pendulum in scenario.pendulums]

    def value(self, quantity: str, time_s: float) -> float | None:
        """The value at `time_s`, within the quantity's bounds; None where nothing sets it."""
        t_s = self._folded(time_s)
        for occurrence in reversed(self._occurrences.get(quantity, ())):
            if occurrence.at_s <= t_s < occurrence.at_s + occurrence.lasts_s:
                return occurrence.value
        bounds = QUANTITIES[quantity]
        tracks = self._tracks.get(quantity, ())
        swung = [swing.felt(quantity, t_s) for swing in self._swings if swing.moves(quantity)]
        if not tracks and not swung:
            return None
        total = sum(swung) + sum(
            self._shape(key, track.shape, t_s, time_s) for key, track in tracks if track.holds(t_s)
        )
        if not swung and not any(is_course(track.shape) for _, track in tracks):
            total += bounds.rest
        return min(bounds.high, max(bounds.low, total))

    def sets(self, quantity: str) -> bool:
        """True where the scenario says anything about the quantity."""
        return (
            quantity in self._tracks
            or quantity in self._occurrences
            or any(swing.moves(quantity) for swing in self._swings)
        )

    def is_smooth(self, quantity: str) -> bool:
        """True where the quantity changes between the moments that `turns` names."""
        shapes = [track.shape for _, track in self._tracks.get(quantity, ())]
        return any(not isinstance(shape, Steps) for shape in shapes) or any(
            swing.moves(quantity) for swing in self._swings
        )

    def next_turn(self, quantity: str, after_s: float) -> float | None:
        """The next moment at which the quantity may jump, or None where none comes."""
        times = self._jumps(quantity)
        if not times:
            return None
        repeat = self.scenario.repeat_s
        base = math.floor(after_s / repeat) * repeat if repeat else 0.0
        for start in (base, base + repeat) if repeat else (0.0,):
            index = bisect.bisect_right(times, after_s - start)
            if index < len(times):
                return start + times[index]
        return None

    def _jumps(self, quantity: str) -> list[float]:
        times: set[float] = set()
        for _, track in self._tracks.get(quantity, ()):
            if isinstance(track.shape, Steps):
                times.update(at for at, _ in track.shape.points)
        for occurrence in self._occurrences.get(quantity, ()):
            times.update((occurrence.at_s, occurrence.at_s + occurrence.lasts_s))
        repeat = self.scenario.repeat_s
        if repeat and times:
            times = {t for t in times if t < repeat} | {0.0}
        return sorted(times)

    def _folded(self, time_s: float) -> float:
        return time_s % self.scenario.repeat_s if self.scenario.repeat_s else time_s

    def _shape(self, key: int, shape: Shape, t_s: float, time_s: float) -> float:
        if isinstance(shape, Steps):
            return _steps(shape.points, t_s)
        if isinstance(shape, Ramp):
            return _ramp(shape.points, t_s)
        if isinstance(shape, Sine):
            turns = t_s / shape.period_s + shape.phase_deg / 360.0
            return shape.mean + shape.amplitude * math.sin(2.0 * math.pi * turns)
        # Chance does not repeat with the scenario.
        if isinstance(shape, Noise):
            return shape.deviation * normal(key, int(time_s / shape.interval_s))
        if key not in self._walks:
            self._walks[key] = _WalkPath(shape, key)
        return self._walks[key].at(time_s)


def _steps(points: Sequence[tuple[float, float]], t_s: float) -> float:
    index = bisect.bisect_right(points, t_s, key=lambda point: point[0])
    return points[max(0, index - 1)][1]


def _ramp(points: Sequence[tuple[float, float]], t_s: float) -> float:
    index = bisect.bisect_right(points, t_s, key=lambda point: point[0])
    if index == 0:
        return points[0][1]
    if index == len(points):
        return points[-1][1]
    (t0, v0), (t1, v1) = points[index - 1], points[index]
    return v0 + (v1 - v0) * (t_s - t0) / (t1 - t0)
