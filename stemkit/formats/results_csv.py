"""A class's results as CSV, for a spreadsheet or a platform that imports grades.

    code,lesson,version,recording,board,started,seconds,samples,lost,damaged,channels,check,met,demands,problems

`check` is `yes`, `no`, or empty where nothing was judged. The headings are the same in every
language, so that an import that was set up once goes on working.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from stemkit.formats.readings_csv import PRESETS, CsvPreset, text_cell
from stemkit.model.results import Result

HEADINGS = (
    "code", "lesson", "version", "recording", "board", "started", "seconds", "samples", "lost",
    "damaged", "channels", "check", "met", "demands", "problems",
)  # fmt: skip


def results_csv(rows: Iterable[Result], preset: CsvPreset = PRESETS["excel"]) -> bytes:
    """The file, UTF-8 with a byte order mark, lines ended as RFC 4180 says."""
    lines = [HEADINGS, *(tuple(_cells(row, preset)) for row in rows)]
    text = "".join(
        preset.separator.join(text_cell(cell, preset.separator) for cell in line) + "\r\n"
        for line in lines
    )
    return text.encode("utf-8-sig")


def _cells(row: Result, preset: CsvPreset) -> Iterator[str]:
    yield from (row.code, row.lesson, row.version, row.recording, row.board, row.started)
    yield f"{row.seconds:.1f}".replace(".", preset.decimal)
    yield from (str(row.samples), str(row.lost), str(row.damaged), " ".join(row.channels))
    yield {True: "yes", False: "no", None: ""}[row.ok]
    yield from (str(row.met), str(row.demands)) if row.demands else ("", "")
    yield " ".join(row.problems) or row.remark
