"""Lines drawn with letters: braille dots (2 x 4 a letter), blocks or ASCII.

A canvas is a grid of letters; every letter has a mask of dots and one colour, that of the last
line through it. Dots are counted from the upper left corner.
"""

from __future__ import annotations

import enum
import math
import re
import sys
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


class Style(enum.StrEnum):
    """The letters that a terminal can show."""

    BRAILLE = "braille"
    BLOCK = "block"
    """Quadrants, for terminals whose font has no braille: 2 x 2 dots a letter."""
    ASCII = "ascii"


_DOTS_DOWN: Final = {Style.BRAILLE: 4, Style.BLOCK: 2, Style.ASCII: 2}

# Unicode U+2800: bit of the dot in column 0/1, row 0..3 (The Unicode Standard, Braille Patterns).
_BRAILLE: Final = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
_PAIRS: Final = ((0x01, 0x02), (0x04, 0x08))
# By mask of the four quadrants: upper left 1, lower left 2, upper right 4, lower right 8.
_BLOCKS: Final = " ▘▖▌▝▀▞▛▗▚▄▙▐▜▟█"
_ASCII: Final = " '.|'\"/|.\\_|||||"

# Letters of one colour and the blanks behind them; or blanks alone.
_RUNS: Final = re.compile(rb"([^\0])(?:\1|\0)*|\0+", re.DOTALL)
_UTF16: Final = f"utf-16-{sys.byteorder[0]}e"

Run = tuple[str, int]
"""Letters of one colour; colour 0 is that of blanks."""


def _run_masks(bits: Sequence[Sequence[int]]) -> list[list[list[int]]]:
    """Mask of the dots from row a down to row b, for either column."""
    rows = len(bits[0])
    return [[[sum(column[a : b + 1]) for b in range(rows)] for a in range(rows)] for column in bits]


_MASKS: Final = {
    Style.BRAILLE: _run_masks(_BRAILLE),
    Style.BLOCK: _run_masks(_PAIRS),
    Style.ASCII: _run_masks(_PAIRS),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """Which times and values the canvas shows."""

    start_s: float
    stop_s: float
    low: float
    high: float


class Canvas:
    """`width` x `height` letters."""

    def __init__(self, width: int, height: int, style: Style = Style.BRAILLE) -> None:
        self.width, self.height, self.style = width, height, style
        self.dots_down = _DOTS_DOWN[style]
        self._masks = array("H", bytes(2 * width * height))
        self._colours = bytearray(width * height)
        self._runs = _MASKS[style]

    @property
    def dots(self) -> tuple[int, int]:
        """Dots across and down."""
        return 2 * self.width, self.dots_down * self.height

    def plot(
        self, times: Sequence[float], values: Sequence[float], frame: Frame, colour: int
    ) -> None:
        """Draw a line through points (times not falling); a missing value (nan) breaks it.

        What lies outside the frame is cut off at its edge.
        """
        self.join(self.placed(times, values, frame), colour)

    def placed(
        self, times: Sequence[float], values: Sequence[float], frame: Frame
    ) -> list[tuple[list[int], list[int]]]:
        """Columns and rows of the dots that a line joins, for each unbroken part of it."""
        across, down = self.dots
        if frame.stop_s <= frame.start_s or not times:
            return []
        span = frame.high - frame.low
        # A hair more: 21 * (59 / 21) is less than 59, and the last dot would be missing.
        scale_x = (across - 1) / (frame.stop_s - frame.start_s) * (1 + 1e-12)
        scale_y = (down - 1) / span if span > 0 else 0.0
        start, high = frame.start_s, frame.high + 0.5 / scale_y if scale_y else frame.high
        return [
            (
                [int((t - start) * scale_x) for t in times[part]],
                [int((high - v) * scale_y) for v in values[part]],
            )
            for part in _unbroken(times, values)
        ]

    def join(self, parts: Sequence[tuple[list[int], list[int]]], colour: int) -> None:
        """Draw lines from dot to dot, as `placed` gives them."""
        for xs, ys in parts:
            self._line(xs, ys, colour)

    def mark(self, x: int, y: int, colour: int) -> None:
        """Draw one dot."""
        self.vertical(x, y, y, colour)

    def vertical(self, x: int, top: int, bottom: int, colour: int) -> None:
        """Draw the dots of column `x` from `top` down to `bottom`, both included."""
        self._fill([(x, top, bottom)], colour)

    def _fill(self, spans: Sequence[tuple[int, int, int]], colour: int) -> None:
        """Draw vertical spans (x, top, bottom); what lies outside is cut off."""
        across, down = self.dots
        per, width = self.dots_down, self.width
        masks, colours, runs = self._masks, self._colours, self._runs
        lowest, end = down - 1, per - 1
        for x, top, bottom in spans:
            if top < 0:
                top = 0
            if bottom > lowest:
                bottom = lowest
            if top > bottom or not 0 <= x < across:
                continue
            column = runs[x & 1]
            first, up = divmod(top, per)
            last, under = divmod(bottom, per)
            at = first * width + (x >> 1)
            colours[at] = colour
            if first == last:
                masks[at] |= column[up][under]
                continue
            masks[at] |= column[up][end]
            full = column[0][end]
            for _ in range(first + 1, last):
                at += width
                masks[at] |= full
                colours[at] = colour
            at += width
            masks[at] |= column[0][under]
            colours[at] = colour

    def rows(self) -> list[list[Run]]:
        """The picture, a list of runs of one colour for each row of letters."""
        return [self._row(i * self.width) for i in range(self.height)]

    def _row(self, start: int) -> list[Run]:
        masks = self._masks[start : start + self.width]
        if self.style is Style.BRAILLE:
            text = array("H", [0x2800 + m if m else 32 for m in masks]).tobytes().decode(_UTF16)
        else:
            letters = _BLOCKS if self.style is Style.BLOCK else _ASCII
            text = "".join([letters[m] for m in masks])
        colours = self._colours[start : start + self.width]
        return [
            (text[run.start() : run.end()], colours[run.start()]) for run in _RUNS.finditer(colours)
        ]

    def _line(self, xs: list[int], ys: list[int], colour: int) -> None:
        spans: list[tuple[int, int, int]] = []
        before_x, before_y = xs[0], ys[0]
        low = high = before_y
        for x, y in zip(xs, ys, strict=True):
            if x == before_x:
                # Points of one column are drawn together, when the column is left.
                if y < low:
                    low = y
                elif y > high:
                    high = y
                before_y = y
                continue
            spans.append((before_x, low, high))
            low = high = y
            if x - before_x > 1:
                before_y = self._bridge(before_x, before_y, x, y, spans)
            # The step from one column to the next is drawn in the new one.
            if y < before_y:
                high = max(y, before_y - 1)
            else:
                low = min(y, before_y + 1)
            before_x, before_y = x, y
        spans.append((before_x, low, high))
        self._fill(spans, colour)

    def _bridge(self, x0: int, y0: int, x1: int, y1: int, spans: list[tuple[int, int, int]]) -> int:
        """A straight line over the columns between two points; returns where it arrives."""
        slope = (y1 - y0) / (x1 - x0)
        y = y0
        for x in range(max(x0, -1) + 1, min(x1, 2 * self.width)):
            here = y0 + round(slope * (x - x0))
            # Columns share no row, so that the line is thin.
            if here < y:
                spans.append((x, here, max(here, y - 1)))
            else:
                spans.append((x, min(here, y + 1), here))
            y = here
        return y


def _unbroken(times: Sequence[float], values: Sequence[float]) -> list[slice]:
    """The stretches without a missing value."""
    if math.isfinite(sum(values)):
        return [slice(0, len(values))]
    found = []
    start = 0
    for i, value in enumerate(values):
        if value != value:
            if i > start:
                found.append(slice(start, i))
            start = i + 1
    if start < len(values):
        found.append(slice(start, len(values)))
    return found
