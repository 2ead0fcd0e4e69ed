"""`stemkit mip`: MicroPython packages onto a board."""

from __future__ import annotations

import contextlib
import sys

import click

from stemkit.cli.command import command as make
from stemkit.cli.kit_numbers import known_numbers
from stemkit.cli.output import Output
from stemkit.words import N_


@make(
    "mip",
    help=N_(
        "Install MicroPython packages on a board.\n\n"
        "All words except --board go to “mpremote mip”: install, --target, --index, packages."
    ),
    example="stemkit mip --board v1 install umqtt.simple",
)
@click.option(
    "--board",
    metavar="BOARD",
    default=None,
    help=N_("The board to install on (default: the only one connected)."),
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
def command(out: Output, board: str | None, words: tuple[str, ...]) -> None:
    """Hand the words over."""
    from stemkit.actions.boards.console import install_packages
    from stemkit.actions.boards.find import Search, find_board

    found = find_board(board, Search("stemkit mip --board", known_numbers(out)))
    with contextlib.redirect_stdout(sys.stderr if out.as_json else sys.stdout):
        install_packages(found, words)
    if out.as_json:
        out.answer("mip", {"words": list(words)})


command.context_settings["ignore_unknown_options"] = True
