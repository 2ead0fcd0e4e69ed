"""A line plot as an SVG picture: axes with units, gaps left open, the same bytes everywhere."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

_WIDTH, _HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 14, 16, 40
_LETTER: Final = 7  # about the width of a letter
_COLOURS: Final = ("#0b57a4", "#b3261e", "#1b7f3b", "#8a4fbf", "#a85b00", "#00737a")
_FONT: Final = "'Be Vietnam Pro','DejaVu Sans','Segoe UI',sans-serif"
# A pause this many times longer than usual is a gap, where the line is broken.
_GAP: Final = 5.0
_MOST_TICKS: Final = 7


@dataclass(frozen=True, slots=True)
class Line:
    """What one board sent on one channel: times in s, and values (nan where there is none)."""

    name: str
    times: Sequence[float]
    values: Sequence[float]


def plot_svg(lines: Sequence[Line], x_title: str, y_title: str, decimal: str = ".") -> bytes:
    """One panel with a line a board; `lines` hold at least one number."""
    xs = [t for line in lines for t in line.times]
    ys = [v for line in lines for v in line.values if math.isfinite(v)]
    across = _Axis(min(xs), max(xs), _LEFT, _WIDTH - _RIGHT)
    up = _Axis(min(ys), max(ys), _HEIGHT - _BOTTOM, _TOP)
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}"'
        f' width="{_WIDTH}" height="{_HEIGHT}" font-family="{_FONT}" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>',
        *_grid(across, up, decimal),
        f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2:.0f}" y="{_HEIGHT - 6}"'
        f' text-anchor="middle">{escape(x_title)}</text>',
        f'<text transform="translate(14 {(_TOP + _HEIGHT - _BOTTOM) / 2:.0f}) rotate(-90)"'
        f' text-anchor="middle">{escape(y_title)}</text>',
    ]
    places = _legend([line.name for line in lines])
    for number, line in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        for points in _strokes(line, across, up):
            rows.append(
                f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{points}"/>'
            )
        if len(lines) > 1:
            rows.append(
                f'<text x="{places[number][0]}" y="{places[number][1]}" fill="{colour}">'
                f"{escape(line.name)}</text>"
            )
    rows.append("</svg>")
    return "\n".join(rows).encode() + b"\n"


def stacked_svg(panels: Sequence[bytes], title: str = "") -> bytes:
    """Panels that `plot_svg` made, one under the other in one picture, under a title."""
    top = 28 if title else 0
    height = top + _HEIGHT * len(panels)
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}"'
        f' width="{_WIDTH}" height="{height}" font-family="{_FONT}" font-size="15">',
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>',
        f'<text x="{_WIDTH // 2}" y="19" text-anchor="middle">{escape(title)}</text>' * bool(title),
    ]
    for number, panel in enumerate(panels):
        place = f"translate(0 {top + _HEIGHT * number})"
        rows.append(f'<g transform="{place}">\n{panel.decode()}</g>')
    return "\n".join([*rows, "</svg>"]).encode() + b"\n"


def _legend(names: Sequence[str]) -> list[tuple[int, int]]:
    """Where the names stand: side by side as far as there is room, then in the next row."""
    places = []
    x, y = _LEFT + 8, _TOP + 12
    for name in names:
        width = max(110, _LETTER * len(name) + 24)
        if x > _LEFT + 8 and x + width > _WIDTH:
            x, y = _LEFT + 8, y + 16
        places.append((x, y))
        x += width
    return places


class _Axis:
    """Numbers from `low` to `high` on the way from one pixel to another."""

    def __init__(self, low: float, high: float, start: float, stop: float) -> None:
        if low == high:
            low, high = low - (abs(low) or 1.0) * 0.1, high + (abs(high) or 1.0) * 0.1
        self.step = _step((high - low) / _MOST_TICKS)
        self.low = math.floor(low / self.step) * self.step
        self.high = math.ceil(high / self.step) * self.step
        self._start, self._scale = start, (stop - start) / (self.high - self.low)

    def at(self, value: float) -> float:
        """The pixel of a number."""
        return self._start + (value - self.low) * self._scale

    def ticks(self, decimal: str) -> Iterator[tuple[float, str]]:
        """Where numbers stand, and the numbers."""
        places = max(0, -math.floor(math.log10(self.step) + 1e-9))
        for k in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + k * self.step
            yield self.at(value), f"{value:.{places}f}".replace(".", decimal)


def _step(least: float) -> float:
    """The smallest of 1, 2, 5 times a power of ten that is not smaller."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least * 0.999999)


def _grid(across: _Axis, up: _Axis, decimal: str) -> Iterator[str]:
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - _RIGHT
    for x, text in across.ticks(decimal):
        yield f'<path d="M{x:.1f} {_TOP}V{bottom}" stroke="#ddd"/>'
        yield f'<text x="{x:.1f}" y="{bottom + 16}" text-anchor="middle">{text}</text>'
    for y, text in up.ticks(decimal):
        yield f'<path d="M{_LEFT} {y:.1f}H{right}" stroke="#ddd"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{text}</text>'


def _strokes(line: Line, across: _Axis, up: _Axis) -> Iterator[str]:
    """The points of each unbroken stretch."""
    steps = sorted(b - a for a, b in pairwise(line.times))
    usual = steps[len(steps) // 2] if steps else 0.0
    points: list[str] = []
    before = -math.inf
    for t_s, value in zip(line.times, line.values, strict=True):
        gap = usual > 0 and t_s - before > max(_GAP * usual, 1.0)
        if points and (gap or not math.isfinite(value)):
            yield " ".join(points)
            points = []
        if math.isfinite(value):
            points.append(f"{across.at(t_s):.1f},{up.at(value):.1f}")
        before = t_s
    if points:
        # A single point has no length: a short stroke makes it seen.
        x, _, y = points[0].partition(",")
        yield " ".join([*points, f"{float(x) + 1:.1f},{y}"] if len(points) == 1 else points)
