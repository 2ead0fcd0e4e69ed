"""`stemkit mount`: a folder of this computer as the board's own."""

from __future__ import annotations

from pathlib import Path

import click

from stemkit.cli import complete
from stemkit.cli.command import command as make
from stemkit.cli.kit_numbers import known_numbers
from stemkit.cli.output import Output
from stemkit.words import N_, tr, typed


@make(
    "mount",
    help=N_(
        "Show a folder of this computer to the board as /remote, and open its prompt.\n\n"
        "Nothing is copied: “import” on the board reads the file here. Ctrl-] leaves."
    ),
    example="stemkit mount examples v1",
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.argument("board", required=False, shell_complete=complete.boards)
def command(out: Output, folder: Path, board: str | None) -> None:
    """Mount, then open the console."""
    from stemkit.actions.boards.console import mount_folder
    from stemkit.actions.boards.find import Search, find_board

    found = find_board(board, Search(f"stemkit mount {typed(folder)}", known_numbers(out)))
    told = tr(N_("{folder} is /remote on {board}. Ctrl-] leaves."), folder=folder, board=found.name)
    mount_folder(found, folder, lambda: out.hint(told))
