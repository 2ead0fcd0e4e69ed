"""`stemkit sim`: virtual boards."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import click

from stemkit.cli import complete
from stemkit.cli.command import Group
from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, ntr, number, tr

if TYPE_CHECKING:
    from stemkit.virtual import RunningBoard

command = Group(
    "sim",
    help=N_("Boards that exist only in this computer and answer like real ones."),
    example="stemkit sim start -n 2",
)


@make(
    "start",
    help=N_("Start virtual boards and show their ports; Ctrl-C stops them."),
    example="stemkit sim start -n 3 --model pico --detach",
)
@click.option(
    "-n",
    "count",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    metavar="NUMBER",
    help=N_("How many boards to start."),
)
@click.option(
    "--model",
    default="esp32",
    show_default=True,
    metavar="MODEL",
    help=N_("Which kind of board to start."),
    shell_complete=complete.models,
)
@click.option(
    "--blank", is_flag=True, help=N_("Start them without firmware, as new from the shop.")
)
@click.option(
    "--baud",
    type=click.IntRange(300, 4_000_000),
    default=None,
    metavar="RATE",
    help=N_("Speed of the board's serial line, in bits a second."),
)
@click.option(
    "--latency-ms",
    type=click.FloatRange(0, 1000),
    default=1.0,
    show_default=True,
    metavar="MS",
    help=N_("Delay of the imitated USB adapter, in milliseconds."),
)
@click.option(
    "--unpaced",
    "paced",
    flag_value=False,
    default=True,
    help=N_("Move bytes at once instead of at the speed of the line."),
)
@click.option(
    "--port",
    type=click.Choice(["pty", "socket", "rfc2217"]),
    default="pty",
    show_default=True,
    help=N_("How programs open the ports; rfc2217 has modem lines (DTR, RTS) too."),
)
@click.option(
    "--scenario",
    metavar="FILE|LESSON",
    help=N_("File that says what happens around the boards (TOML), or a lesson that has one."),
    shell_complete=complete.lessons,
)
@click.option(
    "--seed",
    type=int,
    default=0,
    show_default=True,
    metavar="NUMBER",
    help=N_("Seed of chance: with the same number, noise and faults come the same way again."),
)
@click.option(
    "--speed",
    type=click.FloatRange(0, 1000),
    default=1.0,
    show_default=True,
    metavar="TIMES",
    help=N_("How fast time runs for the boards: 1 is real time, 0 as fast as possible."),
)
@click.option(
    "--detach", is_flag=True, help=N_("Leave them running and return to the prompt at once.")
)
def _start(out: Output, detach: bool, scenario: str | None, **wanted: Any) -> None:
    from stemkit.actions.library.lessons import scenario_file
    from stemkit.actions.sim import Wanted, start_boards

    around = scenario_file(scenario) if scenario else None
    started = start_boards(Wanted(scenario=around, **wanted), detach=detach)
    _show(out, "sim.start", started.boards)
    if not detach:
        out.hint(tr(N_("Press Ctrl-C to stop them.")))
        try:
            started.wait()
        finally:
            started.close()


@make(
    "list", help=N_("Show the virtual boards that are running."), example="stemkit sim list --json"
)
def _list(out: Output) -> None:
    from stemkit.actions.sim import list_boards

    _show(out, "sim.list", list_boards())


@make("stop", help=N_("Stop virtual boards."), example="stemkit sim stop --all")
@click.argument("names", nargs=-1, metavar="[NAME]...", shell_complete=complete.virtual_boards)
@click.option("--all", "every", is_flag=True, help=N_("Stop all of them."))
def _stop(out: Output, names: tuple[str, ...], every: bool) -> None:
    from stemkit.actions.sim import stop_boards

    if not names and not every:
        raise click.UsageError(tr(N_("Name the boards to stop, or give --all.")))
    stopped = stop_boards(None if every else names)
    out.say(ntr("Stopped {n} virtual board.", "Stopped {n} virtual boards.", len(stopped)))
    if out.as_json:
        out.answer("sim.stop", {"boards": [_row(board) for board in stopped]})


@make("unplug", help=N_("Pull a virtual board's cable."), example="stemkit sim unplug v1")
@click.argument("name", shell_complete=complete.virtual_boards)
def _unplug(out: Output, name: str) -> None:
    from stemkit.actions.sim import unplug

    unplug(name)
    if out.as_json:
        out.answer("sim.unplug", {"board": name})


@make("plug", help=N_("Plug a virtual board in again."), example="stemkit sim plug v1")
@click.argument("name", shell_complete=complete.virtual_boards)
def _plug(out: Output, name: str) -> None:
    from stemkit.actions.sim import plug

    _show(out, "sim.plug", [plug(name)])


@make(
    "set",
    help=N_(
        "Change what a virtual board's sensors feel, its faults and its buttons.\n\n"
        "QUANTITY=VALUE keeps a quantity at that value (temperature=31.5, light=20, button_a=1); "
        "the value “auto” lets the scenario drive it again. Faults: drop, flip (share of bytes), "
        "direction (to_host, to_board, both), unplug_at, reset_at (bytes), brown_outs (how often, "
        "-1: always), stall_s, flash_fails (FROM-TO), seed."
    ),
    example="stemkit sim set v1 temperature=31.5 light=20",
)
@click.argument("name", shell_complete=complete.virtual_boards)
@click.argument("changes", nargs=-1, required=True, metavar="QUANTITY=VALUE...")
def _set(out: Output, name: str, changes: tuple[str, ...]) -> None:
    from stemkit.actions.sim import change

    values = change(name, changes)
    if out.as_json:
        out.answer("sim.set", {"board": name, "values": values})


@make(
    "show",
    help=N_("Show what is around a virtual board and what it does: sensors, LEDs, motors."),
    example="stemkit sim show v1 --json",
)
@click.argument("name", shell_complete=complete.virtual_boards)
def _show_one(out: Output, name: str) -> None:
    from stemkit.actions.sim import look

    seen = look(name)
    if out.as_json:
        out.answer("sim.show", seen)
    for key, value in (*seen["values"].items(), *seen["outputs"].items()):
        out.say(f"{key:<20} {_seen(value)}")


@make(
    "press",
    help=N_("Press a virtual board's button: reset, or boot (into its loader)."),
    example="stemkit sim press v1 reset",
)
@click.argument("name", shell_complete=complete.virtual_boards)
@click.argument("button", type=click.Choice(["reset", "boot"]))
def _press(out: Output, name: str, button: str) -> None:
    from stemkit.actions.sim import press

    press(name, button)
    if out.as_json:
        out.answer("sim.press", {"board": name, "button": button})


for _command in (_start, _list, _stop, _set, _show_one, _press, _unplug, _plug):
    command.add_command(_command)


def _seen(value: Any) -> str:
    """A quantity or what an output shows, short enough for a line; a picture stands below it."""
    if isinstance(value, float):
        return number(value, "g")
    if not isinstance(value, dict):
        return str(value)
    lit = [row for row in value.get("rows", ()) if set(row) - set(".0")]
    short = {key: one for key, one in value.items() if key != "rows"}
    if "rows" in value:
        short["rows"] = len(value["rows"]) if lit else tr(N_("all dark"))
    told = [f"{key}={_seen_part(one)}" for key, one in short.items()]
    return "\n  ".join([", ".join(told), *(value["rows"] if lit else ())])


def _seen_part(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return number(value, "g")
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def _row(board: RunningBoard) -> dict[str, Any]:
    return {
        "name": board.name,
        "port": board.port or None,
        "model": board.model,
        "unique_id": board.unique_id,
        "baud": board.baud,
        "drive": board.drive or None,
    }


def _show(out: Output, command_name: str, boards: Iterable[RunningBoard]) -> None:
    rows = [_row(board) for board in boards]
    if out.as_json:
        out.answer(command_name, {"boards": rows})
    elif not rows:
        out.say(tr(N_("No virtual boards are running.")))
    for board in rows if not out.as_json else ():
        place = board["port"] or tr(N_("unplugged"))
        drive = f"  {board['drive']}" if board["drive"] else ""
        out.say(f"{board['name']:<4} {board['model']:<12} {place}{drive}")
