"""`stemkit usb`: a stick from which a school installs stemkit without a network."""

from __future__ import annotations

from pathlib import Path

import click

from stemkit.cli import command as kit
from stemkit.cli.output import Output
from stemkit.errors import Exit
from stemkit.words import N_, ntr, tr, typed

_EXAMPLE = "stemkit usb make E:\\stemkit"
_SYSTEMS = ("windows", "macos", "macos-intel", "linux", "linux-arm")


@kit.command(
    "make",
    help=N_(
        "Write a USB stick with stemkit for Windows, macOS and Linux, the firmware that is stored "
        "here and the lessons.\n\n"
        "Whoever gets it starts install.bat, install.command or install.sh; that needs no network. "
        "Making it again brings it up to date."
    ),
    example=_EXAMPLE,
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--for",
    "systems",
    type=click.Choice(_SYSTEMS),
    multiple=True,
    help=N_(
        "Only for this kind of computer (linux-arm is a Raspberry Pi); can be given more than once."
    ),
)
@click.option(
    "--python",
    "pythons",
    metavar="VERSION",
    multiple=True,
    help=N_("Only for this version of Python, for example 3.12; can be given more than once."),
)
@click.option(
    "--extra",
    "extras",
    metavar="NAME",
    multiple=True,
    help=N_("Also include what this extra needs, for example plot; can be given more than once."),
)
def _make(
    out: Output,
    folder: Path,
    systems: tuple[str, ...],
    pythons: tuple[str, ...],
    extras: tuple[str, ...],
) -> None:
    from stemkit.actions.sticks.stick import PYTHONS, Order, make_stick
    from stemkit.cli.passphrase import ask
    from stemkit.cli.progress import shown

    order = Order(systems or _SYSTEMS, pythons or PYTHONS, extras)
    with shown(out) as sink:
        made = make_stick(folder, order, sink, ask)
    size = f"{made.size / 1e6:.0f}"
    out.say(
        ntr("{n} file, {size} MB, in {folder}", "{n} files, {size} MB, in {folder}", made.files,
            size=size, folder=folder)
    )  # fmt: skip
    out.say(
        tr(N_("Lessons: {lessons}, pages to print: {pages}, firmware images: {images}"),
           lessons=made.lessons, pages=made.handouts, images=made.firmware)
    )  # fmt: skip
    for target in made.left_out:
        out.hint(tr(N_("Left out, because a package is not made for it: {target}"), target=target))
    out.hint(
        tr(N_("To install from it, start this there: install.bat (Windows), install.command (macOS)"
              " or install.sh (Linux)."))
    )  # fmt: skip
    if not made.firmware:
        out.hint(tr(N_("There is no firmware on it. Get some first: {command}"),
                    command="stemkit firmware fetch esp32 pico"))  # fmt: skip
    if out.as_json:
        body = {"folder": str(folder), "targets": made.targets, "left_out": made.left_out}
        holds = {"firmware": made.firmware, "lessons": made.lessons, "handouts": made.handouts}
        out.answer("usb.make", {**body, **holds, "files": made.files, "bytes": made.size})


@kit.command(
    "check",
    help=N_("Read every file of a USB stick again and compare it with what was written."),
    example="stemkit usb check E:\\stemkit",
)
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def _check(out: Output, folder: Path) -> Exit:
    from stemkit.actions.sticks.stick import check_stick

    health = check_stick(folder)
    for name in health.damaged:
        out.say(tr(N_("damaged: {file}"), file=name))
    for name in health.missing:
        out.say(tr(N_("missing: {file}"), file=name))
    if health.ok:
        out.say(ntr("{n} file is undamaged.", "All {n} files are undamaged.", health.files))
    else:
        out.hint(tr(N_("Write it again: {command}"), command=f"stemkit usb make {typed(folder)}"))
    if out.as_json:
        body = {"ok": health.ok, "files": health.files}
        out.answer("usb.check", {**body, "damaged": health.damaged, "missing": health.missing})
    return Exit.DONE if health.ok else Exit.ANSWER_IS_NO


command = kit.Group(
    "usb",
    help=N_("Make a USB stick from which schools install stemkit without a network."),
    example=_EXAMPLE,
    commands=[_make, _check],
)
