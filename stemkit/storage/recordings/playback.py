"""Recorded lines -> readings: the same reader as live, so that both always agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from stemkit.formats.recording import RawLine
from stemkit.model.reading import Happening, Item, Kind, Readings
from stemkit.storage.recordings.folder import RecordingFolder
from stemkit.wire.lines import LineReader

_MOST_LINES = 256

HAPPENED_THEN = frozenset(
    {
        Kind.CONNECTED,
        Kind.DISCONNECTED,
        Kind.RECONNECTED,
        Kind.SILENT,
        Kind.TALKS_AGAIN,
        Kind.UNAVAILABLE,
        Kind.SHARED,
        Kind.THROTTLED,
        Kind.HELD_BACK,
        Kind.GARBLED,
        Kind.RATE_FOUND,
        Kind.MARK,
        Kind.ALARM,
        Kind.ALARM_OVER,
        Kind.TRIGGER,
        Kind.CONTROL,
        Kind.CLOCK_JUMPED,
    }
)
"""Happenings that the lines alone do not tell; the others come from reading them again."""


class Playback:
    """The items in `lines`; afterwards `readers` tell counts, clocks and descriptions.

    Columns that a header names further on (`named`: each board's `NAMED` events in their order)
    have their names from the first line on.
    """

    def __init__(
        self, lines: Iterable[RawLine], named: Mapping[str, list[dict[str, str]]] | None = None
    ) -> None:
        self._lines = lines
        self._named = {board: list(names) for board, names in (named or {}).items()}
        self.readers: dict[str, LineReader] = {}
        self.last_s = 0.0
        """Time of the last line so far."""

    @classmethod
    def of(cls, folder: RecordingFolder) -> Playback:
        """A whole recording."""
        named: dict[str, list[dict[str, str]]] = {}
        for event in folder.events():
            if event["event"] == Kind.NAMED:
                named.setdefault(str(event.get("board")), []).append(names_of(event))
        return cls(folder.lines(), named)

    def __iter__(self) -> Iterator[Item]:
        """All items, in the order of their lines."""
        board = ""
        lines: list[bytes] = []
        times: list[float] = []
        for line in self._lines:
            if line.board != board or len(lines) >= _MOST_LINES:
                yield from self._read(board, lines, times)
                board, lines, times = line.board, [], []
            lines.append(line.line)
            times.append(line.t_s)
        yield from self._read(board, lines, times)

    def _read(self, board: str, lines: list[bytes], times: list[float]) -> list[Item]:
        if not lines:
            return []
        self.last_s = max(self.last_s, times[-1])
        reader = self.readers.get(board)
        if reader is None:
            reader = self.readers[board] = LineReader(board, first_line_cut=False)
        items = reader.feed_lines(lines, times)
        return self._with_names(board, items) if self._named.get(board) else items

    def _with_names(self, board: str, items: list[Item]) -> list[Item]:
        ahead, found = self._named[board], list[Item]()
        for item in items:
            if isinstance(item, Happening) and item.kind is Kind.NAMED and ahead:
                ahead.pop(0)
            elif isinstance(item, Readings) and ahead:
                found.append(renamed(item, ahead[0]))
            else:
                found.append(item)
        return found


def names_of(named: Mapping[str, Any]) -> dict[str, str]:
    """What a `NAMED` event says: former label to the column's name, "" for the board's time."""
    was, now = named.get("was"), named.get("now")
    if not isinstance(was, list) or not isinstance(now, list):
        return {}
    return dict(zip(map(str, was), map(str, now), strict=False))


def renamed(readings: Readings, names: Mapping[str, str]) -> Readings:
    """The same readings under other labels, without those whose name is ""."""
    if not set(readings.labels) <= names.keys():
        return readings
    kept = [
        (names[label], column)
        for label, column in zip(readings.labels, readings.columns, strict=True)
        if names[label]
    ]
    labels, columns = tuple(name for name, _ in kept), tuple(column for _, column in kept)
    return replace(readings, labels=labels, columns=columns)


def happened_then(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of recorded events those that reading the lines again does not give."""
    return (event for event in events if event["event"] in HAPPENED_THEN)
