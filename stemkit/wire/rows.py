"""Rows one by one -> `Readings` with columns, in order with what happens between them."""

from __future__ import annotations

from stemkit.model.reading import Item, Readings


class Batcher:
    """Collects rows with the same channels into one `Readings`; other items end it."""

    def __init__(self, board: str) -> None:
        self._board = board
        self.items: list[Item] = []
        self._labels: tuple[str, ...] = ()
        self._segment = 0
        self._rows: list[tuple[float, ...]] = []
        self._t_s: list[float] = []
        self._host_s: list[float] = []
        self._stamps: list[tuple[int | None, int | None]] = []

    def row(
        self,
        labels: tuple[str, ...],
        values: tuple[float, ...],
        times_s: tuple[float, float],
        stamp: tuple[int | None, int | None],
        segment: int,
    ) -> None:
        """Add a row. `times_s` is (recording's time, arrival); `stamp` is (seq, board_ms)."""
        if labels != self._labels or segment != self._segment or self._stamp_differs(stamp):
            self.flush()
        self._labels, self._segment = labels, segment
        self._rows.append(values)
        self._t_s.append(times_s[0])
        self._host_s.append(times_s[1])
        self._stamps.append(stamp)

    def item(self, item: Item) -> None:
        """Add something that is no row."""
        self.flush()
        self.items.append(item)

    def flush(self) -> None:
        """Put the rows collected so far among the items."""
        if not self._rows:
            return
        seqs = [seq for seq, _ in self._stamps if seq is not None]
        board_ms = [ms for _, ms in self._stamps if ms is not None]
        self.items.append(
            Readings(
                board=self._board,
                labels=self._labels,
                columns=tuple(list(column) for column in zip(*self._rows, strict=True)),
                t_s=self._t_s,
                host_s=self._host_s,
                seqs=seqs or None,
                board_ms=board_ms or None,
                segment=self._segment,
            )
        )
        self._rows, self._t_s, self._host_s, self._stamps = [], [], [], []

    def _stamp_differs(self, stamp: tuple[int | None, int | None]) -> bool:
        if not self._stamps:
            return False
        before = self._stamps[-1]
        return any((a is None) != (b is None) for a, b in zip(before, stamp, strict=True))
