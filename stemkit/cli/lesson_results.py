"""`stemkit lesson results`: what a class has measured."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.cli.table import print_table
from stemkit.errors import Exit
from stemkit.words import N_, ntr

if TYPE_CHECKING:
    from stemkit.actions.lessons.results import Results
    from stemkit.model.results import Result


@make(
    "results",
    help=N_(
        "Show what a class has measured, one row for each student and board.\n\n"
        "FOLDER is a recording, or a folder with recordings, for example one folder for each "
        "student. The code is the one given with “stemkit watch --student”, or the folder's name, "
        "or the board's name. Each recording is judged by its lesson's check.toml; only your own "
        "list says who has which code."
    ),
    example="stemkit lesson results class-7a --to class-7a.csv",
)
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...")
@click.option("--lesson", default="", metavar="LESSON", help=N_("Only recordings of this lesson."))
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=N_("Write a CSV file for spreadsheets and for importing grades."),
)
@click.option(
    "--preset",
    type=click.Choice(["excel", "semicolon"]),
    default="excel",
    show_default=True,
    help=N_("How the CSV is written: excel (commas, 1.5) or semicolon (semicolons, 1,5)."),
)
@click.option("--force", is_flag=True, help=N_("Replace a file that is already there."))
def command(
    out: Output, folders: tuple[str, ...], lesson: str, to: Path | None, preset: str, force: bool
) -> Exit:
    """Read the recordings, then write or show the rows."""
    from stemkit.actions.lessons.questions import write_made
    from stemkit.actions.lessons.results import class_results
    from stemkit.formats.readings_csv import PRESETS
    from stemkit.formats.results_csv import results_csv
    from stemkit.wire.harmless import harmless_text

    found = class_results(folders, lesson)
    if to is not None:
        write_made(to, results_csv(found.rows, PRESETS[preset]), force=force)
        out.say(ntr("{path}: {n} row", "{path}: {n} rows", len(found.rows), path=to))
    else:
        _table(out, found)
    for one in found.unread:
        told = f"✗ {one.path}: {one.error.told()} {one.error.remedy_told()}"
        out.hint(harmless_text(told, most=2000))
    if out.as_json:
        unread = [{"path": str(u.path), "code": u.error.code, "message": u.error.told()}
                  for u in found.unread]  # fmt: skip
        out.answer("lesson.results", {"rows": [_row(r) for r in found.rows], "unread": unread})
    return Exit.ANSWER_IS_NO if found.unread else Exit.DONE


def _row(row: Result) -> dict[str, Any]:
    return {
        "code": row.code,
        "lesson": row.lesson or None,
        "version": row.version or None,
        "recording": row.recording,
        "board": row.board,
        "started": row.started,
        "seconds": row.seconds,
        "samples": row.samples,
        "lost": row.lost,
        "damaged": row.damaged,
        "channels": list(row.channels),
        "ok": row.ok,
        "met": row.met,
        "demands": row.demands,
        "problems": list(row.problems),
    }


def _table(out: Output, found: Results) -> None:
    if out.as_json or not found.rows:
        return
    from stemkit.cli.record_row import duration

    titles = (N_("Code"), N_("Lesson"), N_("Recording"), N_("Lasts"), N_("Readings"), N_("Lost"),
              N_("Met"))  # fmt: skip
    rows = []
    for row in found.rows:
        met = f"{'✓' if row.ok else '✗'} {row.met}/{row.demands}" if row.demands else "–"
        rows.append([row.code, row.lesson, row.recording, duration(row.seconds), str(row.samples),
                     str(row.lost), met])  # fmt: skip
    print_table(
        out, titles, rows, whole=titles[3:], spare=(titles[1], titles[5], titles[3]), headed=True
    )
    for row in found.rows:
        for sentence in row.problems or ([row.remark] if row.remark else []):
            out.say(f"{row.code}, {row.recording}: {sentence}")
