"""`stemkit record`: recordings that are there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.command import Group
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.cli.record_compare import compare as _compare
from stemkit.cli.record_learn import learn as _learn
from stemkit.cli.record_row import json_row, say_rows
from stemkit.words import N_, ntr, tr, typed

if TYPE_CHECKING:
    from stemkit.actions.readings.recordings import Summary

command = Group(
    "record",
    help=N_(
        "Recordings: every line that boards printed, with its time, safe even if the computer "
        "crashes."
    ),
    example="stemkit record list",
)


@make("list", help=N_("List all recordings, the newest first."), example="stemkit record list")
def _list(out: Output) -> None:
    from stemkit.actions.readings.recordings import all_rows

    rows = all_rows()
    if out.as_json:
        out.answer("record.list", {"recordings": [json_row(row) for row in rows]})
    else:
        say_rows(out, rows)
    if not rows:
        hint = N_("There are no recordings yet. Make one: {command}")
        out.hint(tr(hint, command="stemkit watch --record NAME"))


@make("show", help=N_("Show what a recording holds: channels, statistics, gaps, what happened."),
      example="stemkit record show pendulum-1")  # fmt: skip
@click.argument("name", shell_complete=complete.recordings)
@click.option("--fit", type=click.Choice(["line", "parabola", "decay", "wave", "damped-wave"]),
              help=N_("Fit a curve to the readings."))  # fmt: skip
@click.option("--board", default="", metavar="BOARD", help=N_("Only this board."))
@click.option("--channel", default="", metavar="CHANNEL", help=N_("Only this channel."))
@click.option("--from-s", type=float, metavar="SECONDS", help=N_("Only from this second on."))
@click.option("--to-s", type=float, metavar="SECONDS", help=N_("Only up to this second."))
def _show(out: Output, name: str, **chosen: Any) -> None:
    from stemkit.actions.readings.recordings import Chosen, summary
    from stemkit.cli.record_summary import json_summary, say_summary

    found = summary(name, Chosen(**chosen))
    if out.as_json:
        out.answer("record.show", json_summary(found))
    else:
        say_summary(out, found)
        out.hint(tr(N_("As a table and a picture: {command}"), command=_exporting(name, found)))


def _exporting(name: str, found: Summary) -> str:
    table, picture = (typed(f"{found.folder.name}.{ending}") for ending in ("xlsx", "svg"))
    return f"stemkit record export {typed(name)} --to {table} --plot {picture}"


@make("replay", help=N_("Play a recording again as if its boards were here."),
      example="stemkit record replay pendulum-1 --speed 10")  # fmt: skip
@click.argument("name", shell_complete=complete.recordings)
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="TIMES",
    help=N_("Play it this many times faster."),
)
@click.option("--plain", is_flag=True, help=N_("Print lines instead of drawing."))
def _replay(out: Output, name: str, speed: float, plain: bool) -> None:
    from stemkit.actions.interrupt import stopped_gently
    from stemkit.actions.readings.sources import replay
    from stemkit.actions.readings.watching import Watching
    from stemkit.cli.watch import show
    from stemkit.storage import places
    from stemkit.storage.recordings import find_recording
    from stemkit.storage.recordings.setup import experiment_of

    folder = find_recording(places.recordings(), name)
    watching = Watching(replay(folder, speed), experiment=experiment_of(folder.meta()))
    with stopped_gently(), watching:
        show(out, watching, plain=plain)


@make(
    "export",
    help=N_(
        "Write a recording as a table (CSV, XLSX, Parquet) or draw it (PNG, SVG).\n\n"
        "The file's ending says which. Without --to a CSV file of the recording's name is written "
        "into this folder. Presets for CSV: standard; semicolon (1,5 for one and a half); excel."
    ),
    example="stemkit record export pendulum-1 --to pendulum.xlsx --plot pendulum.png",
)
@click.argument("name", shell_complete=complete.recordings)
@click.option(
    "--to", default="", metavar="FILE", help=N_("File or folder to write to; - prints the table.")
)
@click.option("--format", "kind", type=click.Choice(["csv", "xlsx", "parquet"]),
              help=N_("Kind of table (default: by the file's ending)."))  # fmt: skip
@click.option("--preset", type=click.Choice(["standard", "semicolon", "excel"]), default="standard",
              show_default=True, help=N_("How the CSV is written."))  # fmt: skip
@click.option(
    "--plot", default="", metavar="FILE", help=N_("Draw a picture: FILE.png or FILE.svg.")
)
@click.option(
    "--board",
    "boards",
    multiple=True,
    metavar="BOARD",
    help=N_("Only this board; can be given more than once."),
)
@click.option(
    "--channel",
    "channels",
    multiple=True,
    metavar="CHANNEL",
    help=N_("Only this channel; can be given more than once."),
)
@click.option("--title", default="", metavar="TEXT", help=N_("Title of the picture."))
@click.option("--force", is_flag=True, help=N_("Replace a file that is already there."))
def _export(out: Output, name: str, to: str, kind: str | None, plot: str, **rest: Any) -> None:
    from stemkit.actions.readings.export import ExportFormat, ExportWanted, export

    done = []
    if to or kind or not plot:
        chosen = ExportFormat(kind) if kind else None
        done.append(export(name, ExportWanted(to=to, format=chosen, **rest)))
    if plot:
        done.append(export(name, ExportWanted(to=plot, picture=True, **rest)))
    for one in done:
        if one.path != "-":
            text = ntr(
                "{n} reading written to {path}",
                "{n} readings written to {path}",
                one.rows,
                path=one.path,
            )
            out.hint(text)
    if out.as_json:
        files = [{"path": f.path, "format": str(f.format), "rows": f.rows} for f in done]
        out.answer("record.export", {"files": files})


@make(
    "recover",
    help=N_("Repair recordings after a crash or a power cut: those named, or all that need it."),
    example="stemkit record recover",
)
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete.recordings)
def _recover(out: Output, names: tuple[str, ...]) -> None:
    from stemkit.actions.readings.recordings import recover_recordings

    found = recover_recordings(names)
    for folder, recovered in found:
        lines = recovered.meta.totals.lines
        text = ntr("{name}: {n} line is there.", "{name}: {n} lines are there.", lines,
                   name=folder.name)  # fmt: skip
        out.say(text)
        if recovered.torn_bytes:
            torn = ntr(
                "{name}: an unfinished line at the end was cut off ({n} byte).",
                "{name}: an unfinished line at the end was cut off ({n} bytes).",
                recovered.torn_bytes,
                name=folder.name,
            )
            out.hint(torn)
    if not found:
        out.hint(tr(N_("No recording needs it.")))
    rows = [
        {
            "name": folder.name,
            "folder": str(folder.path),
            "lines": recovered.meta.totals.lines,
            "rows": recovered.meta.totals.rows,
            "lost": recovered.meta.totals.lost,
            "torn_bytes": recovered.torn_bytes,
        }
        for folder, recovered in found
    ]
    if out.as_json:
        out.answer("record.recover", {"recordings": rows})


for _made in (_list, _show, _compare, _export, _replay, _recover, _learn):
    command.add_command(_made)
