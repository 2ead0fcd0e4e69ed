"""Mistakes found in a file that a person wrote: collected, so that all are told at once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stemkit.words import tr


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake. `message` is a marked sentence (`N_`) whose `{fields}` are in `fields`."""

    path: str
    line: int
    """Line in the file, from 1."""
    message: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def told(self) -> str:
        """`file:line: what is wrong`, in the current language."""
        fields = {name: _printable(value) for name, value in self.fields.items()}
        return f"{_printable(self.path)}:{self.line}: {tr(self.message, **fields)}"


def _printable(value: object) -> str:
    # A file can hold escape sequences; they must not reach the terminal.
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in str(value))


class Mistakes(tuple[Mistake, ...]):
    """Mistakes that tell themselves, a line each, when they are formatted."""

    def __str__(self) -> str:
        return "\n".join(mistake.told() for mistake in self)

    def __format__(self, spec: str) -> str:
        return str(self)
