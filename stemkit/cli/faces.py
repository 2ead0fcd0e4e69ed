"""The other faces, handed in by the door.

Faces do not import each other, so a command that opens the live display cannot import it. The door
(`stemkit.__main__`) knows all faces: it gives this object to the command line when it calls it,
and `faces` gives it to the command.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

_KEY = "stemkit.faces"


@dataclass(frozen=True, slots=True)
class Faces:
    """How each other face is opened; each blocks until the person leaves it."""

    screen: Callable[[Any], None]
    """Takes a `stemkit.actions.readings.watching.Watching` that has been started."""


def hand_in(ctx: click.Context) -> None:
    """Keep what the door gave with the call, before a command's own object takes its place."""
    if isinstance(ctx.obj, Faces):
        ctx.meta[_KEY] = ctx.obj


def faces() -> Faces:
    """The faces that the door handed in to the running command."""
    found = click.get_current_context().meta[_KEY]
    assert isinstance(found, Faces)
    return found
