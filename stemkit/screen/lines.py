"""The page of lines: a panel a channel with its axis, and one time axis below all."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from stemkit.screen.axes import nice_step, tick_label, ticks, time_label, time_step
from stemkit.screen.canvas import Canvas, Frame, Style
from stemkit.screen.palette import line_meaning
from stemkit.screen.panel_heading import AXIS, draw_heading, line_colour, line_letter
from stemkit.screen.picture import Row, cut, fitted, padded, width, written_over
from stemkit.screen.scene import Scene
from stemkit.screen.viewer import Panel, Viewer
from stemkit.words import N_, ntr, tr

_LONGEST_WORD = 16
LEAST_ROWS = 4
"""Rows of a panel: its heading and three of dots."""


def draw_lines(
    viewer: Viewer, panels: Sequence[Panel], scene: Scene, columns: int, rows: int
) -> list[Row]:
    """The page in `columns` x `rows` letters."""
    if not panels or columns < AXIS + 10 or rows < LEAST_ROWS + 1:
        return _nothing(viewer, scene, columns, rows)
    shown = panels[: max(1, (rows - 1) // LEAST_ROWS)]
    left = len(panels) - len(shown)
    heights = _heights(rows - 1 - (1 if left else 0), len(shown))
    found: list[Row] = []
    for panel, height in zip(shown, heights, strict=True):
        found += _panel(viewer, panel, scene, columns, height, first=not found)
    if left:
        more = ntr("… and {n} more channel (1–9 hide and show)",
                   "… and {n} more channels (1–9 hide and show)", left)  # fmt: skip
        found.append(fitted([(" " * AXIS + more, "dim")], columns))
    found.append(_time_axis(viewer, scene.now_s, columns))
    return found[:rows]


def dot_s(viewer: Viewer, columns: int) -> float:
    """Seconds that one dot stands for."""
    return viewer.span_s / max(1, 2 * (columns - AXIS) - 1)


def _nothing(viewer: Viewer, scene: Scene, columns: int, rows: int) -> list[Row]:
    if viewer.hidden:
        text = tr(N_("All channels are hidden. Keys 1–9 show them again."))
    elif columns < AXIS + 10 or rows < LEAST_ROWS + 1:
        text = tr(N_("This window is too small."))
    elif not scene.boards:
        text = tr(N_("Plug a board in: it is taken at once."))
    else:
        text = tr(N_("Waiting for readings …"))
    blank: Row = [(" " * columns, "")]
    middle = fitted([(" " * max(0, (columns - width(text)) // 2), ""), (text, "dim")], columns)
    return [middle if i == rows // 2 else blank for i in range(rows)]


def _heights(rows: int, n: int) -> list[int]:
    each, rest = divmod(rows, n)
    return [each + (1 if i < rest else 0) for i in range(n)]


def _panel(
    viewer: Viewer, panel: Panel, scene: Scene, columns: int, rows: int, *, first: bool
) -> list[Row]:
    across = columns - AXIS
    right = viewer.right_s(scene.now_s)
    start = right - viewer.span_s
    until = viewer.until_s(scene.now_s)
    stretches = [line.series.window(start, until, 2 * across) for line in panel.lines]
    low, high = viewer.axis(panel, *_ends(stretches, start))
    frame = Frame(start, right, low, high)
    heading = draw_heading(viewer, panel, scene, high - low, columns, max(1, rows // 5))
    canvas = Canvas(across, max(1, rows - len(heading)), scene.style)
    _rules(canvas, frame, viewer, scene)
    for line in panel.lines:
        curve = scene.curves.get((line.board, line.label))
        if curve is not None:
            _curve(canvas, frame, curve, viewer.selected(scene.now_s))
    # Over the curves: where both go through a letter it has the readings' colour.
    for n, (times, values) in enumerate(stretches):
        canvas.plot(times, values, frame, line_colour(viewer, panel, scene, n) + 1)
    words = _marks(canvas, frame, scene) if first else {}
    for n, stretch in enumerate(stretches):
        letter = line_letter(panel, scene, n)
        if letter:
            _letter(words, canvas, frame, stretch, letter)
    found = heading
    drawn = zip(_value_axis(canvas, low, high), canvas.rows(), strict=True)
    for y, (axis, runs) in enumerate(drawn):
        parts = [(text, _meaning(colour)) for text, colour in runs]
        found.append([(axis, "dim"), *written_over(parts, words.get(y, {}))])
    return found


_Words = dict[int, dict[int, str]]
"""Letters that stand over the picture, by row and column."""


def _marks(canvas: Canvas, frame: Frame, scene: Scene) -> _Words:
    """The words of marks, beside their lines at the top."""
    top: dict[int, str] = {}
    for t_s, text in scene.marks:
        if not text or not frame.start_s <= t_s <= frame.stop_s:
            continue
        at = int((t_s - frame.start_s) / (frame.stop_s - frame.start_s) * canvas.width) + 1
        shown = cut(text, _LONGEST_WORD)
        free = not any(x in top for x in range(at - 1, at + len(shown) + 1))
        if free and width(shown) == len(shown) and at + len(shown) <= canvas.width:
            top |= {at + i: letter for i, letter in enumerate(shown)}
    return {0: top}


def _letter(
    words: _Words,
    canvas: Canvas,
    frame: Frame,
    stretch: tuple[Sequence[float], Sequence[float]],
    letter: str,
) -> None:
    """Put a line's letter behind its newest point in sight."""
    points = [(t, v) for t, v in zip(*stretch, strict=True) if v == v and t <= frame.stop_s]
    if not points or frame.high <= frame.low:
        return
    t_s, value = points[-1]
    x = int((t_s - frame.start_s) / (frame.stop_s - frame.start_s) * canvas.width) + 1
    y = int((frame.high - value) / (frame.high - frame.low) * canvas.height)
    x, y = max(0, min(canvas.width - 1, x)), max(0, min(canvas.height - 1, y))
    for row in (y, y - 1, y + 1, y - 2, y + 2):
        if 0 <= row < canvas.height and x not in words.setdefault(row, {}):
            words[row][x] = letter
            return


# Colours of a canvas: 1.. are lines, the others are these.
_RULE, _CURSOR, _CURVE = 200, 201, 202


def _meaning(colour: int) -> str:
    if colour == _CURSOR:
        return "cursor"
    if colour in (_RULE, _CURVE):
        return "dim" if colour == _RULE else "bold"
    return line_meaning(colour - 1) if colour else ""


def _rules(canvas: Canvas, frame: Frame, viewer: Viewer, scene: Scene) -> None:
    """Marks, the cursor and the selection's begin, drawn below the lines."""
    across, down = canvas.dots
    scale = (across - 1) / (frame.stop_s - frame.start_s)
    for t_s, _ in scene.marks:
        if frame.start_s <= t_s <= frame.stop_s:
            for y in range(0, down, 4):
                canvas.mark(int((t_s - frame.start_s) * scale), y, _RULE)
    for edge_s in (viewer.anchor_s, viewer.cursor_s):
        if edge_s is not None and frame.start_s <= edge_s <= frame.stop_s:
            canvas.vertical(int((edge_s - frame.start_s) * scale), 0, down - 1, _CURSOR)


def _curve(
    canvas: Canvas, frame: Frame, curve: Callable[[float], float], span: tuple[float, float]
) -> None:
    across, _ = canvas.dots
    step = (frame.stop_s - frame.start_s) / across
    times = [frame.start_s + i * step for i in range(across)]
    times = [t for t in times if span[0] <= t <= span[1]]
    canvas.plot(times, [curve(t) for t in times], frame, _CURVE)


def _ends(
    stretches: Sequence[tuple[Sequence[float], Sequence[float]]], start: float
) -> tuple[float, float]:
    low, high = math.inf, -math.inf
    for times, values in stretches:
        # The point beside the left edge does not stretch the axis.
        begin = 1 if len(times) > 1 and times[0] < start else 0
        part = values[begin:]
        if not math.isfinite(sum(part)):
            part = [value for value in part if value == value]
        if part:
            low, high = min(low, min(part)), max(high, max(part))
    return low, high


def _value_axis(canvas: Canvas, low: float, high: float) -> list[str]:
    rows = canvas.height
    step = nice_step(high - low, max(1, rows // 2))
    labels = {}
    for value in ticks(low, high, step):
        at = (high - value) / (high - low) * (canvas.dots[1] - 1) if high > low else 0
        labels[min(rows - 1, int(at / canvas.dots_down))] = tick_label(value, step)
    tick, bar = ("┤", "│") if canvas.style is not Style.ASCII else ("+", "|")
    return [
        f"{labels[i][: AXIS - 1]:>{AXIS - 1}}{tick}" if i in labels else " " * (AXIS - 1) + bar
        for i in range(rows)
    ]


def _time_axis(viewer: Viewer, now_s: float, columns: int) -> Row:
    across = columns - AXIS
    right = viewer.right_s(now_s)
    start = right - viewer.span_s
    step = time_step(viewer.span_s, max(1, across // 10))
    letters = [" "] * across
    for t_s in ticks(start, right, step):
        text = time_label(t_s, step)
        at = round((t_s - start) / viewer.span_s * (across - 1))
        begin = min(across - len(text), max(0, at - len(text) // 2))
        before = letters[max(0, begin - 1) : begin + len(text) + 1]
        if begin >= 0 and all(letter == " " for letter in before):
            letters[begin : begin + len(text)] = text
    unit = "s" if viewer.span_s < 60 else "m:s"
    return fitted([(padded(f"{unit:>{AXIS - 1}} ", AXIS) + "".join(letters), "dim")], columns)
