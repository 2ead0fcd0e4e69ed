"""`stemkit lesson questions`: a lesson's test for a learning platform."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from stemkit.cli import complete
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, ntr


@make(
    "questions",
    help=N_(
        "Write a lesson's test questions, with their answers, as a GIFT file.\n\n"
        "Moodle and many other learning platforms import GIFT. Without --to the questions are "
        "printed."
    ),
    example="stemkit lesson questions 02 --to humidity.gift",
)
@click.argument("lesson", metavar="LESSON", shell_complete=complete.lessons)
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=N_("The file to write to."),
)
@click.option("--force", is_flag=True, help=N_("Replace a file that is already there."))
def command(out: Output, lesson: str, to: Path | None, force: bool) -> None:
    """Write the questions, or print them."""
    from stemkit.actions.lessons.contents import lesson_contents
    from stemkit.actions.lessons.questions import gift_of, write_made

    _, contents = lesson_contents(lesson)
    gift, n = gift_of(contents)
    if to is not None:
        write_made(to, gift, force=force)
        out.say(ntr("{path}: {n} question", "{path}: {n} questions", n, path=to))
    if out.as_json:
        where = {"path": str(to)} if to is not None else {"gift": gift.decode()}
        out.answer("lesson.questions", {"questions": n, **where})
    elif to is None:
        sys.stdout.write(gift.decode())
