"""The rows above a panel: the channel, and each line's name and value."""

from __future__ import annotations

import math
from bisect import bisect_left
from string import ascii_lowercase

from stemkit.actions.stream.station import BoardState
from stemkit.analysis.history import Series
from stemkit.screen.axes import time_label
from stemkit.screen.palette import LINES, line_meaning
from stemkit.screen.picture import Row, fitted, row_width
from stemkit.screen.scene import Scene
from stemkit.screen.viewer import Line, Panel, Viewer
from stemkit.words import N_, tr

AXIS = 9
"""Columns of the value axis."""
_AWAY = (BoardState.WAITING, BoardState.REFUSED)


def draw_heading(
    viewer: Viewer, panel: Panel, scene: Scene, span: float, columns: int, most: int
) -> list[Row]:
    """At most `most` rows; values have the digits that an axis of `span` needs."""
    row: Row = [(" " * AXIS, ""), *_title(viewer, panel, scene)]
    rows = [row]
    for n, line in enumerate(panel.lines):
        entry = _entry(viewer, panel, scene, n, line, span)
        full = row_width(row) + row_width(entry) > columns
        if full and len(rows) < most:
            row = [(" " * AXIS, "")]
            rows.append(row)
        row += entry
    return [fitted(row, columns) for row in rows]


def line_colour(viewer: Viewer, panel: Panel, scene: Scene, n: int) -> int:
    """A line's colour: its board's where there are several, else its place in the panel."""
    board = panel.lines[n].board
    if viewer.together or len(scene.boards) < 2 or board not in scene.boards:
        return n
    return list(scene.boards).index(board)


def line_letter(panel: Panel, scene: Scene, n: int) -> str:
    """The letter at a line's end, where colours do not tell the lines of a panel apart; or ""."""
    several = len(panel.lines) > 1
    if not several or (scene.colour and len(panel.lines) <= len(LINES)):
        return ""
    return ascii_lowercase[n % len(ascii_lowercase)]


def _title(viewer: Viewer, panel: Panel, scene: Scene) -> Row:
    row: Row = []
    if panel.label:
        known = scene.book.known(panel.lines[0].board, panel.label)
        row.append((known.name, "bold"))
        if known.name != known.label:
            row.append((f" {known.label}", "dim"))
        row.append((f" {known.unit}" if known.unit else "", "dim"))
    if viewer.cursor_s is not None:
        row.append((f"  @ {time_label(viewer.cursor_s, 0.1)} s", "cursor"))
    return row


def _entry(viewer: Viewer, panel: Panel, scene: Scene, n: int, line: Line, span: float) -> Row:
    meaning = line_meaning(line_colour(viewer, panel, scene, n))
    letter = line_letter(panel, scene, n)
    row: Row = [("  ", ""), (f"{letter}:", "bold" if letter else "")] if letter else [("  ", "")]
    name = _line_name(panel, line, scene)
    if name:
        row.append((name + " ", meaning))
    if viewer.cursor_s is not None:
        value = _at(line.series, viewer.cursor_s)
    elif scene.states.get(line.board) in _AWAY:
        return [*row, (tr(N_("unplugged")), "bad")]
    else:
        value = line.series.last
    shown = scene.digits.label((line.board, line.label), value, span)
    row.append((shown, meaning if name else "bold"))
    if line.board in scene.quiet and viewer.cursor_s is None:
        row.append((f" ({scene.quiet[line.board]})", "warn"))
    return row


def _line_name(panel: Panel, line: Line, scene: Scene) -> str:
    boards = len(scene.boards) > 1
    if panel.label:
        return scene.title(line.board).whole if boards else ""
    return f"{scene.title(line.board).short}:{line.label}" if boards else line.label


def _at(series: Series, t_s: float) -> float:
    """The value nearest to `t_s`."""
    times = series.t
    i = bisect_left(times, t_s)
    near = [k for k in (i - 1, i) if 0 <= k < len(times)]
    if not near:
        return math.nan
    return series.v[min(near, key=lambda k: abs(times[k] - t_s))]
