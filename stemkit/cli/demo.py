"""`stemkit demo`: see it work with nothing attached."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from stemkit.cli.command import command as make
from stemkit.cli.output import Output
from stemkit.words import N_, ntr, tr

if TYPE_CHECKING:
    from stemkit.actions.demo import Step


@make(
    "demo",
    help=N_("See it work on virtual boards, with nothing attached."),
    example="stemkit demo",
)
def command(out: Output) -> None:
    """Show each step when it is done."""
    from stemkit.actions.demo import demonstrate

    steps = []
    for step in demonstrate():
        steps.append({"step": type(step).__name__.lower(), **asdict(step)})
        out.say(_told(step))
    if out.as_json:
        out.answer("demo", {"steps": steps})


def _told(step: Step) -> str:
    from stemkit.actions.demo import Ended, Measured, Started, Warmed

    match step:
        case Started(boards):
            rows = [f"  {board.name}  {board.model:<12} {board.port}" for board in boards]
            head = ntr(
                "{n} virtual board is running:", "{n} virtual boards are running:", len(rows)
            )
            return "\n".join([head, *rows])
        case Measured(board, firmware, temperature_c, humidity_percent):
            return tr(
                N_("{board} (MicroPython {firmware}) measures {temperature} °C, {humidity} %."),
                board=board,
                firmware=firmware,
                temperature=f"{temperature_c:.1f}",
                humidity=f"{humidity_percent:.0f}",
            )
        case Warmed(board, temperature_c):
            return tr(
                N_("The air around {board} is warmed to {temperature} °C."),
                board=board,
                temperature=f"{temperature_c:.1f}",
            )
        case Ended(boards):
            return ntr(
                "{n} virtual board has ended; nothing is left running.",
                "{n} virtual boards have ended; nothing is left running.",
                boards,
            )
