"""Many lines of the native form at once.

A board prints the same labels line after line, so the labels of the last line make a pattern with
which whole blocks are read in C. A block that does not fit is left to the line-by-line reader.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise, repeat
from math import isfinite
from typing import Any, NamedTuple

from stemkit.wire.tail import SEQ_MODULO, TICKS_MODULO_MS

_VALUE = rb"([-+.\deE]+)"
_TAIL = rb",~(\d{1,5})@(\d{1,10})"
_CRC = rb"\*([\da-fA-F]{4})"


class Block(NamedTuple):
    """Rows of one block: a column a label; numbers and ticks where the lines have tails."""

    columns: tuple[list[float], ...]
    seqs: list[int] | None
    ticks_ms: list[int] | None


class Layout:
    """The labels of a board's lines, as a pattern for blocks of them."""

    def __init__(self, labels: tuple[str, ...], tailed: bool) -> None:
        self.labels = labels
        self.tailed = tailed
        self._pattern = _pattern(labels, tailed)

    def read(self, lines: Sequence[bytes]) -> Block | None:
        """The block that `lines` are; None unless each fits, is whole and counts on by one."""
        rows = self._pattern.findall(b"\n".join(lines))
        if len(rows) != len(lines):
            return None
        try:
            return self._tailed(rows) if self.tailed else self._plain(rows)
        except ValueError:
            return None

    def _plain(self, rows: list[Any]) -> Block:
        # A pattern with one group gives the cells themselves, not tuples of one.
        columns = zip(*rows, strict=True) if len(self.labels) > 1 else [rows]
        return Block(_floats(columns), None, None)

    def _tailed(self, rows: list[Any]) -> Block:
        bodies, *cells, seq, ticks, crc = zip(*rows, strict=True)
        sums = "%04x" * len(rows) % tuple(map(crc_hqx, bodies, repeat(0xFFFF)))
        if sums.encode() != b"".join(crc).lower():
            raise ValueError
        seqs, ticks_ms = list(map(int, seq)), list(map(int, ticks))
        # A gap, a wrap or a reset within the block is for the line-by-line reader.
        if seqs != list(range(seqs[0], seqs[0] + len(seqs))) or seqs[-1] >= SEQ_MODULO:
            raise ValueError
        if ticks_ms[-1] >= TICKS_MODULO_MS or any(a > b for a, b in pairwise(ticks_ms)):
            raise ValueError
        return Block(_floats(cells), seqs, ticks_ms)


def _floats(columns: Iterable[Sequence[bytes]]) -> tuple[list[float], ...]:
    made = [list(map(float, column)) for column in columns]
    # `1e999` is infinite, and is for the line-by-line reader.
    if not isfinite(sum(map(sum, made))):
        raise ValueError
    return tuple(made)


@lru_cache(maxsize=256)
def _pattern(labels: tuple[str, ...], tailed: bool) -> re.Pattern[bytes]:
    body = b",".join(re.escape(label).encode() + b":" + _VALUE for label in labels)
    whole = b"(" + body + _TAIL + b")" + _CRC if tailed else body
    return re.compile(b"^" + whole + b"$", re.MULTILINE)


def cells(body: bytes) -> tuple[tuple[str, ...], tuple[float, ...]] | None:
    """Labels and values of one native line without its tail; None where it is not quite one."""
    if _LINE.fullmatch(body) is None:
        return None
    parts = body.decode("ascii").replace(",", ":").split(":")
    labels = tuple(parts[::2])
    try:
        values = tuple(map(float, parts[1::2]))
    except ValueError:
        return None
    return (labels, values) if isfinite(sum(values)) and len(set(labels)) == len(labels) else None


def is_native(labels: tuple[str, ...]) -> bool:
    """Whether these labels can be those of native lines."""
    return all(_LABEL.fullmatch(label) for label in labels)


_LINE = re.compile(rb"[A-Za-z_]\w{0,31}:[-+.\deE]+(?:,[A-Za-z_]\w{0,31}:[-+.\deE]+)*+")
_LABEL = re.compile(r"[A-Za-z_]\w{0,31}", re.ASCII)
