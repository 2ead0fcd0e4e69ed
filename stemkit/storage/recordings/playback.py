"""Recorded lines -> readings: the same reader as live, so that both always agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from stemkit.formats.recording import RawLine
from stemkit.model.reading import Item, Kind
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
    """The items in `lines`; afterwards `readers` tell counts, clocks and descriptions."""

    def __init__(self, lines: Iterable[RawLine]) -> None:
        self._lines = lines
        self.readers: dict[str, LineReader] = {}
        self.last_s = 0.0
        """Time of the last line so far."""

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
        return reader.feed_lines(lines, times)


def happened_then(events: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Of recorded events those that reading the lines again does not give."""
    return (event for event in events if event["event"] in HAPPENED_THEN)
