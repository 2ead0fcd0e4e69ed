"""Lines that take turns: `>temp:23`, `>hum:60`, `>temp:24`.

Those that begin alike are read at once, and put in their order again.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from stemkit.model.reading import MOST_CHANNELS
from stemkit.wire.layout import Layout


class Woven(NamedTuple):
    """Lines in the order in which they came, each with its own labels."""

    labels: list[tuple[str, ...]]
    rows: list[tuple[float, ...]]
    seqs: list[bytes] | None
    """As they are printed: see `counting_on`."""
    times_ms: list[int] | None
    native: bool
    """Whether the last line is a native one."""

    def stretches(self) -> list[tuple[int, int]]:
        """From where up to where lines with the same labels follow each other."""
        labels = self.labels
        starts = [i for i in range(1, len(labels)) if labels[i] is not labels[i - 1]]
        return list(pairwise((0, *starts, len(labels))))


class Turns:
    """The layouts of the lines that a board prints, by what stands before their first mark."""

    def __init__(self) -> None:
        self._layouts: dict[bytes, Layout] = {}
        self._mark = b":"

    def knows(self, line: bytes) -> bool:
        """Whether lines that begin like this one were learnt, or no more can be."""
        return len(self._layouts) >= MOST_CHANNELS or self._beginning(line) in self._layouts

    def learn(self, line: bytes, layout: Layout) -> None:
        """Lines that begin like this one have this layout; beyond `MOST_CHANNELS` none is kept."""
        if not self._layouts:
            self._mark = b":" if b":" in line else b"="
        beginning = self._beginning(line)
        known = beginning in self._layouts or len(self._layouts) < MOST_CHANNELS
        if self._mark in line and known:
            self._layouts[beginning] = layout

    def forget(self) -> None:
        """Another program, form or way of printing begins."""
        self._layouts.clear()

    def read(self, lines: Sequence[bytes], *, tailed: bool) -> Woven | None:
        """What `lines` are; None unless all are of a kind that was learnt.

        Neither line numbers nor times are checked from kind to kind.
        """
        if len(self._layouts) < 2:
            return None
        places = defaultdict[bytes, list[int]](list)
        for i, line in enumerate(lines):
            places[self._beginning(line)].append(i)
        if not self._layouts.keys() >= places.keys():
            return None
        labels: list[tuple[str, ...]] = [()] * len(lines)
        rows: list[tuple[float, ...]] = [()] * len(lines)
        seqs, times_ms = [b""] * len(lines), [0] * len(lines)
        timed = set()
        for beginning, at in places.items():
            layout = self._layouts[beginning]
            block = layout.read([lines[i] for i in at])
            if block is None or layout.tailed != tailed:
                return None
            for i, row in zip(at, zip(*block.columns, strict=True), strict=True):
                labels[i], rows[i] = layout.labels, row
            for i, seq in zip(at, block.seqs or (), strict=False):
                seqs[i] = seq
            for i, time_ms in zip(at, block.times_ms or (), strict=False):
                times_ms[i] = time_ms
            timed.add(block.times_ms is not None)
        if len(timed) > 1 or times_ms != sorted(times_ms):
            return None
        native = self._layouts[self._beginning(lines[-1])].native
        return Woven(
            labels,
            rows,
            seqs if tailed else None,
            times_ms if timed == {True} else None,
            native,
        )

    def _beginning(self, line: bytes) -> bytes:
        return line.partition(self._mark)[0]
