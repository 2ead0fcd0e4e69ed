"""Fewer points that look the same."""

from __future__ import annotations

from collections.abc import Sequence


class Thinned:
    """Keeps at most `most` rows of any number that pass, evenly spread."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._every = 1
        self._seen = 0
        self.rows: list[tuple[float, ...]] = []

    def take(self, row: tuple[float, ...]) -> None:
        """Offer the next row."""
        if self._seen % self._every == 0:
            self.rows.append(row)
            if len(self.rows) >= self._most:
                del self.rows[1::2]
                self._every *= 2
        self._seen += 1


def envelope(
    times: Sequence[float], values: Sequence[float], parts: int
) -> tuple[list[float], list[float]]:
    """Lowest and highest value of each of `parts` equal stretches: a line that looks the same."""
    if len(times) <= 2 * parts:
        return list(times), list(values)
    size = len(times) / parts
    out_t: list[float] = []
    out_v: list[float] = []
    for k in range(parts):
        first, last = int(k * size), int((k + 1) * size)
        stretch = range(first, max(last, first + 1))
        known = [i for i in stretch if values[i] == values[i]]
        missing = [i for i in stretch if values[i] != values[i]]
        ends = (
            {min(known, key=values.__getitem__), max(known, key=values.__getitem__)}
            if known
            else set()
        )
        # One missing value is kept where there are any, so that a gap stays a gap.
        for i in sorted(ends | set(missing[:1])):
            out_t.append(times[i])
            out_v.append(values[i])
    return out_t, out_v
