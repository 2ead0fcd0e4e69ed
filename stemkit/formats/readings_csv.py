"""Readings as CSV, for spreadsheets: a row a reading, a column a channel.

    time,t_s,board,temp (°C),hum (%),board_ms,seq
    2026-03-02 09:15:00.120,0.1200,v1,23.51,60.2,5120,17

`time` is the wall clock at the place of the recording, `t_s` seconds since its start, `board_ms`
and `seq` what the board itself counted. A cell of text that a spreadsheet would take for a formula
is made harmless by an apostrophe (OWASP, "CSV Injection").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from stemkit.model.reading import Item, Readings

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")


@dataclass(frozen=True, slots=True)
class CsvPreset:
    """How a spreadsheet wants it."""

    separator: str
    decimal: str
    bom: bool
    """A UTF-8 byte order mark, without which Excel reads Vietnamese letters wrong."""


PRESETS: dict[str, CsvPreset] = {
    "standard": CsvPreset(",", ".", bom=False),
    "semicolon": CsvPreset(";", ",", bom=True),
    "excel": CsvPreset(",", ".", bom=True),
}
"""`semicolon` is for systems that write 1,5 for one and a half, as Vietnamese ones do."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the columns are."""

    labels: tuple[str, ...]
    units: Mapping[str, str] = field(default_factory=dict)
    """Unit of each channel that has one, by label."""
    started: datetime | None = None
    """The wall clock at time 0; without it there is no `time` column."""
    board_clock: bool = False
    """Whether any board counted its lines and time."""

    def heading(self, label: str) -> str:
        """A channel's heading: `temp (°C)`."""
        unit = self.units.get(label, "")
        return f"{label} ({unit})" if unit else label


def csv_bytes(
    items: Iterable[Item], sheet: Sheet, preset: CsvPreset = PRESETS["standard"]
) -> Iterator[bytes]:
    """The file, piece by piece."""
    head = ["time"] if sheet.started else []
    head += ["t_s", "board", *map(sheet.heading, sheet.labels)]
    head += ["board_ms", "seq"] if sheet.board_clock else []
    line = preset.separator.join(_text_cell(name, preset.separator) for name in head) + "\r\n"
    yield ("\ufeff" if preset.bom else "").encode() + line.encode()
    for item in items:
        if isinstance(item, Readings):
            yield "".join(_rows(item, sheet, preset)).encode("utf-8", "replace")


def harmless_cell(text: str) -> str:
    """`text` that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def _rows(readings: Readings, sheet: Sheet, preset: CsvPreset) -> Iterator[str]:
    separator = preset.separator
    places = {label: i for i, label in enumerate(sheet.labels)}
    board = _text_cell(readings.board, separator)
    used = [(places[name], k) for k, name in enumerate(readings.labels) if name in places]
    for row, t_s in enumerate(readings.t_s):
        cells = [""] * len(sheet.labels)
        for place, k in used:
            cells[place] = _number(readings.columns[k][row])
        cells.insert(0, board)
        cells.insert(0, f"{t_s:.4f}")
        if sheet.board_clock:
            cells.append("" if readings.board_ms is None else str(readings.board_ms[row]))
            cells.append("" if readings.seqs is None else str(readings.seqs[row]))
        text = separator.join(cells)
        if preset.decimal != ".":
            text = _with_decimal(cells, preset)
        when = "" if sheet.started is None else _when(sheet.started, t_s) + separator
        yield when + text + "\r\n"


def _with_decimal(cells: list[str], preset: CsvPreset) -> str:
    # The board's name keeps its points.
    numbers = (cell.replace(".", preset.decimal) for cell in cells[2:])
    return preset.separator.join([cells[0].replace(".", preset.decimal), cells[1], *numbers])


def _number(value: float) -> str:
    return "" if value != value else f"{value:.15g}"


def _when(started: datetime, t_s: float) -> str:
    moment = started + timedelta(seconds=t_s)
    return moment.replace(tzinfo=None).isoformat(sep=" ", timespec="milliseconds")


def _text_cell(text: str, separator: str) -> str:
    text = harmless_cell(text)
    if separator in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
