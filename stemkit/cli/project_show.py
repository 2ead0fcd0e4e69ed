"""`stemkit project show`."""

from __future__ import annotations

from pathlib import Path

import click

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, tr


@make(
    "show",
    help=N_(
        "A project, or a package, as a page to look at: question, plots drawn from the recordings,"
        " parts, program, signatures.\n\n"
        "--report and --poster make these from report/report.md and poster/poster.md, within the"
        " contest's margins; the recordings stand where the text says {runs}."
    ),
    example="stemkit project show pendulum.zip\nstemkit project show pendulum --report --pdf",
)
@click.argument("project", type=click.Path(path_type=Path), metavar="[FOLDER or FILE]", default=Path())  # fmt: skip  # noqa: E501
@click.option("--report", is_flag=True, help=N_("The report."))
@click.option("--poster", is_flag=True, help=N_("The poster."))
@click.option("--pdf", is_flag=True, help=N_("As PDF (extra “pdf”), not HTML."))
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", help=N_("Where to write; else beside the project."))  # fmt: skip  # noqa: E501
@click.option("--profile", default="", metavar="ID", help=N_("A contest's profile, or a file."))
@click.option("--force", is_flag=True, help=N_("Replace files that are there."))
def command(
    out: Output,
    project: Path,
    report: bool,
    poster: bool,
    pdf: bool,
    to: Path | None,
    profile: str,
    force: bool,
) -> None:
    """Make the pages."""
    from stemkit.actions.projects.show import PAGE, POSTER, REPORT, ShowWanted, show

    kinds = [REPORT] * report + [POSTER] * poster or [PAGE]
    made = show(project, ShowWanted(kinds, pdf, to, profile, force))
    if out.as_json:
        rows = [{"path": str(one.path), "kind": one.kind, "pages": one.pages or None}
                for one in made]  # fmt: skip
        out.answer("project.show", {"files": rows})
    for one in made:
        out.say(str(one.path))
        if one.most_pages is not None and one.pages > one.most_pages:
            out.hint(
                tr(
                    N_("{path} has {n} pages; at most {most} are allowed"),
                    path=one.path,
                    n=one.pages,
                    most=one.most_pages,
                )
            )
