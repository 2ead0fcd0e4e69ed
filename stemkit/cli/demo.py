"""`stemkit demo`: the whole job with nothing attached."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, number

if TYPE_CHECKING:
    from stemkit.actions.readings.watching import Watching
    from stemkit.model.reading import Readings


@make(
    "demo",
    help=N_(
        "See the whole job on virtual boards, with nothing attached and no network: flash a class,"
        " give it a lesson, watch it measure while a cable is pulled, make a package of the"
        " recording, sign it and verify it."
    ),
    example="stemkit demo --keep my-demo",
)
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help=N_("Where the files go (default: a folder of stemkit's own, made new each time)."),
)
@click.option("--plain", is_flag=True, help=N_("Print lines instead of drawing."))
def command(out: Output, keep: Path | None, plain: bool) -> None:
    """Show each step when it is done."""
    from stemkit.actions.demo.demo import demonstrate
    from stemkit.cli.demo_told import row, told
    from stemkit.cli.progress import shown
    from stemkit.storage import places

    folder = (keep or places.home() / "demo").resolve()
    steps = []
    for step in demonstrate(folder, partial(_show, out, plain), partial(shown, out)):
        steps.append(row(step))
        for line in told(step):
            out.say(line)
    if out.as_json:
        out.answer("demo", {"steps": steps})


def _show(out: Output, plain: bool, watching: Watching) -> None:
    """The real display on a terminal; a few lines of each board's readings elsewhere."""
    if not (plain or out.as_json) and sys.stdout.isatty() and sys.stdin.isatty():
        from stemkit.cli.watch import show

        show(out, watching, plain=False)
        return
    from stemkit.actions.telling import told as words
    from stemkit.model.reading import Happening, Kind, Readings

    told_at_s: dict[str, float] = {}
    while watching.left_s > 0:
        for item in watching.take(min(0.1, watching.left_s)):
            if isinstance(item, Readings) and item.t_s[-1] - told_at_s.get(item.board, -9) > 4:
                told_at_s[item.board] = item.t_s[-1]
                out.say(f"  {number(item.t_s[-1], '5.1f')} s  {item.board}  {_values(item)}")
            elif isinstance(item, Happening) and item.kind in (Kind.DISCONNECTED, Kind.RECONNECTED):
                out.say(f"  {words(item)}")


def _values(readings: Readings) -> str:
    last = [column[-1] for column in readings.columns]
    return "  ".join(
        f"{label} {number(v, 'g')}" for label, v in zip(readings.labels, last, strict=True)
    )
