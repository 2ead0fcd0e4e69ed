"""`stemkit lesson vendor`: copies of others' files for a lesson."""

from __future__ import annotations

from pathlib import Path

import click

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, tr


@make(
    "vendor",
    help=N_(
        "Fetch the files by other people that a lesson needs into its folder.\n\n"
        "Each “[[dependency]]” in lesson.toml names one file, its version, where it is from, its "
        "licence and its SHA-256; a file with another SHA-256 is refused."
    ),
    example="stemkit lesson vendor 14-magnets",
)
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path), metavar="FOLDER")
def command(out: Output, folder: Path) -> None:
    """Bring them, and say which were there."""
    from stemkit.actions.lessons.vendor import Vendored, vendor

    files = vendor(folder)
    words = {Vendored.FETCHED: tr(N_("fetched")), Vendored.THERE: tr(N_("there already"))}
    for file in files:
        one = file.dependency
        out.say(f"{one.name} {one.version}  {one.file}  {words[file.state]}")
    if not files:
        out.say(tr(N_("This lesson needs no files by other people.")))
    if out.as_json:
        rows = [{"name": f.dependency.name, "version": f.dependency.version,
                 "file": f.dependency.file, "sha256": f.dependency.sha256,
                 "state": str(f.state)} for f in files]  # fmt: skip
        out.answer("lesson.vendor", {"dependencies": rows})
