"""`stemkit` alone: what is attached, and what to type next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from stemkit.words import N_, ntr, tr

if TYPE_CHECKING:
    from stemkit.actions.next_steps import NextStep
    from stemkit.cli.output import Output

_LISTED: int = 6


def welcome(out: Output) -> None:
    """Show it; nothing is opened or asked."""
    from stemkit.actions.next_steps import next_steps

    seen = next_steps()
    if seen.boards:
        names = [_named(board.name, board.model) for board in seen.boards[:_LISTED]]
        names += ["…"] if len(seen.boards) > _LISTED else []
        out.say(
            ntr("{n} board: {names}", "{n} boards: {names}", len(seen.boards),
                names=", ".join(names))
        )  # fmt: skip
    else:
        out.say(tr(N_("No board is connected.")))
    out.say("")
    out.say(tr(N_("What you can do now:")))
    _show(out, seen.steps)
    out.say("")
    out.say(tr(N_("All commands: {command}"), command="stemkit --help"))


def _named(name: str, model: str | None) -> str:
    return f"{name} ({model})" if model else name


def _show(out: Output, steps: tuple[NextStep, ...]) -> None:
    width = max(len(step.command) for step in steps)
    for step in steps:
        out.say(f"  {step.command:<{width}}   {tr(step.why)}")
