"""What the person looks at: which time, which boards and channels, where the cursor is.

Changed by keys, read by the drawing; knows nothing of terminals.
"""

from __future__ import annotations

import enum
import math
from dataclasses import dataclass, field
from typing import NamedTuple

from stemkit.analysis.fits import KINDS
from stemkit.analysis.history import History, Series
from stemkit.model.experiment import Experiment
from stemkit.screen.axes import AutoRange

SPANS_S = (0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 21600, 86400)
FITS = ("", *KINDS)
MANY_BOARDS = 6


class Page(enum.Enum):
    """What fills the screen."""

    LINES = "lines"
    TILES = "tiles"
    TEXT = "text"
    """What boards print besides readings, and what happened."""


class Line(NamedTuple):
    """A board's channel."""

    board: str
    label: str
    series: Series


@dataclass(slots=True)
class Panel:
    """Lines that share an axis."""

    label: str
    """Channel whose lines these are; "" for all together."""
    lines: list[Line]


@dataclass(slots=True)
class Viewer:
    """Times are seconds on the recording's clock."""

    span_s: float = 30.0
    page: Page = Page.LINES
    paused_s: float | None = None
    """Up to when readings are in the picture that stands still; None: it follows the newest."""
    cursor_s: float | None = None
    anchor_s: float | None = None
    """Where a selection begins; it ends at the cursor."""
    board: str = ""
    """The one board that is shown, "" for all."""
    hidden: set[str] = field(default_factory=set)
    """Channels that are not shown."""
    only: tuple[str, ...] = ()
    """Channels that the set-up wants to see; all without any."""
    together: bool = False
    """All channels in one panel."""
    fixed: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Ends of the axis of panels that do not follow their readings."""
    ends: dict[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """What the set-up wants axes to show at least, by channel."""
    wide: bool = True
    """Whether axes show `ends`, too."""
    statistics: bool = False
    fit: str = ""
    tile: int = 0
    """The tile that is chosen."""
    from_tile: bool = False
    """The one board that is shown was chosen among the tiles."""
    ranges: dict[str, AutoRange] = field(default_factory=dict)
    _chose_page: bool = False

    @classmethod
    def of(cls, experiment: Experiment) -> Viewer:
        """As the set-up wants it."""
        made = cls()
        made.take(experiment)
        return made

    def take(self, experiment: Experiment) -> None:
        """Show what the set-up wants."""
        view = experiment.view
        self.span_s, self.only = view.span_s, view.channels
        self.ends = {c.label: (c.low, c.high) for c in experiment.channels}
        if view.grid:
            self.go(Page.TILES)
        if view.low is not None and view.high is not None and view.low < view.high:
            for label in view.channels or ("",):
                self.fixed[label] = (view.low, view.high)

    def until_s(self, now_s: float) -> float:
        """Up to when readings are in the picture."""
        return now_s if self.paused_s is None else self.paused_s

    def right_s(self, now_s: float) -> float:
        """The right edge. At first the picture is filled from its left edge, 0 s, on."""
        return max(self.until_s(now_s), self.span_s)

    def go(self, page: Page) -> None:
        """Show a page because the person wants it."""
        self.page, self._chose_page = page, True

    def back(self) -> None:
        """To the lines; there put the cursor away, or leave the board for the tiles again."""
        if self.page is not Page.LINES:
            self.go(Page.LINES)
        elif self.cursor_s is not None:
            self.cursor_s = self.anchor_s = None
        elif self.from_tile:
            self.board, self.from_tile = "", False
            self.go(Page.TILES)

    def settle(self, boards: int) -> None:
        """Many boards begin as tiles, until the person chooses."""
        if not self._chose_page and boards > MANY_BOARDS:
            self.page = Page.TILES

    def pause(self, now_s: float) -> None:
        """Stand still, or follow again."""
        self.paused_s = now_s if self.paused_s is None else None
        if self.paused_s is None:
            self.cursor_s = self.anchor_s = None

    def move(self, steps: float, now_s: float, dot_s: float) -> None:
        """Move the cursor by a dot (`dot_s` seconds), or without one the picture by a tenth."""
        if self.cursor_s is not None:
            right = self.right_s(now_s)
            moved = self.cursor_s + steps * dot_s
            self.cursor_s = min(right, max(right - self.span_s, moved))
            return
        until = self.until_s(now_s)
        moved = until + steps * self.span_s / 10
        # There is nothing before 0 s.
        self.paused_s = None if moved >= now_s else max(moved, min(until, self.span_s))

    def zoom(self, steps: int, now_s: float) -> None:
        """Show more (`steps` > 0) or less time, around the cursor or to the right edge."""
        nearest = min(range(len(SPANS_S)), key=lambda i: abs(math.log(SPANS_S[i] / self.span_s)))
        span_s = float(SPANS_S[max(0, min(len(SPANS_S) - 1, nearest + steps))])
        if self.cursor_s is not None and self.paused_s is not None:
            part = (self.right_s(now_s) - self.cursor_s) / self.span_s
            self.paused_s = min(now_s, self.cursor_s + part * span_s)
        self.span_s = span_s

    def cursor(self, now_s: float) -> None:
        """Take the cursor up (the picture stands still for it), or put it away."""
        if self.cursor_s is None:
            self.paused_s = self.until_s(now_s)
            self.cursor_s = (max(0.0, self.paused_s - self.span_s) + self.paused_s) / 2
        else:
            self.cursor_s = self.anchor_s = None

    def select(self, now_s: float) -> None:
        """Begin a selection at the cursor, or give it up."""
        if self.cursor_s is None:
            self.cursor(now_s)
        self.anchor_s = self.cursor_s if self.anchor_s is None else None

    def selected(self, now_s: float) -> tuple[float, float]:
        """The stretch that statistics and fits are of: the selection, else what is in sight."""
        right = self.right_s(now_s)
        if self.anchor_s is not None and self.cursor_s is not None:
            return min(self.anchor_s, self.cursor_s), max(self.anchor_s, self.cursor_s)
        return right - self.span_s, self.until_s(now_s)

    def next_board(self, boards: list[str]) -> None:
        """Show the next board alone; after the last one all together."""
        order = ["", *boards]
        at = order.index(self.board) if self.board in order else 0
        self.board = order[(at + 1) % len(order)]

    def next_fit(self) -> None:
        """Try the next curve."""
        self.fit = FITS[(FITS.index(self.fit) + 1) % len(FITS)]
        self.statistics = self.statistics or bool(self.fit)

    def shows(self, label: str) -> bool:
        """Whether a channel is shown."""
        return label not in self.hidden and (not self.only or label in self.only)

    def toggle(self, label: str) -> None:
        """Hide a channel, or show it again."""
        self.hidden ^= {label}

    def toggle_fixed(self, panels: list[Panel]) -> None:
        """Let the axes follow their readings closely, then hold them, then show what they did."""
        if self.fixed:
            self.fixed.clear()
            self.wide = True
            return
        if self.wide and any(self.ends.get(p.label, (None, None)) != (None, None) for p in panels):
            self.wide = False
            self.ranges.clear()
            return
        for panel in panels:
            auto = self.ranges.get(panel.label)
            if auto is not None:
                self.fixed[panel.label] = (auto.low, auto.high)

    def shift(self, steps: float) -> None:
        """Move fixed axes up or down by a tenth."""
        for label, (low, high) in self.fixed.items():
            by = steps * (high - low) / 10
            self.fixed[label] = (low + by, high + by)

    def panels(self, history: History) -> list[Panel]:
        """What is shown, one panel a channel (or all in one)."""
        found: dict[str, Panel] = {}
        for (board, label), series in history.series.items():
            if self.board not in ("", board) or not self.shows(label):
                continue
            key = "" if self.together else label
            found.setdefault(key, Panel(key, [])).lines.append(Line(board, label, series))
        # A set-up that names channels says their order, too.
        order = {label: place for place, label in enumerate(self.only)}
        return sorted(found.values(), key=lambda panel: order.get(panel.label, 0))

    def axis(self, panel: Panel, low: float, high: float) -> tuple[float, float]:
        """The ends of a panel's axis, for readings from `low` to `high`."""
        fixed = self.fixed.get(panel.label)
        if fixed:
            return fixed
        low_end, high_end = self.ends.get(panel.label, (None, None)) if self.wide else (None, None)
        least = low if low_end is None else min(low, low_end)
        most = high if high_end is None else max(high, high_end)
        auto = self.ranges.setdefault(panel.label, AutoRange())
        if (least, most) == (low_end, high_end) and least < most:
            return auto.keep(least, most)
        return auto.fit(least, most)
