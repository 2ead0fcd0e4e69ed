"""`stemkit flash`: firmware onto boards, as many as there are at once."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from stemkit.cli import complete
from stemkit.cli.bundle import bundle_fields, warn
from stemkit.cli.command import command as make
from stemkit.cli.failures import numbered, show_failures
from stemkit.cli.flash_row import row
from stemkit.cli.output import Output
from stemkit.errors import Exit
from stemkit.words import N_, ntr, tr

if TYPE_CHECKING:
    from stemkit.actions.flashing.flash import FlashResult
    from stemkit.actions.library.bundles import OpenBundle
    from stemkit.storage.unfinished import Unfinished

_NEXT_WATCH = N_("See what they measure: stemkit watch")
_NEXT_LESSON = N_("Put a lesson onto them: stemkit deploy 01-first-light --all --run")


@make(
    "flash",
    help=N_(
        "Put firmware on boards, all of them at the same time.\n\n"
        "Every board is checked (is it the right chip?), written, read back and started: only a "
        "board that shows its prompt counts as ready. What is already there is not written again."
    ),
    example="stemkit flash --all\nstemkit flash ttyUSB0 --firmware ESP32_GENERIC@1.24.1",
)
@click.argument("boards", nargs=-1, metavar="[BOARD]...", shell_complete=complete.boards)
@click.option("--all", "all_boards", is_flag=True, help=N_("All boards that are connected."))
@click.option(
    "--firmware",
    metavar="NAME[@VERSION]|FILE",
    help=N_("Firmware from the store, or a file (default: the newest stored one for the model)."),
)
@click.option(
    "--lesson",
    metavar="LESSON",
    help=N_("Put this onto the board too: a lesson, its .stem file or a folder of files."),
)
@click.option(
    "--model",
    metavar="MODEL",
    help=N_("The kind of board, where stemkit cannot see it."),
    shell_complete=complete.models,
)
@click.option(
    "--station",
    is_flag=True,
    help=N_("Flash, test and number every board that is plugged in, until Ctrl-C."),
)
@click.option("--sound", is_flag=True, help=N_("With --station: make a sound for each board."))
@click.option("--force", is_flag=True, help=N_("Write everything, even what is already there."))
@click.option(
    "--no-boot-check",
    is_flag=True,
    help=N_("Do not wait for the prompt (for a loader that cannot run the firmware)."),
)
def command(
    out: Output,
    boards: tuple[str, ...],
    all_boards: bool,
    firmware: str | None,
    lesson: str | None,
    model: str | None,
    station: bool,
    sound: bool,
    force: bool,
    no_boot_check: bool,
) -> Exit:
    """Find the boards, flash them, show what came of it."""
    from stemkit.actions.boards.find import Search, find_boards
    from stemkit.actions.flashing.flash import flash_boards
    from stemkit.actions.flashing.image import choose
    from stemkit.actions.flashing.one_board import Workshop
    from stemkit.cli import progress
    from stemkit.cli.kit_numbers import known_boards
    from stemkit.cli.station import run_station

    kit = known_boards(out)
    numbers = {unique_id: known.number for unique_id, known in kit.items()}
    choice = choose(firmware, model, lesson, numbers)
    warn(out, choice.bundle)
    if station:
        run_station(out, Workshop(choice, force, kit=kit, model=model), sound=sound)
        return Exit.DONE
    found = find_boards(boards, Search("stemkit flash", numbers), all_boards=all_boards)
    choice.prepare(found)
    with progress.shown(out, tuple(board.name for board in found)) as sink:
        shop = Workshop(choice, force, not no_boot_check, sink, kit=kit, model=model)
        result = flash_boards(found, shop)
    show(out, result, choice.bundle)
    if not result.failed and not result.interrupted:
        out.hint(tr(_NEXT_WATCH if lesson else _NEXT_LESSON))
    result.raise_end()
    return result.exit_code


def show(out: Output, result: FlashResult, bundle: OpenBundle | None = None) -> None:
    """The answer: a large count for the room, then what to do for each board that is not good."""
    if out.as_json:
        out.answer(
            "flash",
            {
                "boards": [row(board) for board in result.boards],
                "unfinished": [_mark(mark) for mark in result.unfinished],
                **bundle_fields(bundle),
            },
        )
        return
    good = len(result.boards) - len(result.failed)
    if sys.stdout.isatty():
        _show_large(out, good, len(result.failed))
    else:
        out.say(ntr("{n} board is ready.", "{n} boards are ready.", good))
        if result.failed:
            out.say(ntr("{n} board failed.", "{n} boards failed.", len(result.failed)))
    show_failures(
        out,
        ((numbered(board.name, board.kit_number), board.error) for board in result.failed
         if board.error is not None),
    )  # fmt: skip
    if result.unfinished:
        names = ", ".join(mark.board for mark in result.unfinished)
        out.say(tr(N_("Flash these again before they are used: {names}"), names=names))


def _show_large(out: Output, good: int, failed: int) -> None:
    from rich.columns import Columns

    from stemkit.cli.large import large

    blocks = [large(good, tr(N_("READY")), "bold white on green", "good")]
    if failed:
        blocks.append(large(failed, tr(N_("FAILED")), "bold white on red", "bad"))
    out.console().print(Columns(blocks, padding=(0, 2)))


def _mark(mark: Unfinished) -> dict[str, str]:
    return {"key": mark.key, "name": mark.board, "image": mark.image, "since": mark.since}
