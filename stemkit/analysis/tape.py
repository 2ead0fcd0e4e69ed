"""Columns of numbers that grow together, of which the newest are kept."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import cast

_LEAST = 512
_FASTER = 4


class Tape:
    """Takes its memory in few whole pieces, and moves on to a new one when that is full.

    Hundreds of arrays that are made a little longer and cut again would leave as much memory
    between them as they use. What was given out stays as it was; one thread adds, others may look.
    """

    __slots__ = ("_columns", "_n", "kept")

    def __init__(self, columns: int, kept: int) -> None:
        self.kept = kept
        """How many rows are kept at least, and at most a quarter more; may be changed."""
        self._columns = tuple(array("d") for _ in range(columns))
        self._n = 0

    def __len__(self) -> int:
        return self._n

    def column(self, i: int) -> Sequence[float]:
        """One column, without copying it."""
        # The columns first, here and below: `_move` may go on in another thread.
        whole = self._columns[i]
        view: object = memoryview(whole)[: self._n]
        return cast(Sequence[float], view)

    def rows(self, start: int, stop: int) -> tuple[array[float], ...]:
        """Rows from `start` to before `stop`, column by column."""
        columns = self._columns
        stop = min(stop, self._n)
        return tuple(column[start:stop] for column in columns)

    def between(self, low: float, high: float) -> tuple[array[float], ...]:
        """Rows whose first column, which does not fall, lies from `low` to `high`."""
        columns = self._columns
        n = self._n
        start, stop = bisect_left(columns[0], low, 0, n), bisect_right(columns[0], high, 0, n)
        return tuple(column[start:stop] for column in columns)

    def add(self, *columns: Sequence[float]) -> None:
        """Add rows, column by column."""
        start, stop = self._n, self._n + len(columns[0])
        if stop > len(self._columns[0]):
            self._move(stop - start)
            start, stop = self._n, self._n + stop - start
        for mine, more in zip(self._columns, columns, strict=True):
            mine[start:stop] = more if type(more) is array else array("d", more)
        self._n = stop

    def _move(self, more: int) -> None:
        most = self.kept + self.kept // 4
        left = self._n if self._n + more <= most else min(self._n, self.kept)
        size = max(left + more, min(most, max(_LEAST, _FASTER * left)))
        made = []
        for column in self._columns:
            new = array("d", bytes(8 * size))
            new[:left] = column[self._n - left : self._n]
            made.append(new)
        self._n = left
        self._columns = tuple(made)
