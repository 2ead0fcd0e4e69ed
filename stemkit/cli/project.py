"""`stemkit project`: a club's project, from an empty folder to a file that a judge can trust."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli.command import Group
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, current_language, tr

if TYPE_CHECKING:
    from stemkit.actions.project_pack import Packed
    from stemkit.model.visible import Visible

command = Group(
    "project",
    help=N_("Competition packages: make a project, check it, pack, sign, verify and show it."),
    example="stemkit project new pendulum\nstemkit project pack pendulum",
)

# What is asked for where it is not given as an option.
_QUESTIONS = {
    "title": N_("What is the project called?"),
    "question": N_("Which question does it answer?"),
    "team": N_("Code names of the team, with commas between them (no real names needed)"),
    "club": N_("Which club or school?"),
    "board": N_("Which kind of board (for example esp32, pico, microbit-v2)?"),
    "contest": N_("For which contest (see “stemkit project contests”; may stay empty)?"),
}
FOLDER = click.Path(file_okay=False, path_type=Path)


@make(
    "new",
    help=N_(
        "Make the folder of a project, with everything that a contest may ask for.\n\n"
        "What is not given as an option is asked for."
    ),
    example="stemkit project new pendulum --title Pendulum --board pico --team fox,owl",
)
@click.argument("folder", type=FOLDER, metavar="FOLDER")
@click.option("--title", metavar="TEXT", help=N_("What the project is called."))
@click.option("--question", metavar="TEXT", help=N_("The question that it answers."))
@click.option("--team", metavar="A,B", help=N_("Code names of the team."))
@click.option("--club", metavar="NAME", help=N_("Club or school."))
@click.option("--board", metavar="M", help=N_("The kind of board, for example esp32."))
@click.option("--contest", metavar="ID", help=N_("The contest that it is for."))
@click.option("--licence", default="CC-BY-4.0", metavar="SPDX", help=N_("Terms of use for others."))
def _new(out: Output, folder: Path, licence: str, **answers: str | None) -> None:
    from stemkit.actions.project_new import new_project
    from stemkit.model.project import Person, Project

    said = {key: value if value is not None else _asked(key) for key, value in answers.items()}
    team = [code.strip() for code in said["team"].split(",")]
    project = Project(
        title=said["title"] or folder.name,
        question=said["question"],
        club=said["club"],
        board=said["board"],
        contest=said["contest"],
        language=current_language(),
        date=date.today().isoformat(),
        licence=licence,
        people=tuple(Person(code) for code in team if code),
    )
    made = new_project(folder, project)
    if out.as_json:
        out.answer("project.new", {"folder": str(made)})
    out.say(tr(N_("The project is in {folder}."), folder=made))
    out.hint(tr(N_("Fill it in; what is missing: stemkit project check {folder}"), folder=made))


def _asked(key: str) -> str:
    """The person's answer; "" where nobody can answer."""
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return ""
    return str(click.prompt(tr(_QUESTIONS[key]), default="", show_default=False, err=True)).strip()


@make(
    "pack",
    help=N_(
        "Make one file of a project, which others can check and sign.\n\n"
        "Only what is on the disk goes into it, so the same folder gives the same package on every"
        " computer. What a camera wrote into photos (place, owner) is left out; everything else"
        " that tells of people is listed."
    ),
    example="stemkit project pack pendulum --to usb/pendulum.zip",
)
@click.argument("folder", type=FOLDER, metavar="[FOLDER]", default=Path())
@click.option("--to", type=click.Path(path_type=Path), metavar="FILE", help=N_("Where to write it; else beside the folder."))  # fmt: skip  # noqa: E501
@click.option("--force", is_flag=True, help=N_("Replace a package that is there."))
@click.option("--keep-photo-data", is_flag=True, help=N_("Leave place and owner in photos."))
def _pack(out: Output, folder: Path, to: Path | None, force: bool, keep_photo_data: bool) -> None:
    from stemkit.actions.project_pack import PackWanted, pack
    from stemkit.cli.progress import shown

    with shown(out) as events:
        packed = pack(folder, PackWanted(to, force, keep_photo_data), events)
    if out.as_json:
        out.answer("project.pack", _packed_row(packed))
    out.say(f"{packed.path}  {packed.size / 1e6:.1f} MB  {packed.identity[:16]}")
    for path, why in packed.left_out:
        out.hint(tr(N_("Left out: {path} ({why})"), path=path, why=tr(why)))
    for visible in packed.visible:
        out.hint(_visible_told(visible))
    out.hint(tr(N_("Sign it: stemkit project sign {path}"), path=packed.path))


for _command in (_new, _pack):
    command.add_command(_command)


def _visible_told(visible: Visible) -> str:
    from stemkit.actions.project_told import told

    return told(visible)


def _packed_row(packed: Packed) -> dict[str, Any]:
    return {
        "package": str(packed.path),
        "identity": packed.identity,
        "files": packed.files,
        "bytes": packed.size,
        "read_bytes": packed.read_bytes,
        "seconds": round(packed.seconds, 3),
        "visible": [
            {"path": v.path, "tells": str(v.tells), "detail": v.detail, "removed": v.removed}
            for v in packed.visible
        ],
        "left_out": [{"path": path, "reason": tr(why)} for path, why in packed.left_out],
    }
