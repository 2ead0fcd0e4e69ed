"""The charts of a workbook: one a board, over the time, from points on a sheet of their own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stemkit.export.thin import Thinned
from stemkit.formats.readings_csv import Sheet, harmless_cell
from stemkit.words import N_, tr

_MOST_CHANNELS = 6
_ROWS_A_CHART = 16


@dataclass(frozen=True, slots=True)
class _Series:
    """One board's columns on the sheet of points: its times, then its channels."""

    board: str
    at: int
    headings: list[str]
    columns: list[list[float]]


def draw_charts(
    book: Any, page: Any, row: int, points: Any, thinned: Mapping[str, Thinned], sheet: Sheet
) -> None:
    """Put the points onto sheet `points` and a chart a board onto `page` from `row` on."""
    found: list[_Series] = []
    at = 0
    for board, thin in thinned.items():
        series = _series(board, at, thin, sheet)
        if not series.headings:
            continue  # A board without a single value.
        found.append(series)
        at += len(series.columns)
    _write_points(points, found)
    for n, series in enumerate(found):
        page.insert_chart(row + n * _ROWS_A_CHART, 0, _chart(book, points.get_name(), series))


def _series(board: str, at: int, thin: Thinned, sheet: Sheet) -> _Series:
    times, *channels = (list(column) for column in zip(*thin.rows, strict=True))
    shown = [
        (sheet.heading(label), column)
        for label, column in zip(sheet.labels, channels, strict=True)
        if any(value == value for value in column)
    ][:_MOST_CHANNELS]
    return _Series(board, at, [h for h, _ in shown], [times, *(column for _, column in shown)])


def _write_points(points: Any, found: list[_Series]) -> None:
    # Row by row: a sheet in constant memory cannot go back.
    for series in found:
        for k, heading in enumerate(["t_s", *series.headings]):
            points.write_string(0, series.at + k, harmless_cell(f"{series.board} {heading}"))
    for i in range(max((len(series.columns[0]) for series in found), default=0)):
        for series in found:
            for k, column in enumerate(series.columns):
                if i < len(column) and column[i] == column[i]:
                    points.write_number(i + 1, series.at + k, column[i])


def _chart(book: Any, name: str, series: _Series) -> Any:
    chart = book.add_chart({"type": "scatter", "subtype": "straight"})
    rows = len(series.columns[0])
    for k, heading in enumerate(series.headings, series.at + 1):
        chart.add_series(
            {
                "name": harmless_cell(heading),
                "categories": [name, 1, series.at, rows, series.at],
                "values": [name, 1, k, rows, k],
                "line": {"width": 1.5},
            }
        )
    chart.set_title({"name": harmless_cell(series.board), "overlay": False})
    chart.set_x_axis({"name": tr(N_("Time (s)"))})
    if len(series.headings) == 1:
        chart.set_y_axis({"name": harmless_cell(series.headings[0])})
    chart.show_blanks_as("gap")
    chart.set_size({"width": 760, "height": 300})
    return chart
