"""A picture of a recording, fit for a report: axes with units, a title, Vietnamese letters."""

from __future__ import annotations

import importlib.util
import warnings
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import isfinite
from typing import IO, Any

from stemkit.export.errors import ExportPartMissingError, NothingToDrawError
from stemkit.export.thin import envelope
from stemkit.extras import extra_command
from stemkit.formats.plot_svg import Line, plot_svg, stacked_svg
from stemkit.formats.readings_csv import Sheet
from stemkit.model.reading import Item, Readings
from stemkit.wire.harmless import harmless_text
from stemkit.words import N_, current_language, tr, written

PARTS = 2000
"""Stretches a line is drawn in: more than a page has dots across."""
_WIDTH_IN, _HEIGHT_IN, _DPI = 8.0, 2.6, 150
_LEGEND_LETTERS = 110
"""How many letters of a legend stand side by side."""
# A pause this many times longer than usual is a gap, where the line is broken.
_GAP = 5.0


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and how it is called."""

    title: str = ""
    labels: Sequence[str] = ()
    """Channels to draw, all without any."""
    boards: Sequence[str] = ()
    """Boards to draw, in this order; all without any."""
    names: Mapping[str, str] = field(default_factory=dict)
    """What channels are called on the axes, by label."""
    marks: Sequence[tuple[float, str]] = ()
    """(t_s, text) of moments to mark."""


def write_plot(
    file: IO[bytes], kind: str, items: Iterable[Item], sheet: Sheet, picture: Picture
) -> None:
    """Draw one panel a channel, one line a board. `kind` is `png` or `svg`.

    Raises `ExportPartMissingError` for a PNG without matplotlib, `NothingToDrawError`.
    """
    drawn = importlib.util.find_spec("matplotlib") is not None
    if not drawn and kind != "svg":
        raise ExportPartMissingError(part="matplotlib", command=extra_command("plot"))
    lines = _lines(items, picture)
    labels = [label for label in sheet.labels if any(key[1] == label for key in lines)]
    if not labels:
        raise NothingToDrawError(name=picture.title or "NAME")
    if not drawn:
        plain = [_plain_panel(label, lines, sheet, picture) for label in labels]
        file.write(stacked_svg([panel for panel in plain if panel], harmless_text(picture.title)))
        return
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # DejaVu comes with matplotlib and has all Vietnamese letters; SVG keeps its outlines.
    style = {"font.family": "DejaVu Sans", "svg.fonttype": "path", "svg.hashsalt": "stemkit"}
    # A name such as `$x` is no formula, and a letter that the font lacks is nobody's fault.
    with mpl.rc_context({**style, "text.parse_math": False}), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        size = (_WIDTH_IN, _HEIGHT_IN * len(labels) + 0.7)
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(len(labels), 1, sharex=True, squeeze=False)[:, 0]
        for panel, label in zip(panels, labels, strict=True):
            _draw(panel, label, lines, sheet, picture)
        panels[-1].set_xlabel(tr(N_("Time (s)")))
        if picture.title:
            figure.suptitle(harmless_text(picture.title))
        metadata = {"Date": None} if kind == "svg" else {"Software": "stemkit"}
        figure.savefig(file, format=kind, dpi=_DPI, metadata=metadata)


_Lines = dict[tuple[str, str], tuple["array[float]", "array[float]"]]


def _lines(items: Iterable[Item], picture: Picture) -> _Lines:
    found: _Lines = {}
    for item in items:
        if not isinstance(item, Readings) or (picture.boards and item.board not in picture.boards):
            continue
        for label, column in zip(item.labels, item.columns, strict=True):
            if not picture.labels or label in picture.labels:
                times, values = found.setdefault((item.board, label), (array("d"), array("d")))
                times.extend(item.t_s)
                values.extend(column)
    return found


def _plain_panel(label: str, lines: _Lines, sheet: Sheet, picture: Picture) -> bytes:
    """One channel without matplotlib, moments not marked; b"" where it has no number."""
    mine = _boards_of(label, lines, picture)
    drawn = [Line(board, *envelope(*_broken(*lines[board, label]), PARTS)) for board in mine]
    if not any(isfinite(value) for line in drawn for value in line.values):
        return b""
    unit = sheet.units.get(label, "")
    name = harmless_text(picture.names.get(label, label))
    y_title = f"{name} ({harmless_text(unit)})" if unit else name
    decimal = "," if current_language() == "vi" else "."
    return plot_svg(drawn, tr(N_("Time (s)")), y_title, decimal)


def _draw(panel: Any, label: str, lines: _Lines, sheet: Sheet, picture: Picture) -> None:
    mine = _boards_of(label, lines, picture)
    for board in mine:
        xs, ys = envelope(*_broken(*lines[board, label]), PARTS)
        few = len(xs) <= 60
        panel.plot(xs, ys, linewidth=1.1, marker="o" if few else None, markersize=3, label=board)
    unit = sheet.units.get(label, "")
    name = picture.names.get(label, label)
    panel.set_ylabel(f"{name} ({unit})" if unit else name)
    for axis in (panel.xaxis, panel.yaxis):
        axis.set_major_formatter(_numbers())
    panel.grid(visible=True, alpha=0.35)
    panel.margins(x=0.01)
    for t_s, text in picture.marks:
        panel.axvline(t_s, color="0.4", linewidth=0.8, linestyle=":")
        if text:
            panel.annotate(text, (t_s, 1.0), xycoords=("data", "axes fraction"), rotation=90,
                           fontsize=7, va="top", ha="right")  # fmt: skip
    if len(mine) > 1:
        across = _LEGEND_LETTERS // max(len(board) + 5 for board in mine)
        panel.legend(fontsize=7, ncols=max(1, min(len(mine), across)), loc="best")


def _boards_of(label: str, lines: _Lines, picture: Picture) -> list[str]:
    """Who sent a channel: as they were named, else by name and not by who spoke first.

    So a board has its colour again in the next picture (v2 before v10).
    """
    mine = [board for board, name in lines if name == label]
    if picture.boards:
        return sorted(mine, key=list(picture.boards).index)
    return sorted(mine, key=lambda board: (len(board), board))


def _numbers() -> Any:
    """Numbers on an axis as this language writes them, whole: never a remainder beside `+6.5e1`."""
    from matplotlib.ticker import ScalarFormatter

    class Numbers(ScalarFormatter):
        def __call__(self, x: float, pos: int | None = None) -> str:
            return written(super().__call__(x, pos))

    return Numbers(useOffset=False)


def _broken(times: Sequence[float], values: Sequence[float]) -> tuple[list[float], list[float]]:
    """The line with a missing value in every gap, so that no straight stroke hides it."""
    steps = sorted(b - a for a, b in pairwise(times))
    usual = steps[len(steps) // 2] if steps else 0.0
    xs: list[float] = []
    ys: list[float] = []
    for t_s, value in zip(times, values, strict=True):
        if xs and usual > 0 and t_s - xs[-1] > max(_GAP * usual, 1.0):
            xs.append((xs[-1] + t_s) / 2)
            ys.append(float("nan"))
        xs.append(t_s)
        ys.append(value)
    return xs, ys
