"""What a form makes of one line."""

from __future__ import annotations

from collections.abc import Hashable
from typing import NamedTuple, Protocol

from stemkit.wire.harmless import has_controls

LONGEST_LABEL = 32


class Row(NamedTuple):
    """One reading: a value (`MISSING` where it has none) for each label."""

    labels: tuple[str, ...]
    values: tuple[float, ...]
    time_ms: int | None = None
    """The board's own time, where the line tells it."""


class Form(Protocol):
    """One way in which boards print readings. Lines agree when `shape_of_last` is equal."""

    name: str
    """Its name in JSON and in recordings."""
    waits: bool
    """So weak a form that nothing is believed before several lines agree."""

    @property
    def shape_of_last(self) -> Hashable:
        """What must be alike in lines that agree, of the line that was read last."""
        ...

    def read(self, text: str) -> list[Row] | None:
        """The rows that the line holds (none for a header), or None where it is not this form."""
        ...


def label(text: str) -> str | None:
    """`text` as a channel's label: stripped, at most 32 characters; None where it cannot be one."""
    text = " ".join(text.split()).strip("\"'")
    if not text or has_controls(text) or "\N{REPLACEMENT CHARACTER}" in text:
        return None
    return text[:LONGEST_LABEL].rstrip()


def numbered(n: int) -> tuple[str, ...]:
    """Labels for `n` values that have none: ch1, ch2..."""
    return _NUMBERED[n] if n < len(_NUMBERED) else tuple(f"ch{i + 1}" for i in range(n))


_NUMBERED = [tuple(f"ch{i + 1}" for i in range(n)) for n in range(17)]
