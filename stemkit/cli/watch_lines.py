"""Readings as lines: for a pipe, a script, or a plain terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from functools import lru_cache

from stemkit.actions.readings.channels import ChannelBook
from stemkit.actions.readings.watching import Watching
from stemkit.actions.telling import told
from stemkit.cli.output import Output, print_line
from stemkit.formats.recording import event_of
from stemkit.model.reading import Gap, Happening, Item, Kind, Readings

# Told on standard error so often that it would hide what matters.
_NOT_SAID = frozenset({Kind.RECORDED, Kind.FORM, Kind.DAMAGED})


class PlainLines:
    """`12.345  v1  temp=23.51 °C  hum=60.2 %` on standard output, the rest on standard error."""

    def __init__(self, out: Output, watching: Watching) -> None:
        self._out, self._watching = out, watching
        self._book = ChannelBook()

    def show(self, items: Iterable[Item]) -> None:
        """Print what came."""
        self._book.experiment = self._watching.experiment
        rows: list[str] = []
        for item in items:
            if isinstance(item, Readings):
                rows += self._rows(item)
                continue
            self._book.take(item)
            _flush(rows)
            rows = []
            self._say(item)
        _flush(rows)

    def _rows(self, readings: Readings) -> Iterator[str]:
        # Named as soon as there are several: boards may come later.
        board = f"  {readings.board}" if len(self._watching.feed.boards) > 1 else ""
        units = [self._book.known(readings.board, label).unit for label in readings.labels]
        for t_s, row in zip(readings.t_s, zip(*readings.columns, strict=True), strict=True):
            cells = [
                f"{label}={value:.15g}{' ' if unit else ''}{unit}"
                for label, value, unit in zip(readings.labels, row, units, strict=True)
                if value == value
            ]
            yield f"{t_s:.3f}{board}  {'  '.join(cells)}"

    def _say(self, item: Item) -> None:
        if isinstance(item, Happening) and item.kind is Kind.TEXT:
            # What the program itself prints is part of the answer: nothing of it is hidden.
            print_line(str(item.detail["text"]), sys.stdout)
        elif not (isinstance(item, Happening) and item.kind in _NOT_SAID):
            self._out.hint(told(item))


class JsonLines:
    """One object a line: readings, gaps, events."""

    def show(self, items: Iterable[Item]) -> None:
        """Print what came."""
        rows: list[str] = []
        for item in items:
            if isinstance(item, Readings):
                rows += json_rows(item)
            elif isinstance(item, Gap):
                body = {"t": round(item.t_s, 6), "board": item.board, "gap": {"lost": item.lost}}
                rows.append(json.dumps(body, ensure_ascii=False))
            else:
                event = event_of(item)
                if event is not None:
                    rows.append(json.dumps(event, ensure_ascii=False))
        _flush(rows)


def json_rows(readings: Readings) -> Iterator[str]:
    """`{"t": 1.25, "board": "v1", "seq": 17, "values": {"temp": 23.51}}` for each row."""
    board = json.dumps(readings.board, ensure_ascii=False)
    names = _names(readings.labels)
    seqs = ["null"] * len(readings) if readings.seqs is None else list(map(str, readings.seqs))
    for i, row in enumerate(zip(*readings.columns, strict=True)):
        cells = [
            f"{name}{value:.15g}" for name, value in zip(names, row, strict=True) if value == value
        ]
        yield (
            f'{{"t": {readings.t_s[i]:.6f}, "board": {board}, "seq": {seqs[i]}, '
            f'"values": {{{", ".join(cells)}}}}}'
        )


@lru_cache(maxsize=256)
def _names(labels: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{json.dumps(label, ensure_ascii=False)}: " for label in labels)


def _flush(rows: list[str]) -> None:
    if rows:
        print_line("\n".join(rows), sys.stdout)
