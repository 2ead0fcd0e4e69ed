"""The boards that are not good, with what to do: those with the same trouble are told together."""

from __future__ import annotations

from collections.abc import Iterable

from stemkit.cli.output import Output
from stemkit.errors import StemkitError
from stemkit.words import N_, tr


def show_failures(out: Output, failures: Iterable[tuple[str, StemkitError]]) -> None:
    """A paragraph for each trouble, with the names of the boards that have it."""
    troubles: dict[tuple[str, str], list[str]] = {}
    for name, error in failures:
        troubles.setdefault((error.told(), error.remedy_told()), []).append(name)
    for (reason, remedy), names in troubles.items():
        out.say(f"\n{', '.join(names)}: {reason}")
        out.say("  " + tr(N_("What to do: {text}"), text=remedy))


def numbered(name: str, number: int | None) -> str:
    """A board's name, with its number in the kit in front."""
    if number is None:
        return name
    return tr(N_("no. {number} ({name})"), number=number, name=name)
