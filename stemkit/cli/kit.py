"""`stemkit kit`: the club's own boards."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.command import Group
from stemkit.cli.command import command as make
from stemkit.cli.failures import numbered, show_failures
from stemkit.cli.kit_row import part_told, test_row
from stemkit.cli.output import Output
from stemkit.cli.table import print_table
from stemkit.errors import Exit
from stemkit.words import N_, day, ntr, tr

if TYPE_CHECKING:
    from stemkit.actions.kit.kit import KitResult
    from stemkit.model.kit import KitBoard, SelfTest
    from stemkit.storage.roster import Roster

command = Group(
    "kit",
    help=N_("The club's own boards: numbers, labels, self-tests."),
    example="stemkit kit label --all",
)


@make("list", help=N_("Show the boards of the kit."), example="stemkit kit list")
def _list(out: Output) -> None:
    boards = _roster().all()
    unfinished = {mark.key for mark in _unfinished()}
    if out.as_json:
        out.answer("kit.list", {"boards": [_row(board, unfinished) for board in boards]})
        return
    if not boards:
        out.hint(tr(N_("No board has a number yet. Give them: {command}"), command=_LABEL))
        return
    rows = [_cells(board, unfinished) for board in boards]
    print_table(out, _TITLES, rows, whole=_TITLES[:1], spare=(_TITLES[5], _TITLES[2]))
    if any(board.unique_id in unfinished for board in boards):
        out.hint(tr(N_("To finish what was interrupted: {command}"), command="stemkit flash --all"))
    out.hint(
        tr(N_("To test those that are plugged in: {command}"), command="stemkit kit test --all")
    )


_LABEL = "stemkit kit label --all"
_TITLES = (N_("No."), N_("Name"), N_("Kind"), N_("Last test"), N_("Note"), N_("Unique id"))


@make(
    "label",
    help=N_(
        "Give boards their numbers, in the kit's file and on the boards themselves.\n\n"
        "A board keeps the number it has; others get the next free ones. With --sheet a page of"
        " labels to print is made: number, name and a code for a phone."
    ),
    example="stemkit kit label --all --sheet labels.html",
)
@click.argument("boards", nargs=-1, metavar="[BOARD]...", shell_complete=complete.boards)
@click.option("--all", "all_boards", is_flag=True, help=N_("All boards that are connected."))
@click.option(
    "--number",
    type=click.IntRange(1, 9999),
    metavar="NUMBER",
    help=N_("Give this number, from 1 to 9999 (for one board only)."),
)
@click.option(
    "--name", metavar="NAME", help=N_("Name to show beside the number (for one board only).")
)
@click.option(
    "--parts",
    metavar="PART,PART",
    help=N_("Parts that are plugged into the board, with commas between them."),
)
@click.option(
    "--model",
    metavar="MODEL",
    help=N_("The kind of board, where stemkit cannot see it."),
    shell_complete=complete.models,
)
@click.option(
    "--sheet",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help=N_(
        "Write a page of labels (HTML) for these boards; without BOARD and --all: for the whole "
        "kit."
    ),
)
@click.option("--force", is_flag=True, help=N_("Replace a page that is already there."))
def _label(
    out: Output,
    boards: tuple[str, ...],
    all_boards: bool,
    number: int | None,
    name: str | None,
    parts: str | None,
    model: str | None,
    sheet: Path | None,
    force: bool,
) -> Exit:
    from stemkit.actions.boards.find import Search, find_boards
    from stemkit.actions.kit.kit import Labels, label_boards
    from stemkit.actions.kit.label_sheet import may_write, write_sheet
    from stemkit.cli import progress

    may_write(sheet, force=force)
    labelled = list(_roster().all())
    results: list[KitResult] = []
    if boards or all_boards or not sheet:
        found = find_boards(boards, Search("stemkit kit label"), all_boards=all_boards)
        _one_only(found, number, name)
        with progress.shown(out, tuple(board.name for board in found)) as sink:
            labels = Labels(number, name, _parts(parts), model)
            results = label_boards(found, _roster(), labels, sink)
        labelled = [result.board for result in results if result.board]
    if sheet:
        write_sheet(sheet, labelled)
    return _show_labels(out, results, sheet)


@make(
    "test",
    help=N_(
        "Test boards: their memory, files, what is soldered on, and the parts that --parts "
        "names.\n\nThe parts are remembered for the next time; the kit's file keeps the result of "
        "every test."
    ),
    example="stemkit kit test --all --parts dht22",
)
@click.argument("boards", nargs=-1, metavar="[BOARD]...", shell_complete=complete.boards)
@click.option("--all", "all_boards", is_flag=True, help=N_("All boards that are connected."))
@click.option(
    "--parts",
    metavar="PART,PART",
    help=N_("Parts that are plugged into the board, with commas between them."),
)
def _test(out: Output, boards: tuple[str, ...], all_boards: bool, parts: str | None) -> Exit:
    from stemkit.actions.boards.find import Search, find_boards
    from stemkit.actions.kit.kit import check_boards
    from stemkit.cli import progress
    from stemkit.cli.kit_numbers import known_numbers

    found = find_boards(
        boards, Search("stemkit kit test", known_numbers(out)), all_boards=all_boards
    )
    with progress.shown(out, tuple(board.name for board in found)) as sink:
        results = check_boards(found, _roster(), _parts(parts), sink)
    _show_tests(out, results)
    good = all(result.test is not None and result.test.ok for result in results)
    return Exit.DONE if good else Exit.ANSWER_IS_NO


def _roster() -> Roster:
    from stemkit.storage import places
    from stemkit.storage.roster import Roster

    return Roster(places.kit())


def _unfinished() -> list[Any]:
    from stemkit.storage import places
    from stemkit.storage.unfinished import UnfinishedBoards

    return list(UnfinishedBoards(places.unfinished()).all())


def _parts(text: str | None) -> tuple[str, ...] | None:
    if text is None:
        return None
    return tuple(part for part in text.replace(" ", "").split(",") if part)


def _one_only(found: list[Any], number: int | None, name: str | None) -> None:
    if len(found) > 1 and (number is not None or name is not None):
        reason = tr(N_("--number and --name are for one board."))
        raise click.UsageError(reason)


def _row(board: KitBoard, unfinished: set[str]) -> dict[str, Any]:
    return {
        "number": board.number,
        "name": board.name or None,
        "unique_id": board.unique_id,
        "model": board.model or None,
        "parts": list(board.parts),
        "since": board.since,
        "unfinished": board.unique_id in unfinished,
        "tests": [test_row(test) for test in board.tests],
    }


def _cells(board: KitBoard, unfinished: set[str]) -> tuple[str, ...]:
    last = ""
    if board.tests:
        test = board.tests[-1]
        word = tr(N_("passed")) if test.ok else tr(N_("fault"))
        last = f"{day(datetime.fromisoformat(test.at))} {word}"
    remark = tr(N_("flash again")) if board.unique_id in unfinished else ""
    return (str(board.number), board.name, board.model, last, remark, board.unique_id)


def _show_labels(out: Output, results: list[KitResult], sheet: Path | None) -> Exit:
    failed = [result for result in results if result.error]
    if out.as_json:
        rows = [
            {
                "port": result.port,
                "number": result.board.number if result.board else None,
                "name": (result.board.name or None) if result.board else None,
                "unique_id": result.board.unique_id if result.board else None,
                "error": _error(result),
            }
            for result in results
        ]
        out.answer("kit.label", {"boards": rows, "sheet": str(sheet) if sheet else None})
    for result in results:
        if result.board is not None:
            words = N_("{name} is number {number}. {label}")
            out.say(
                tr(
                    words,
                    name=result.name,
                    number=result.board.number,
                    label=result.board.name,
                ).rstrip()
            )
    if sheet:
        out.say(tr(N_("Labels to print: {path}"), path=sheet))
    show_failures(out, ((result.name, result.error) for result in failed if result.error))
    return Exit.ANSWER_IS_NO if failed else Exit.DONE


def _show_tests(out: Output, results: list[KitResult]) -> None:
    if out.as_json:
        rows = [
            {
                "port": result.port,
                "number": result.board.number if result.board else None,
                "test": test_row(result.test) if result.test else None,
                "error": _error(result),
            }
            for result in results
        ]
        out.answer("kit.test", {"boards": rows})
        return
    for result in results:
        if result.test is not None:
            _show_test(out, result, result.test)
    show_failures(out, ((result.name, result.error) for result in results if result.error))
    good = sum(result.test is not None and result.test.ok for result in results)
    out.say(ntr("{n} board passed.", "{n} boards passed.", good))
    if bad := len(results) - good:
        out.say(ntr("{n} board has a fault.", "{n} boards have a fault.", bad))


def _show_test(out: Output, result: KitResult, test: SelfTest) -> None:
    out.say(numbered(result.name, result.board.number if result.board else None))
    for sensor in test.sensors:
        mark = tr(N_("OK")) if sensor.ok else tr(N_("FAILED"))
        out.say(f"  {mark}  {part_told(sensor.sensor)}: {sensor.detail}")


def _error(result: KitResult) -> dict[str, str] | None:
    error = result.error
    if error is None:
        return None
    return {
        "code": error.code,
        "message": error.told(),
        "remedy": error.remedy_told(),
    }


for part in (_list, _label, _test):
    command.add_command(part)
