"""The board's prompt, a folder mounted on it, and packages installed: mpremote's, on our links."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from stemkit.actions.boards.listing import Board
from stemkit.errors import MissingFileError, UsageError
from stemkit.links import open_link
from stemkit.words import N_


class NoPortError(UsageError):
    """The board is in its boot loader and shows a drive alone: there is no prompt to talk to."""

    code = "board-has-no-port"
    message = N_("The board {board} waits for firmware and has no prompt.")
    remedy = N_("Put MicroPython on it: stemkit flash {board}")


def _nothing() -> None:
    pass


def open_prompt(board: Board, opened: Callable[[], None] = _nothing) -> None:
    """The board's prompt on this terminal; `opened` is called once its port is open."""
    from stemkit.devices.console import repl

    link = open_link(_port(board), board.baud)
    try:
        opened()
        repl(link)
    finally:
        link.close()


def mount_folder(board: Board, folder: Path, opened: Callable[[], None] = _nothing) -> None:
    """Mount `folder` on the board and give its prompt, as `open_prompt` does."""
    from stemkit.devices.console import mount

    if not folder.is_dir():
        raise MissingFileError(path=folder)
    link = open_link(_port(board), board.baud)
    try:
        opened()
        mount(link, folder)
    finally:
        link.close()


def install_packages(board: Board, words: Sequence[str]) -> None:
    """`mpremote mip` on the board."""
    from stemkit.devices.console import parse_mip, run_mip

    arguments = parse_mip(words)
    link = open_link(_port(board), board.baud)
    try:
        run_mip(link, arguments)
    finally:
        link.close()


def _port(board: Board) -> str:
    if not board.port:
        raise NoPortError(board=board.name)
    return board.port
