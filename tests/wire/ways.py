"""Feeding a parser three ways: whole, byte by byte, in random pieces."""

from __future__ import annotations

import random
from collections.abc import Iterator

from stemkit.model.reading import Described, Gap, Happening, Item, Kind, Readings
from stemkit.wire.lines import LineReader

Row = tuple[float, dict[str, float]]


def pieces(data: bytes) -> Iterator[list[bytes]]:
    yield [data]
    yield [data[i : i + 1] for i in range(len(data))]
    dice = random.Random(len(data))
    for _ in range(3):
        cuts = sorted(dice.randrange(len(data) + 1) for _ in range(8))
        yield [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]


def listen(chunks: list[bytes], *, cut: bool = False) -> tuple[LineReader, list[Item]]:
    reader = LineReader("b1", first_line_cut=cut)
    items: list[Item] = []
    for i, chunk in enumerate(chunks):
        items += reader.feed(chunk, float(i)).items
    items += reader.end(float(len(chunks))).items
    return reader, items


def values(items: list[Item]) -> list[dict[str, float | None]]:
    """Every row as label -> value, None where it is missing, in order."""
    found = []
    for item in items:
        if isinstance(item, Readings):
            assert {len(column) for column in item.columns} == {len(item)}
            for row in zip(*item.columns, strict=True):
                pairs = zip(item.labels, row, strict=True)
                found.append({name: None if v != v else v for name, v in pairs})
    return found


def story(items: list[Item]) -> list[object]:
    """What was told, without times and grouping: the same however the bytes were cut."""
    told: list[object] = []
    for item in items:
        if isinstance(item, Readings):
            rows = zip(*item.columns, strict=True)
            told += [(item.segment, item.labels, tuple(map(str, row))) for row in rows]
        elif isinstance(item, Gap):
            told.append(("lost", item.lost))
        elif isinstance(item, Described):
            told.append(item.description)
        elif isinstance(item, Happening):
            told.append((item.kind, tuple(item.detail.items())))
    return told


def texts(items: list[Item]) -> list[str]:
    return [
        str(item.detail["text"])
        for item in items
        if isinstance(item, Happening) and item.kind is Kind.TEXT
    ]


def kinds(items: list[Item]) -> list[Kind]:
    return [item.kind for item in items if isinstance(item, Happening)]
