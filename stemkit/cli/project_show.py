"""`stemkit project show`."""

from __future__ import annotations

from pathlib import Path

import click

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.cli.project_contest import contest_option
from stemkit.words import N_, tr


@make(
    "show",
    help=N_(
        "Make a page to look at a project or a package: question, plots drawn from the recordings, "
        "parts, program, signatures.\n\n"
        "--report and --poster make the report and the poster from report/report.md and "
        "poster/poster.md, with the contest's margins; the recordings come where the text says "
        "{runs}."
    ),
    example="stemkit project show pendulum.zip\nstemkit project show pendulum --report --pdf",
)
@click.argument("project", type=click.Path(path_type=Path), metavar="[FOLDER|FILE]", default=Path())  # fmt: skip  # noqa: E501
@click.option("--report", is_flag=True, help=N_("Make the report."))
@click.option("--poster", is_flag=True, help=N_("Make the poster."))
@click.option("--pdf", is_flag=True, help=N_("Make PDF instead of HTML (needs the extra “pdf”)."))
@click.option("--to", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER", help=N_(
    "Folder to write to (default: beside the project)."
))  # fmt: skip
@contest_option
@click.option("--force", is_flag=True, help=N_("Replace files that are already there."))
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
        rows = [{"path": str(one.path), "kind": one.kind, "pages": one.pages or None,
                 "left_out": list(one.left_out)}
                for one in made]  # fmt: skip
        out.answer("project.show", {"files": rows})
    for one in made:
        out.say(str(one.path))
        for picture in one.left_out:
            out.hint(tr(N_("Left out: {path} (it cannot be read as a picture)"), path=picture))
        if one.most_pages is not None and one.pages > one.most_pages:
            out.hint(
                tr(
                    N_("{path} has {n} pages; at most {most} are allowed"),
                    path=one.path,
                    n=one.pages,
                    most=one.most_pages,
                )
            )
