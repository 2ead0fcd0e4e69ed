"""Recordings in a list: a row each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from stemkit.cli.amounts import moment_told
from stemkit.cli.output import Output
from stemkit.cli.table import print_table
from stemkit.wire.harmless import harmless_text
from stemkit.words import N_, tr

if TYPE_CHECKING:
    from stemkit.storage.recordings import RecordingRow

STATES = {
    "recording": N_("being written, or interrupted"),
    "complete": N_("complete"),
    "recovered": N_("recovered"),
    "damaged": N_("damaged"),
}


def json_row(row: RecordingRow) -> dict[str, Any]:
    """A recording for `--json`."""
    return {
        "name": row.name,
        "folder": row.folder,
        "started": row.started or None,
        "seconds": row.seconds,
        "lines": row.lines,
        "rows": row.rows,
        "lost": row.lost,
        "size_bytes": row.size_bytes,
        "boards": list(row.boards),
        "channels": list(row.labels),
        "state": row.state,
        "lesson": row.lesson or None,
    }


def cells(row: RecordingRow) -> list[str]:
    """What a line of the list tells of a recording."""
    return [
        harmless_text(row.folder),
        harmless_text(moment_told(row.started)),
        duration(row.seconds),
        str(row.rows),
        str(row.lost),
        ", ".join(row.boards) if len(row.boards) < 4 else str(len(row.boards)),
        ", ".join(row.labels),
        tr(STATES[row.state]),
    ]


def duration(seconds: float) -> str:
    """`1:02:03` or `2:03`, in hours, minutes and seconds."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def say_rows(out: Output, rows: list[RecordingRow]) -> None:
    """Print the list, and how to look into one of it."""
    if not rows:
        return
    titles = [N_("Recording"), N_("Started"), N_("Lasts"), N_("Readings"), N_("Lost"), N_("Boards"),
              N_("Channels"), N_("State")]  # fmt: skip
    # A date that is cut in two is hard to read; names may be folded.
    spare = (titles[5], titles[4], titles[7], titles[2])
    print_table(out, titles, [cells(row) for row in rows], whole=titles[1:5], spare=spare)
    out.hint(tr(N_("To look into one: {command}"), command="stemkit record show NAME"))
