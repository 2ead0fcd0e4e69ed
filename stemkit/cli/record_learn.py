"""`stemkit record learn`: a tiny model from recordings, and how often it is right."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.cli.wrapping import cells
from stemkit.words import N_, ntr, tr

if TYPE_CHECKING:
    from stemkit.analysis.learned import Learned


@make(
    "learn",
    help=N_(
        "Learn to tell gestures apart: a tiny model for a board, from recordings.\n\n"
        "A recording is called GESTURE-PERSON, for example shake-an. The model is a few questions "
        "in a row; it is written as a module that a program on a board imports."
    ),
    example="stemkit record learn shake-an tilt-an shake-binh tilt-binh --to model.py",
)
@click.argument("names", nargs=-1, required=True, metavar="NAME...")
@click.option("--to", type=click.Path(dir_okay=False, path_type=Path), default=Path("model.py"),
              metavar="FILE", help=N_(
                  "File to write the model to (default: model.py)."
              ))  # fmt: skip
@click.option("--channel", "channels", multiple=True, metavar="CHANNEL",
              help=N_(
                  "Learn from this channel only (default: from all); can be given more than once."
              ))  # fmt: skip
@click.option(
    "--window",
    "length",
    type=click.IntRange(5, 1000),
    default=20,
    show_default=True,
    metavar="NUMBER",
    help=N_("How many readings are in one window."),
)
@click.option("--force", is_flag=True, help=N_("Replace a file that is already there."))
def learn(out: Output, **wanted: Any) -> None:
    """Learn, and say how often it is right."""
    from stemkit.actions.readings.learn import LearnWanted, learn_recordings

    learned = learn_recordings(LearnWanted(**wanted))
    if out.as_json:
        out.answer("record.learn", {"path": str(wanted["to"]), **_row(learned)})
    else:
        _say(out, learned, wanted["to"])


def _row(learned: Learned) -> dict[str, Any]:
    tested = learned.tested
    return {
        "labels": list(learned.labels),
        "people": list(learned.people),
        "channels": list(learned.channels),
        "window": learned.length,
        "recordings": learned.recordings,
        "questions": sum(isinstance(node, tuple) for node in learned.tree),
        "tree": [list(node) if isinstance(node, tuple) else node for node in learned.tree],
        "tested_on_people_unseen": len(learned.people) > 1,
        "windows": tested.windows,
        "right": tested.right,
        "confusion": [list(row) for row in tested.confusion],
        "by_person": [
            {"person": person, "right": right, "windows": windows}
            for person, right, windows in tested.by_person
        ],
    }


def _gap(label: str, width: int) -> str:
    return " " * (width - cells(label))


def _say(out: Output, learned: Learned, path: Path) -> None:
    tested = learned.tested
    questions = sum(isinstance(node, tuple) for node in learned.tree)
    asks = ntr("The model asks {n} question and is in {path}.",
               "The model asks {n} questions and is in {path}.", questions, path=path)  # fmt: skip
    out.say(asks)
    out.say("")
    out.say(tr(N_("What it was (rows) and what it was taken for (columns), in windows:")))
    width = max(6, *map(cells, learned.labels)) + 2
    out.say(" " * width + "".join(_gap(label, width) + label for label in learned.labels))
    for label, row in zip(learned.labels, tested.confusion, strict=True):
        out.say(label + _gap(label, width) + "".join(f"{count:>{width}}" for count in row))
    out.say("")
    share = f"{100 * tested.right / tested.windows:.0f}"
    out.say(tr(N_("Right: {right} of {windows} windows, {share} %."), right=tested.right,
               windows=tested.windows, share=share))  # fmt: skip
    if len(learned.people) == 1:
        out.hint(
            tr(N_("These are one person's recordings only: this says nothing about other people."))
        )
        return
    for person, right, windows in tested.by_person:
        out.say(tr(N_("  {person}, whom the model had never seen: {right} of {windows} windows"),
                   person=person or "?", right=right, windows=windows))  # fmt: skip
