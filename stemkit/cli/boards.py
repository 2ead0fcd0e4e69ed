"""`stemkit boards`: what is connected."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli.command import command as make
from stemkit.cli.kit_numbers import known_numbers
from stemkit.cli.output import Output
from stemkit.words import N_, tr

if TYPE_CHECKING:
    from stemkit.actions.boards.arrivals import Change
    from stemkit.actions.boards.listing import Board

STATES = {
    "running": N_("running"),
    "bootloader": N_("boot loader"),
    "blank": N_("empty"),
    "busy": N_("in use"),
    "unknown": N_("not asked"),
}


@make(
    "boards",
    help=N_(
        "Show the boards that are connected, virtual ones too.\n\n"
        "With --probe each board is asked who it is. A board that waits at its prompt is not "
        "disturbed; a running program is interrupted for a moment and then started again."
    ),
    example="stemkit boards --probe",
)
@click.option("--probe", is_flag=True, help=N_("Ask each board for its firmware and lesson."))
@click.option(
    "--watch", is_flag=True, help=N_("Keep showing what is plugged in and unplugged, until Ctrl-C.")
)
def command(out: Output, probe: bool, watch: bool) -> None:
    """List the boards, once or for ever."""
    from stemkit.actions.boards.arrivals import watch_boards
    from stemkit.actions.boards.listing import list_boards, numbered, probed

    numbers = known_numbers(out)
    if watch:
        for change in watch_boards(ask=probe, numbers=numbers):
            _show_change(out, change)
        return
    boards = list_boards()
    _show(out, probed(boards, numbers=numbers) if probe else numbered(boards, numbers))
    if boards and not probe:
        out.hint(
            tr(N_("To ask the boards who they are: {command}"), command="stemkit boards --probe")
        )


def row(board: Board) -> dict[str, Any]:
    """A board as scripts get it."""
    return {
        "name": board.name,
        "port": board.port or None,
        "model": board.model,
        "chip": board.chip,
        "unique_id": board.unique_id or None,
        "firmware": board.firmware
        and {"name": board.firmware.name, "version": board.firmware.version},
        "kit_number": board.kit_number,
        "lesson": board.lesson and {"name": board.lesson.name, "version": board.lesson.version},
        "state": str(board.state),
        "drive": board.drive or None,
        "bridge": board.bridge or None,
        "virtual": board.virtual,
        "error": board.remark and {"code": board.remark.code, "message": board.remark.told()},
    }


def _show(out: Output, boards: list[Board]) -> None:
    if out.as_json:
        out.answer("boards", {"boards": [row(board) for board in boards]})
    if not boards:
        from stemkit.actions.boards.find import NoBoardError

        raise NoBoardError
    if out.as_json:
        return
    if sys.stdout.isatty():
        from stemkit.cli.boards_table import print_table

        if print_table(out.console(), [_cells(board) for board in boards]):
            out.hint(tr(N_("With ports and whole ids: {command}"), command="stemkit boards --json"))
    else:
        for board in boards:
            out.say("\t".join(_cells(board)))
    for board in boards:
        if board.remark is not None:
            out.hint(f"{board.name}: {board.remark.told()} {board.remark.remedy_told()}")
    _hint_unfinished(out)


def _hint_unfinished(out: Output) -> None:
    """Boards whose flash was stopped halfway must not go back into the box."""
    from stemkit.storage import places
    from stemkit.storage.unfinished import UnfinishedBoards

    names = ", ".join(mark.board for mark in UnfinishedBoards(places.unfinished()).all())
    if names:
        out.hint(tr(N_("Flash these again before they are used: {names}"), names=names))


def _cells(board: Board) -> list[str]:
    firmware, lesson = board.firmware, board.lesson
    return [
        board.name,
        "" if board.kit_number is None else str(board.kit_number),
        board.model or board.chip or board.bridge,
        _state(board),
        f"{firmware.name} {firmware.version}" if firmware else "",
        f"{lesson.name} {lesson.version}" if lesson else "",
        board.port or board.drive,
        board.unique_id,
    ]


def _state(board: Board) -> str:
    if board.state == "unknown" and board.remark is not None:
        return tr(N_("no answer"))
    return tr(STATES[board.state])


def _show_change(out: Output, change: Change) -> None:
    if out.as_json:
        out.answer("boards", {"boards": [row(board) for board in change.boards]})
        return
    for sign, boards in (("-", change.unplugged), ("+", change.plugged)):
        for board in boards:
            out.say("\t".join([sign, *_cells(board)]))
