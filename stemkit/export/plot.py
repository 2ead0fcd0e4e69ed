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
from stemkit.words import N_, current_language, tr

PARTS = 2000
"""Stretches a line is drawn in: more than a page has dots across."""
_WIDTH_IN, _HEIGHT_IN, _DPI = 8.0, 2.6, 150
# A pause this many times longer than usual is a gap, where the line is broken.
_GAP = 5.0


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, and how it is called."""

    title: str = ""
    labels: Sequence[str] = ()
    """Channels to draw, all without any."""
    boards: Sequence[str] = ()
    """Boards to draw, all without any."""
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
    mine = sorted((len(board), board) for board, name in lines if name == label)
    drawn = [Line(board, *envelope(*_broken(*lines[board, label]), PARTS)) for _, board in mine]
    if not any(isfinite(value) for line in drawn for value in line.values):
        return b""
    unit = sheet.units.get(label, "")
    name = harmless_text(picture.names.get(label, label))
    y_title = f"{name} ({harmless_text(unit)})" if unit else name
    decimal = "," if current_language() == "vi" else "."
    return plot_svg(drawn, tr(N_("Time (s)")), y_title, decimal)


def _draw(panel: Any, label: str, lines: _Lines, sheet: Sheet, picture: Picture) -> None:
    mine = [(board, line) for (board, name), line in lines.items() if name == label]
    # By name, not by who spoke first: a board has its colour again in the next picture (v2, v10).
    mine.sort(key=lambda one: (len(one[0]), one[0]))
    for board, (times, values) in mine:
        xs, ys = envelope(*_broken(times, values), PARTS)
        few = len(xs) <= 60
        panel.plot(xs, ys, linewidth=1.1, marker="o" if few else None, markersize=3, label=board)
    unit = sheet.units.get(label, "")
    name = picture.names.get(label, label)
    panel.set_ylabel(f"{name} ({unit})" if unit else name)
    panel.grid(visible=True, alpha=0.35)
    panel.margins(x=0.01)
    for t_s, text in picture.marks:
        panel.axvline(t_s, color="0.4", linewidth=0.8, linestyle=":")
        if text:
            panel.annotate(text, (t_s, 1.0), xycoords=("data", "axes fraction"), rotation=90,
                           fontsize=7, va="top", ha="right")  # fmt: skip
    if len(mine) > 1:
        panel.legend(fontsize=7, ncols=min(len(mine), 6), loc="best")


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
