"""A recording as a workbook: a sheet about it, a sheet a board, and a chart a board.

Rows go to disk as they come, so that an hour of a classroom does not fill the memory. Text is
written as text: no cell is taken for a formula or a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import IO, Any

from stemkit.export.thin import Thinned
from stemkit.export.xlsx_charts import draw_charts
from stemkit.formats.readings_csv import Sheet, harmless_cell
from stemkit.model.reading import MISSING, Item, Readings
from stemkit.words import N_, tr

MOST_ROWS = 1_048_576
"""Rows of one sheet (Excel specifications and limits)."""
CHART_POINTS = 4000
"""Points of a chart: more make a spreadsheet slow and no picture better."""


def write_xlsx(
    file: IO[bytes],
    items: Iterable[Item],
    sheet: Sheet,
    about: Sequence[tuple[str, str]],
    happenings: Iterable[tuple[float, str, str]] = (),
) -> None:
    """Write a workbook to `file`.

    `about` are (heading, text) pairs for the first sheet; `happenings` are (t_s, board, text).
    """
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "nan_inf_to_errors": False,
    }
    with xlsxwriter.Workbook(file, options) as book:
        first = book.add_worksheet(tr(N_("About")))
        _write_about(book, first, about)
        boards = _Boards(book, sheet)
        for item in items:
            if isinstance(item, Readings):
                boards.write(item)
        if boards.thinned:
            points = boards.new_page(tr(N_("Chart points")))
            draw_charts(book, first, len(about) + 2, points, boards.thinned, sheet)
        _write_happenings(book, happenings)


class _Boards:
    """The sheets of the boards, made when a board's first reading comes."""

    def __init__(self, book: Any, sheet: Sheet) -> None:
        self._book, self._sheet = book, sheet
        self._bold = book.add_format({"bold": True})
        self._time = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss.000"})
        self._open: dict[str, tuple[Any, int]] = {}
        self._names = {"history"}  # a name that Excel keeps for itself
        self.thinned: dict[str, Thinned] = {}
        """Of each board a few rows (t_s, value of each channel), for its chart."""

    def write(self, readings: Readings) -> None:
        labels = self._sheet.labels
        places = {label: i for i, label in enumerate(labels)}
        used = [(places[name], k) for k, name in enumerate(readings.labels) if name in places]
        thin = self.thinned.setdefault(readings.board, Thinned(CHART_POINTS))
        for i, t_s in enumerate(readings.t_s):
            values = [MISSING] * len(labels)
            for place, k in used:
                values[place] = readings.columns[k][i]
            self._row(readings, i, t_s, values)
            thin.take((t_s, *values))

    def new_page(self, name: str) -> Any:
        """A sheet with a name that fits."""
        return self._book.add_worksheet(_sheet_name(name, self._names))

    def _row(self, readings: Readings, i: int, t_s: float, values: list[float]) -> None:
        page, row = self._open.get(readings.board, (None, MOST_ROWS))
        if row >= MOST_ROWS:
            page, row = self._board_page(readings.board), 1
        column = 0
        if self._sheet.started is not None:
            moment = self._sheet.started.replace(tzinfo=None) + timedelta(seconds=t_s)
            page.write_datetime(row, 0, moment, self._time)
            column = 1
        page.write_number(row, column, round(t_s, 4))
        for k, value in enumerate(values, column + 1):
            if value == value:
                page.write_number(row, k, value)
        if self._sheet.board_clock:
            for k, counted in ((1, readings.board_ms), (2, readings.seqs)):
                if counted is not None:
                    page.write_number(row, column + len(values) + k, counted[i])
        self._open[readings.board] = (page, row + 1)

    def _board_page(self, board: str) -> Any:
        page = self.new_page(board)
        head = ["time"] if self._sheet.started is not None else []
        head += ["t_s", *map(self._sheet.heading, self._sheet.labels)]
        head += ["board_ms", "seq"] if self._sheet.board_clock else []
        page.freeze_panes(1, 1)
        page.set_column(0, 0, 23 if self._sheet.started is not None else 10)
        for column, name in enumerate(head):
            page.write_string(0, column, harmless_cell(name), self._bold)
        return page


def _write_about(book: Any, page: Any, about: Sequence[tuple[str, str]]) -> None:
    bold = book.add_format({"bold": True})
    page.set_column(0, 0, 24)
    page.set_column(1, 1, 60)
    for row, (heading, text) in enumerate(about):
        page.write_string(row, 0, heading, bold)
        page.write_string(row, 1, harmless_cell(text))


def _write_happenings(book: Any, happenings: Iterable[tuple[float, str, str]]) -> None:
    rows = list(happenings)[: MOST_ROWS - 1]
    if not rows:
        return
    page = book.add_worksheet(tr(N_("What happened")))
    page.set_column(2, 2, 80)
    for column, heading in enumerate(("t_s", "board", tr(N_("What happened")))):
        page.write_string(0, column, heading, book.add_format({"bold": True}))
    for row, (t_s, board, text) in enumerate(rows, 1):
        page.write_number(row, 0, round(t_s, 4))
        page.write_string(row, 1, harmless_cell(board))
        page.write_string(row, 2, harmless_cell(text))


def _sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that Excel takes for a sheet: 31 letters, none of []:*?/\\, each once."""
    plain = re.sub(r"[\[\]:*?/\\]", "_", wanted).strip("'")[:28] or "board"
    name, n = plain, 2
    while name.lower() in taken:
        name, n = f"{plain[:26]} {n}", n + 1
    taken.add(name.lower())
    return name
