"""`stemkit watch`: live readings, drawn, as lines, or as JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from stemkit.cli import complete
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.errors import Exit
from stemkit.words import N_, tr, typed

if TYPE_CHECKING:
    from stemkit.actions.readings.watching import Watching
    from stemkit.storage.recordings import RecordingFolder


@make(
    "watch",
    help=N_(
        "Show the readings that boards print, live: of the boards that are named, or of all that "
        "are connected and every one that is plugged in later.\n\n"
        "Any board that prints numbers is understood. In a terminal the readings are drawn (? "
        "shows the keys); in a pipe, or with --plain, they are printed as lines."
    ),
    example="stemkit watch --record pendulum-1",
)
@click.argument("boards", nargs=-1, metavar="[BOARD]...", shell_complete=complete.boards)
@click.option("--record", metavar="NAME", help=N_("Keep everything in a recording of this name."))
@click.option("--project", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER",
              help=N_("Keep the recording in this project's folder."))  # fmt: skip
@click.option("--force", is_flag=True, help=N_("Replace a recording of that name."))
@click.option(
    "--from",
    "source",
    default="",
    metavar="SOURCE",
    help=N_(
        "Take the readings not from boards but from a recording, a file, a port's URL, - (standard "
        "input) or blinka:SCRIPT."
    ),
)
@click.option(
    "--speed",
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="TIMES",
    help=N_("Play a recording this many times faster."),
)
@click.option(
    "--baud",
    type=click.IntRange(300, 12_000_000),
    metavar="RATE",
    help=N_(
        "Speed of the boards' serial lines, in bits a second (default: 115200, else the one that "
        "fits)."
    ),
)
@click.option("--for", "seconds", type=click.FloatRange(0), metavar="SECONDS",
              help=N_("Stop after this many seconds."))  # fmt: skip
@click.option("--setup", type=click.Path(path_type=Path), metavar="FILE",
              help=N_(
                  "Use this experiment's set-up: channels, formulas, alarms, triggers."
              ))  # fmt: skip
@click.option("--plain", is_flag=True, help=N_("Print lines instead of drawing."))
@click.option("--operator", "--student", "operator", default="", metavar="CODE",
              help=N_("Your code, to keep in the recording."))  # fmt: skip
@click.option("--club", default="", metavar="NAME", help=N_("Your club, to keep in the recording."))
@click.option(
    "--lesson",
    default="",
    metavar="LESSON",
    help=N_(
        "Show the readings as this lesson wants it (default: the lesson that is on the boards)."
    ),
)
def command(
    out: Output,
    boards: tuple[str, ...],
    record: str | None,
    project: Path | None,
    force: bool,
    source: str,
    speed: float,
    baud: int | None,
    seconds: float | None,
    setup: Path | None,
    plain: bool,
    operator: str,
    club: str,
    lesson: str,
) -> Exit:
    """Watch, and perhaps record."""
    from stemkit.actions.interrupt import stopped_gently
    from stemkit.actions.readings.lesson_setup import chosen_experiment, lesson_named
    from stemkit.actions.readings.record import About
    from stemkit.actions.readings.sources import Wanted, open_feed
    from stemkit.actions.readings.watching import Watching

    experiment = chosen_experiment(setup, lesson, source)
    # A script that nobody sits before is told at once that nothing is connected.
    waits = plain or seconds is not None or _on_a_screen(out, plain=plain)
    feed = open_feed(Wanted(boards, source, baud, speed, waits))
    about = About(operator=operator, club=club, lesson=lesson_named(lesson))
    watching = Watching(feed, about, experiment, seconds)
    with stopped_gently():
        try:
            if record is not None:
                watching.record(_place(record, project), force=force)
            with watching:
                show(out, watching, plain=plain)
        finally:
            tell_recordings(out, watching)
    watching.insist_on_boards()
    return Exit.DONE


def _on_a_screen(out: Output, *, plain: bool) -> bool:
    return not (plain or out.as_json) and sys.stdout.isatty() and sys.stdin.isatty()


def _place(record: str, project: Path | None) -> str:
    """The recording's name, or its path where it goes into a project."""
    if project is None:
        return record
    from stemkit.actions.projects.add import runs_folder

    return str(runs_folder(project).resolve() / record)


def show(out: Output, watching: Watching, *, plain: bool) -> None:
    """Show a started watching in the form that this output wants, until its end."""
    if _on_a_screen(out, plain=plain):
        from stemkit.cli.faces import faces

        faces().screen(watching)
        return
    from stemkit.cli.watch_lines import JsonLines, PlainLines

    names = [board.name for board in watching.feed.boards]
    if out.as_json:
        out.answer("watch", {"t": 0.0, "board": "", "event": "watching", "boards": names})
    lines = JsonLines() if out.as_json else PlainLines(out, watching)
    ended = False
    while not ended and watching.left_s > 0:
        ended = watching.feed.ended
        lines.show(watching.take(min(0.1, watching.left_s)))
        watching.feed.check()
    if ended:
        # What the last readings set off (a mark) is still on its way.
        lines.show(watching.take(0.2))


def _named(folder: RecordingFolder) -> str:
    """How a command names a recording: by its path where it is not among the others."""
    from stemkit.storage import places

    here = folder.path.parent == places.recordings()
    return typed(folder.name if here else folder.path)


def tell_recordings(out: Output, watching: Watching) -> None:
    """Say where recordings are; raise what ended one before its time."""
    for recorded in watching.recorded:
        out.hint(tr(N_("Recorded in {folder}"), folder=recorded.folder.path))
        if recorded.table is None and recorded.error is None:
            text = N_(
                "It is long, so no table was made yet. To make one: stemkit record export {name}"
            )
            out.hint(tr(text, name=_named(recorded.folder)))
        out.hint(tr(N_("To look at it: stemkit record show {name}"), name=_named(recorded.folder)))
    for recorded in watching.recorded:
        if recorded.error is not None:
            raise recorded.error
