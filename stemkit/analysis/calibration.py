"""Calibration from points: what a sensor shows, and what it should have shown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from stemkit.analysis.errors import CalibrationError
from stemkit.words import number


@dataclass(frozen=True, slots=True)
class Calibration:
    """`true = offset + gain * shown`, the least-squares line through the points."""

    offset: float
    gain: float
    worst: float
    """The greatest distance of a point from the line, in the channel's unit."""

    def __call__(self, column: Sequence[float]) -> list[float]:
        """The column as it should have been."""
        offset, gain = self.offset, self.gain
        return [offset + gain * value for value in column]


def calibrate(points: Sequence[tuple[float, float]]) -> Calibration:
    """The calibration by points (shown, true): one moves, two and more move and stretch.

    Raises `CalibrationError` where all points show the same, or say nothing.
    """
    told = ", ".join(f"{number(shown, 'g')} → {number(true, 'g')}" for shown, true in points)
    if not points or not all(math.isfinite(value) for point in points for value in point):
        raise CalibrationError(points=told)
    if len(points) == 1:
        [(shown, true)] = points
        return Calibration(true - shown, 1.0, 0.0)
    n = len(points)
    mean_x = sum(x for x, _ in points) / n
    mean_y = sum(y for _, y in points) / n
    spread = sum((x - mean_x) ** 2 for x, _ in points)
    if spread <= 0.0:
        raise CalibrationError(points=told)
    gain = sum((x - mean_x) * (y - mean_y) for x, y in points) / spread
    if gain == 0.0:
        raise CalibrationError(points=told)
    offset = mean_y - gain * mean_x
    return Calibration(offset, gain, max(abs(offset + gain * x - y) for x, y in points))
