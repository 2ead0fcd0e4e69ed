"""`stemkit repl`: the board's prompt."""

from __future__ import annotations

import click

from stemkit.cli import complete
from stemkit.cli.command import command as make
from stemkit.cli.kit_numbers import known_numbers
from stemkit.cli.output import Output
from stemkit.words import N_, tr


@make(
    "repl",
    help=N_(
        "Open the board's prompt and type commands there.\n\n"
        "Ctrl-C stops the running program, Ctrl-D restarts the board's program, Ctrl-] leaves."
    ),
    example="stemkit repl v1",
)
@click.argument("board", required=False, shell_complete=complete.boards)
def command(out: Output, board: str | None) -> None:
    """Open the console."""
    from stemkit.actions.boards.console import open_prompt
    from stemkit.actions.boards.find import Search, find_board

    found = find_board(board, Search("stemkit repl", known_numbers(out)))
    keys = N_("{board}: Enter shows the prompt, Ctrl-C stops the program, Ctrl-] leaves.")
    open_prompt(found, lambda: out.hint(tr(keys, board=found.name)))
