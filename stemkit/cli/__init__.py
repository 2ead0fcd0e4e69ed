"""The command line: one click command (or group) a file, listed in one table.

A command's module is imported only when that command is used, which keeps `stemkit --help` fast.
"""

from __future__ import annotations

import click

from stemkit.cli.command import LazyGroup
from stemkit.words import N_

# name -> (module under stemkit.cli, short help)
COMMANDS: dict[str, tuple[str, str]] = {
    "boards": ("boards", N_("Show the boards that are connected.")),
    "doctor": ("doctor", N_("Find out why a board is not seen or does not answer.")),
    "repl": ("repl", N_("Open a board's prompt.")),
    "mount": ("mount", N_("Let a board use a folder of this computer as its own.")),
    "mip": ("mip", N_("Install MicroPython packages on a board.")),
    "deploy": ("deploy", N_("Put a lesson, a folder or a file onto running boards.")),
    "firmware": ("firmware", N_("The offline firmware store.")),
    "flash": ("flash", N_("Put firmware on boards, all at the same time.")),
    "lesson": ("lesson", N_("Lessons: list, make, check, print, hand out and get them.")),
    "key": ("key", N_("Keys to sign lessons and projects, and the people you trust.")),
    "record": ("record", N_("Recordings: list, show, compare, export, replay, recover.")),
    "completion": ("completion", N_("Let the terminal complete names when you press Tab.")),
    "demo": ("demo", N_("See it work on virtual boards.")),
    "kit": ("kit", N_("The club's own boards: numbers, labels, self-tests.")),
    "project": ("project", N_("Competition packages: new, check, pack, sign, verify, show.")),
    "run": ("run", N_("Run a program on a board without saving it there.")),
    "sim": ("sim", N_("Virtual boards: start, list, stop.")),
    "usb": ("usb", N_("Make a USB stick from which schools install stemkit without a network.")),
    "watch": ("watch", N_("Show live readings of all boards, drawn or as lines, and record them.")),
}


def _alone(**_: object) -> None:
    context = click.get_current_context()
    if context.invoked_subcommand is None:
        from stemkit.cli.welcome import welcome

        welcome(context.obj)


cli: click.Group = LazyGroup(
    "stemkit",
    COMMANDS,
    help=N_("Flash, program, watch and package the boards of a school STEM club."),
    example="stemkit boards",
    invoke_without_command=True,
    callback=_alone,
)
