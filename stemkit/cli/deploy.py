"""`stemkit deploy`: a lesson, a folder or a file onto running boards."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.bundle import bundle_fields, warn
from stemkit.cli.command import command as make
from stemkit.cli.failures import show_failures
from stemkit.cli.output import Output
from stemkit.words import N_, ntr, number, tr, typed

if TYPE_CHECKING:
    from stemkit.actions.library.bundles import OpenBundle
    from stemkit.actions.programs.deploy import Deployed, DeployResult
    from stemkit.errors import Exit

# How long a person has to press reset on a board that obeys nothing.
_PERSON_S = 30.0
_RUNS = N_("The new program is running. To see its readings: stemkit watch")
_WAITS = N_("Nothing was started: there is no main.py. To run a program: stemkit run FILE")
_RUN_ALL = N_("The new program is running on all of them. To see the readings: stemkit watch")


@make(
    "deploy",
    help=N_(
        "Put a lesson, a folder or a file onto running boards, all of them at the same time.\n\n"
        "Only what differs is sent. Whatever happens to the cable, a board has either all its old "
        "files or all the new ones. Files that an earlier deploy put there and that are no longer "
        "in the folder are removed; the student's own files never are. A board that got a new "
        "main.py, or whose program was running, is restarted and runs it. A cable that comes out "
        "can be pushed in again within 10 seconds: the deploy goes on."
    ),
    example="stemkit deploy 02 --all\nstemkit deploy main.py v1 --run",
)
@click.argument("path", type=click.Path(path_type=Path))
@click.argument("boards", nargs=-1, metavar="[BOARD]...", shell_complete=complete.boards)
@click.option("--all", "all_boards", is_flag=True, help=N_("All boards that are connected."))
@click.option(
    "--keep",
    is_flag=True,
    help=N_("Keep all files on the board, also those that are gone from the folder."),
)
@click.option(
    "--run", is_flag=True, help=N_("Start the program in any case, and show its readings.")
)
@click.option("--no-fast", is_flag=True, help=N_("Keep the serial line at its usual speed."))
@click.option(
    "--mpy",
    is_flag=True,
    help=N_("Compile modules first: they then need less of the board's memory."),
)
def command(
    out: Output,
    path: Path,
    boards: tuple[str, ...],
    all_boards: bool,
    keep: bool,
    run: bool,
    no_fast: bool,
    mpy: bool,
) -> Exit:
    """Read the files, find the boards, deploy, show what came of it."""
    from stemkit.actions.boards.find import Search, find_boards
    from stemkit.actions.programs.deploy import Deploy, deploy_boards
    from stemkit.actions.programs.source import read_source
    from stemkit.cli import progress

    source = read_source(path)
    warn(out, source.bundle)
    found = find_boards(boards, Search(f"stemkit deploy {typed(path)}"), all_boards=all_boards)
    person_s = _PERSON_S if sys.stderr.isatty() else 0.0
    with progress.shown(out, tuple(board.name for board in found)) as sink:
        deploy = Deploy(source, keep, run, mpy, not no_fast, person_s, sink)
        result = deploy_boards(found, deploy)
    show(out, result, source.bundle)
    result.raise_end()
    if run:
        _watch(out, result)
    return result.exit_code


def show(out: Output, result: DeployResult, bundle: OpenBundle | None = None) -> None:
    """The answer: how many are good, then what to do for each that is not."""
    if out.as_json:
        rows = [_row(board) for board in result.boards]
        out.answer("deploy", {"boards": rows, **bundle_fields(bundle)})
        return
    good = [board for board in result.boards if board.error is None]
    for board in good[:1] if len(result.boards) == 1 else []:
        out.say(_told(board))
        if board.status == "deployed":
            out.say("  " + tr(_RUNS if board.started else _WAITS))
    if len(result.boards) > 1:
        out.say(ntr("{n} board is ready.", "{n} boards are ready.", len(good)))
        if good and all(board.started for board in good):
            out.say(tr(_RUN_ALL))
    show_failures(out, ((board.name, board.error) for board in result.failed if board.error))


def _told(board: Deployed) -> str:
    if board.status == "unchanged":
        return ntr(
            "{name}: nothing to do, {n} file is there already.",
            "{name}: nothing to do, {n} files are there already.",
            board.files_same,
            name=board.name,
        )
    return tr(
        N_("{name}: {sent} sent, {same} were there, {removed} removed, in {seconds} s"),
        name=board.name,
        sent=board.files_sent,
        same=board.files_same,
        removed=board.files_removed,
        seconds=number(board.seconds),
    )


def _row(board: Deployed) -> dict[str, Any]:
    error = board.error
    return {
        "name": board.name,
        "port": board.port,
        "status": board.status,
        "files_sent": board.files_sent,
        "files_same": board.files_same,
        "files_removed": board.files_removed,
        "bytes_payload": board.bytes_payload,
        "bytes_wire": board.bytes_wire,
        "seconds": board.seconds,
        "verified": board.verified,
        "started": board.started,
        "error": error
        and {"code": error.code, "message": error.told(), "remedy": error.remedy_told()},
    }


def _watch(out: Output, result: DeployResult) -> None:
    """Show what the started programs print, until Ctrl-C."""
    ports = [board.port for board in result.boards if board.error is None]
    if not ports:
        return
    from stemkit.actions.readings.sources import Wanted, open_feed
    from stemkit.actions.readings.watching import Watching
    from stemkit.cli import watch

    with Watching(open_feed(Wanted(ports))) as watching:
        watch.show(out, watching, plain=True)
