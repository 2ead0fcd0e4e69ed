"""Readings as CSV, for spreadsheets: a row a reading, a column a channel.

    time,t_s,board,temp (°C),hum (%),board_ms,seq
    2026-03-02 09:15:00.120,0.1200,v1,23.51,60.2,5120,17

`time` is the wall clock at the place of the recording, `t_s` seconds since its start, `board_ms`
and `seq` what the board itself counted. A cell of text that a spreadsheet would take for a formula
is made harmless by an apostrophe (OWASP, "CSV Injection").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
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
    line = preset.separator.join(text_cell(name, preset.separator) for name in head) + "\r\n"
    yield ("\ufeff" if preset.bom else "").encode() + line.encode()
    table = _Table(sheet, preset)
    for item in items:
        if isinstance(item, Readings):
            yield table.rows(item).encode("utf-8", "replace")


def harmless_cell(text: str) -> str:
    """`text` that no spreadsheet takes for a formula."""
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


class _Table:
    """Formats rows; remembers what many rows share."""

    def __init__(self, sheet: Sheet, preset: CsvPreset) -> None:
        self._sheet, self._preset = sheet, preset
        self._places = {label: i for i, label in enumerate(sheet.labels)}
        self._second, self._prefix = -1, ""

    def rows(self, readings: Readings) -> str:
        """The rows of `readings`."""
        columns = [self._seconds(readings.t_s), *self._cells(readings)]
        if self._sheet.board_clock:
            n = len(readings)
            for numbers in (readings.board_ms, readings.seqs):
                columns.append([""] * n if numbers is None else list(map(str, numbers)))
        if self._preset.decimal != ".":
            columns = [[c.replace(".", self._preset.decimal) for c in row] for row in columns]
        # The board's name keeps its points.
        columns.insert(1, [text_cell(readings.board, self._preset.separator)] * len(readings))
        if self._sheet.started is not None:
            columns.insert(0, self._moments(self._sheet.started, readings.t_s))
        rows = map(self._preset.separator.join, zip(*columns, strict=True))
        return "\r\n".join(rows) + "\r\n"

    def _cells(self, readings: Readings) -> list[list[str]]:
        found = [[""] * len(readings)] * len(self._sheet.labels)
        for label, column in zip(readings.labels, readings.columns, strict=True):
            if label in self._places:
                cells = list(map("%.15g".__mod__, column))
                found[self._places[label]] = ["" if c == "nan" else c for c in cells]
        return found

    def _seconds(self, times_s: Sequence[float]) -> list[str]:
        return list(map("%.4f".__mod__, times_s))

    def _moments(self, started: datetime, times_s: Sequence[float]) -> list[str]:
        found = []
        begun_us = started.microsecond
        for t_s in times_s:
            second, rest_us = divmod(round(t_s * 1e6) + begun_us, 1_000_000)
            if second != self._second:
                moment = started.replace(microsecond=0, tzinfo=None) + timedelta(seconds=second)
                self._second, self._prefix = second, moment.isoformat(sep=" ")
            found.append(f"{self._prefix}.{rest_us // 1000:03d}")
        return found


def text_cell(text: str, separator: str) -> str:
    """A cell of text, quoted where it must be, and no formula."""
    text = harmless_cell(text)
    if separator in text or '"' in text or "\n" in text or "\r" in text:
        return '"' + text.replace('"', '""') + '"'
    return text
