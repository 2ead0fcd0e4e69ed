"""The flashing station's log: a CSV file a day, a line a board, on disk when it is told."""

from __future__ import annotations

import csv
import io
import os
import threading
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Final

from stemkit.storage import atomic

COLUMNS: Final = (
    "time",
    "number",
    "name",
    "unique_id",
    "model",
    "port",
    "status",
    "seconds",
    "image",
    "firmware",
    "test",
    "error",
)
# A spreadsheet takes a cell that begins so for a formula (OWASP, "CSV Injection").
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class StationLog:
    """Appends to `folder`/YYYY-MM-DD.csv; several threads and processes may."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()

    def path(self, day: date) -> Path:
        """The file of a day."""
        return self._folder / f"{day:%Y-%m-%d}.csv"

    def add(self, day: date, row: Mapping[str, object]) -> Path:
        """Add a line with what `row` has of `COLUMNS`; returns the file. Raises what the disk says.

        The file is UTF-8 with a mark at its beginning, by which spreadsheets know that.
        """
        path = self.path(day)
        with self._lock, atomic.told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
            try:
                head = "" if os.fstat(handle).st_size else "\ufeff" + _line(COLUMNS)
                cells = [_cell(row.get(column)) for column in COLUMNS]
                os.write(handle, (head + _line(cells)).encode())
                os.fsync(handle)
            finally:
                os.close(handle)
        return path


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _line(cells: tuple[str, ...] | list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(cells)
    return out.getvalue()
