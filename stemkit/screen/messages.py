"""What happened, kept so that it can be told again in another language."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from stemkit.actions.telling import told
from stemkit.model.reading import Described, Gap, Happening, Item, Kind, Readings
from stemkit.screen.picture import Row, fitted, wrapped
from stemkit.words import number

_UNTOLD = frozenset({Kind.RECORDED, Kind.FORM})
_ONLY_ON_ITS_PAGE = frozenset({Kind.TEXT, Kind.DAMAGED, Kind.CONNECTED})
_TIME = 10
"""Columns of the time in front of a message."""
# Boards that are there from the beginning are seen in the picture; further ones are announced.
_AT_FIRST_S = 1.0
_WARNINGS = frozenset(
    {
        Kind.DISCONNECTED,
        Kind.UNAVAILABLE,
        Kind.SHARED,
        Kind.THROTTLED,
        Kind.DROPPED,
        Kind.HELD_BACK,
        Kind.GARBLED,
        Kind.DECIMAL_COMMA,
        Kind.NO_BOARD,
        Kind.NEEDS_FIRMWARE,
        Kind.SILENT,
    }
)


@dataclass(frozen=True, slots=True)
class Message:
    """One line of the story."""

    t_s: float
    tell: Callable[[], str]
    """The sentence in the current language."""
    meaning: str = ""
    brief: bool = True
    """Important enough for the few lines below the picture."""

    def rows(self, columns: int) -> list[Row]:
        """As it stands on the screen: a line, or some where it is long."""
        lines = wrapped(self.tell(), columns - _TIME)
        times = [number(self.t_s, "8.1f"), *[""] * (len(lines) - 1)]
        return [
            fitted([(f"{time:>8}  {line}", self.meaning)], columns)
            for time, line in zip(times, lines, strict=True)
        ]


def newest_rows(messages: Iterable[Message], columns: int, rows: int) -> list[Row]:
    """The newest of `messages` (oldest first), the last one below; of a long one its beginning."""
    found: list[Row] = []
    for message in reversed(list(messages)):
        lines = message.rows(columns)
        room = rows - len(found)
        if len(lines) > room and found:
            break
        found = [*lines[:room], *found]
    return found


def message_of(item: Item) -> Message | None:
    """The message for an item, None where there is nothing to tell."""
    if isinstance(item, Readings | Described):
        return None
    if isinstance(item, Gap):
        return Message(item.t_s, lambda: told(item), "warn")
    if item.kind in _UNTOLD:
        return None
    if item.kind is Kind.TEXT:
        text = str(item.detail["text"])
        shown = f"{item.board}: {text}" if item.board else text
        return Message(item.t_s, lambda: shown, "dim", brief=False)
    later = item.kind is Kind.CONNECTED and item.t_s >= _AT_FIRST_S
    brief = later or item.kind not in _ONLY_ON_ITS_PAGE
    return Message(item.t_s, lambda: told(item), _meaning(item), brief=brief)


def _meaning(item: Happening) -> str:
    if item.kind is Kind.ALARM or item.detail.get("error"):
        return "alarm" if item.kind is not Kind.UNAVAILABLE else "warn"
    return "warn" if item.kind in _WARNINGS else ""
