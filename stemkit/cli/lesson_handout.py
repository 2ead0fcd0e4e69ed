"""`stemkit lesson handout`: a lesson on paper or on the wall."""

from __future__ import annotations

from pathlib import Path

import click

from stemkit.cli import complete
from stemkit.cli.amounts import size_told
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import LANGUAGES, N_, current_language, tr


@make(
    "handout",
    help=N_(
        "Make a lesson ready to print or to show: pages for students, pages for the teacher, or "
        "slides.\n\nHTML is one file that needs no network; PDF needs the extra “pdf”. The "
        "students' pages and the slides never hold the teacher's answers."
    ),
    example=(
        "stemkit lesson handout 02 --pdf\n"
        "stemkit lesson handout 02 --pdf --teacher --to print\n"
        "stemkit lesson handout 02 --slides --language en"
    ),
)
@click.argument("lesson", metavar="LESSON", shell_complete=complete.lessons)
@click.option("--html", is_flag=True, help=N_("Make HTML (the default)."))
@click.option("--pdf", is_flag=True, help=N_("Make PDF."))
@click.option("--teacher", is_flag=True, help=N_("Make the teacher's pages, with all answers."))
@click.option("--slides", is_flag=True, help=N_("Slides for the projector."))
@click.option(
    "--language",
    "languages",
    type=click.Choice(LANGUAGES),
    multiple=True,
    help=N_("Language of the pages (default: yours); can be given twice."),
)
@click.option(
    "--to",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help=N_("Folder to write to, or the file's name (default: this folder)."),
)
@click.option("--force", is_flag=True, help=N_("Replace a file that is already there."))
def command(
    out: Output, lesson: str, html: bool, pdf: bool, teacher: bool, slides: bool,
    languages: tuple[str, ...], to: Path, force: bool,
) -> None:  # fmt: skip
    """Make the handouts and say where they are."""
    from stemkit.actions.lessons.contents import lesson_contents
    from stemkit.actions.lessons.handout import HTML, PDF, HandoutWanted, make_handouts

    formats = [name for name, asked in ((HTML, html or not pdf), (PDF, pdf)) if asked]
    spoken = tuple(dict.fromkeys(languages)) or (current_language(),)
    wanted = HandoutWanted(formats, spoken, teacher=teacher, slides=slides)
    made = make_handouts(lesson_contents(lesson)[1], wanted, to, force=force)
    for one in made:
        out.say(f"{one.path}  {size_told(one.size)}")
    if teacher:
        out.hint(tr(N_("The teacher's pages hold the answers: keep them from the students.")))
    if out.as_json:
        rows = [{"path": str(m.path), "kind": m.kind, "format": m.format, "language": m.language,
                 "bytes": m.size} for m in made]  # fmt: skip
        out.answer("lesson.handout", {"files": rows})
