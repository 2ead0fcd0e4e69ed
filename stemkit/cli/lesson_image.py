"""`stemkit lesson image`: a lesson as one file for each kind of board."""

from __future__ import annotations

from pathlib import Path

import click

from stemkit.cli.amounts import size_told
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.errors import Exit
from stemkit.words import N_, tr


@make(
    "image",
    help=N_(
        "Make one file for each kind of board: firmware, runtime and lesson together.\n\n"
        "Drag a .uf2 or .hex file onto the board's drive on any computer; write a .bin file at the "
        "address in its name. The firmware comes from the store on this computer. A note with the "
        "steps and a list in JSON lie beside them."
    ),
    example="stemkit lesson image 02 --to usb\nstemkit lesson image 02 --model microbit-v2",
)
@click.argument("lesson", metavar="LESSON")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="MODEL",
    help=N_("Only this kind of board; can be given more than once."),
)
@click.option(
    "--firmware",
    metavar="NAME|FILE",
    help=N_("Use this firmware instead of the newest in the store."),
)
@click.option(
    "--to",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(),
    metavar="FOLDER",
    help=N_("Folder to write to (default: this folder)."),
)
@click.option("--force", is_flag=True, help=N_("Replace a file that is already there."))
def command(
    out: Output, lesson: str, models: tuple[str, ...], firmware: str | None, to: Path, force: bool
) -> Exit:
    """Make the images and say where they are."""
    from stemkit.actions.lessons.image import make_images
    from stemkit.actions.library.lessons import lesson_folder

    made = make_images(lesson_folder(lesson), models, to, firmware=firmware, force=force)
    for image in made.made:
        out.say(
            f"  ✓ {image.model:<12} {to / image.file}  {size_told(image.size)}  ({image.firmware})"
        )
    for one in made.missing:
        out.say(f"  ✗ {one.model:<12} {one.error.told()} {one.error.remedy_told()}")
    out.hint(tr(N_("How they get onto boards: {note}"), note=to / made.note))
    if out.as_json:
        missing = [{"model": m.model, "code": m.error.code, "message": m.error.told(),
                    "remedy": m.error.remedy_told()} for m in made.missing]  # fmt: skip
        images = [{**image.row(), "path": str(to / image.file)} for image in made.made]
        out.answer("lesson.image", {"images": images, "missing": missing})
    return Exit.ANSWER_IS_NO if made.missing else Exit.DONE
