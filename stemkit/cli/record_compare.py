"""`stemkit record compare`: recordings of the same experiment side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, number, tr

if TYPE_CHECKING:
    from stemkit.actions.readings.compare import Comparison


@make(
    "compare",
    help=N_(
        "Compare recordings of the same experiment: their numbers in one table, their lines in one "
        "picture (SVG, or PNG).\n\n"
        "In the picture every recording begins at 0 s, or has its first mark there."
    ),
    example="stemkit record compare breath-1 breath-2 --plot breaths.svg",
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...",
                shell_complete=complete.recordings)  # fmt: skip
@click.option("--board", default="", metavar="BOARD", help=N_("Only this board."))
@click.option("--channel", default="", metavar="CHANNEL", help=N_("Only this channel."))
@click.option(
    "--plot", default="", metavar="FILE", help=N_("Draw a picture: FILE.png or FILE.svg.")
)
@click.option(
    "--align",
    type=click.Choice(["start", "mark"]),
    default="start",
    show_default=True,
    help=N_("What stands at 0 s in the picture: the start, or the first mark (or trigger)."),
)
@click.option("--title", default="", metavar="TEXT", help=N_("Title of the picture."))
@click.option("--force", is_flag=True, help=N_("Replace a file that is already there."))
def compare(
    out: Output,
    names: tuple[str, ...],
    board: str,
    channel: str,
    plot: str,
    align: str,
    title: str,
    force: bool,
) -> None:
    """Look at all of them, and draw them where a picture is wanted."""
    from stemkit.actions.readings.compare import Align, compare, draw_together
    from stemkit.actions.readings.export import STDOUT, ExportWanted
    from stemkit.actions.readings.recordings import Chosen

    found = compare(names, Chosen(board=board, channel=channel))
    wanted = ExportWanted(to=plot, title=title, force=force, picture=True)
    path = draw_together(found, wanted, Align(align)) if plot else None
    if path == STDOUT:  # nothing but the picture
        return
    if out.as_json:
        out.answer("record.compare", {"channels": _rows(found), "plot": path})
        return
    _say(out, found)
    if path:
        out.say(tr(N_("Written: {path}"), path=path))
    else:
        out.hint(tr(N_("To see their lines in one picture, add: --plot picture.svg")))


def _rows(found: Comparison) -> list[dict[str, Any]]:
    from stemkit.cli.record_summary import json_channel

    return [{"recording": row.line, **json_channel(row.channel)} for row in found.rows]


def _say(out: Output, found: Comparison) -> None:
    from stemkit.cli.table import print_table
    from stemkit.wire.harmless import harmless_text

    titles = (N_("Channel"), N_("Recording"), N_("Readings"), N_("Mean"), N_("Deviation"),
              N_("Lowest"), N_("Highest"))  # fmt: skip
    cells = []
    for row in found.rows:
        numbers, unit = row.channel.statistics, row.channel.unit
        label = f"{row.channel.label} ({unit})" if unit else row.channel.label
        values = [(numbers.mean, ".5g"), (numbers.sd, ".3g"), (numbers.low, ".5g"),
                  (numbers.high, ".5g")]  # fmt: skip
        told = [number(value, form) for value, form in values]
        cells.append([harmless_text(label), harmless_text(row.line), str(numbers.n), *told])
    print_table(out, titles, cells, spare=(titles[2],), headed=True)
