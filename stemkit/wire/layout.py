"""Many lines at once that differ in nothing but their numbers.

A board prints the same words around its numbers, line after line. Once its form has read a line,
the words of that line are a template: a block of lines is cut at the words, all numbers are read
in C, and the lines that the template makes of them must be the very bytes that came. A block that
differs anywhere is left to the line-by-line reader.
"""

from __future__ import annotations

import json
from array import array
from binascii import crc_hqx, unhexlify
from collections.abc import Sequence
from functools import cache
from itertools import repeat
from math import isfinite
from typing import Final, NamedTuple

from stemkit.wire.forms import Shape
from stemkit.wire.native import cells as native_cells
from stemkit.wire.tail import CRC_LENGTH, SEQ_MODULO, TICKS_MODULO_MS

_NUMBERS = b"0123456789+-.eE"
_PLAIN_NUMBERS = b"0123456789+-."
_BLANKS = bytes(c if c in _PLAIN_NUMBERS else 32 for c in range(256))
# An analogue pin has 1024 values, often 4096.
_MOST_KEPT, _MOST_IN_VAIN = 4096, 1280
_BLOCKS_OF_REST = 400
_FARTHEST_MS = 2**53
_SYS_IS_LITTLE = array("H", [1]).tobytes() == b"\1\0"


class Block(NamedTuple):
    """Rows of one block: a column a label; line numbers and times where the lines tell them."""

    columns: tuple[list[float], ...]
    seqs: list[bytes] | None
    """As they are printed: see `counting_on`."""
    times_ms: list[int] | None


class Layout:
    """The words around the numbers of a board's lines. `tailed`: each line ends with a tail;

    `native`: what stands before it is a native line.
    """

    def __init__(self, body: bytes, shape: Shape, *, tailed: bool) -> None:
        self.labels = shape.labels
        self.tailed = tailed
        self.native = native_cells(body) is not None
        self._shape = shape
        words = _words(body, shape)
        if tailed:
            words = (*words[:-1], words[-1] + b",~", b"@", b"")
        self._first, *between, self._last = words
        self._many = len(words) - 1
        self._wordy = not any(c in _PLAIN_NUMBERS for word in words for c in word)
        row_end = self._last + b"\n" + self._first
        # A place for each number, and the words that follow it.
        self._frame = [part for word in (*between, row_end) for part in (b"", word)]
        # Longer words first: `, ` is part of `, "x": `.
        self._cuts = sorted({*between, row_end} - {b","}, key=len, reverse=True)
        # A channel each: one that never changes says nothing about the others.
        self._floats = [_json_floats if shape.json else Floats() for _ in shape.spans]

    @classmethod
    def of(cls, body: bytes, shape: Shape, *, tailed: bool) -> Layout | None:
        """The layout of lines like `body`, whose shape is known; None where nothing separates."""
        try:
            made = cls(body, shape, tailed=tailed)
        except UnicodeDecodeError:
            return None
        return made if all(made._cuts) else None

    def read(self, lines: Sequence[bytes]) -> Block | None:
        """The block that `lines` are; None unless each is whole, and their clock goes forward."""
        try:
            return self._tailed(lines) if self.tailed else self._plain(lines)
        except ValueError:
            return None

    def _plain(self, lines: Sequence[bytes]) -> Block:
        columns = self._values(self._cells(lines))
        at = self._shape.time_at
        if at is None:
            return Block(tuple(columns), None, None)
        unit_ms = self._shape.time_unit_ms
        times_ms = [round(value * unit_ms) for value in columns.pop(at)]
        if not -_FARTHEST_MS < times_ms[0] <= times_ms[-1] < _FARTHEST_MS:
            raise ValueError
        return Block(tuple(columns), None, _rising(times_ms))

    def _tailed(self, lines: Sequence[bytes]) -> Block:
        bodies = _summed(lines)
        cells = self._cells(bodies)
        seqs = cells[self._many - 2 :: self._many]
        ticks_ms = _counted(cells[self._many - 1 :: self._many])
        # A wrap or a reset within the block is for the line-by-line reader.
        if ticks_ms[-1] >= TICKS_MODULO_MS:
            raise ValueError
        columns = self._values(cells)
        return Block(tuple(columns), seqs, _rising(ticks_ms))

    def _cells(self, lines: Sequence[bytes]) -> list[bytes]:
        """All numbers of all lines, one after the other."""
        data = b"\n".join(lines)
        if self._wordy:
            found = data.translate(_BLANKS).split()
            if len(found) == self._many * len(lines) and self._makes(found, data):
                return found
        text = data[len(self._first) : len(data) - len(self._last)]
        for cut in self._cuts:
            text = text.replace(cut, b",")
        many = self._many * len(lines)
        if text.translate(None, _NUMBERS) != b"," * (many - 1):
            raise ValueError
        found = text.split(b",")
        if not self._makes(found, data):
            raise ValueError
        return found

    def _makes(self, cells: list[bytes], data: bytes) -> bool:
        """Whether `data` is nothing but these numbers between the words."""
        parts = self._frame * (len(cells) // self._many)
        parts[::2] = cells
        parts[-1] = self._last
        return self._first + b"".join(parts) == data

    def _values(self, cells: list[bytes]) -> list[list[float]]:
        return [floats(cells[k :: self._many]) for k, floats in enumerate(self._floats)]


def _words(body: bytes, shape: Shape) -> tuple[bytes, ...]:
    text = body.decode()
    edges = [0, *(edge for span in shape.spans for edge in span), len(text)]
    return tuple(text[a:b].encode() for a, b in zip(edges[::2], edges[1::2], strict=True))


class Floats:
    """Numbers of cells; raises ValueError for one that is none or infinite (`1e999`).

    A sensor has some thousand values, and looking up is three times as fast as reading digits:
    cells that were read are kept for all channels of all boards, unless most are always new.
    """

    def __init__(self) -> None:
        self._in_vain = 0
        self._rest = 0

    def __call__(self, cells: list[bytes]) -> list[float]:
        """The numbers, in the same order."""
        if self._rest:
            self._rest -= 1
            found = list(map(float, cells))
            if not isfinite(sum(found)):
                raise ValueError
            return found
        before = len(_kept)
        found = list(map(_kept.__getitem__, cells))
        new = len(_kept) - before
        self._in_vain = self._in_vain + new if new > len(cells) // 2 else 0
        if self._in_vain > _MOST_IN_VAIN:
            self._in_vain, self._rest = 0, _BLOCKS_OF_REST
        if len(_kept) > _MOST_KEPT:
            _kept.clear()
        return found


class _Kept(dict[bytes, float]):
    def __missing__(self, cell: bytes) -> float:
        value = float(cell)
        if not isfinite(value):
            raise ValueError
        self[cell] = value
        return value


# One for all: forty boards with the same sensors send the same numbers.
_kept: Final = _Kept()


def _json_floats(cells: list[bytes]) -> list[float]:
    # JSON knows no `+5`, `.5` and `05`.
    found: list[float] = json.loads(b"[%b]" % b",".join(cells), parse_int=float)
    if len(found) != len(cells) or not isfinite(sum(found)):
        raise ValueError
    return found


@cache
def _all_seqs() -> bytes:
    """`0,1,2,...65535,` (382 kB)."""
    return b"".join(b"%d," % seq for seq in range(SEQ_MODULO))


def _place(seq: int) -> int:
    """Where in `_all_seqs` a number begins; the end for the one behind the last."""
    place, low, high, width = 0, 0, 10, 2
    while seq >= high:
        place += (high - low) * width
        low, high, width = high, high * 10, width + 1
    return place + (seq - low) * width


def counting_on(cells: list[bytes]) -> list[int] | None:
    """Line numbers that go on by one; None for others."""
    if not cells[0].isdigit():
        return None
    first, many = int(cells[0]), len(cells)
    if first + many > SEQ_MODULO:
        return None
    # To compare with how they must be printed takes a tenth of the time of reading them.
    if b",".join((*cells, b"")) != _all_seqs()[_place(first) : _place(first + many)]:
        return None
    return list(range(first, first + many))


def _counted(cells: list[bytes]) -> list[int]:
    joined = b",".join((b"", *cells))
    # With a zero in front it could be longer than it may be.
    if joined.translate(None, b"0123456789") != b"," * len(cells) or b",0" in joined:
        raise ValueError
    return list(map(int, cells))


def _rising(times_ms: list[int]) -> list[int]:
    if times_ms != sorted(times_ms):
        raise ValueError
    return times_ms


def _summed(lines: Sequence[bytes]) -> list[bytes]:
    """Lines without `*` and check sum; raises ValueError unless each sum is that of its line."""
    parts = b"\n*".join(lines).split(b"*")
    bodies, ends = parts[::2], b"".join(parts[1::2])
    # Every line end behind four letters that are no body: each line has one `*`, in its place.
    if len(parts) != 2 * len(lines) or ends[4::CRC_LENGTH] != b"\n" * (len(lines) - 1):
        raise ValueError
    sums = array("H", map(crc_hqx, bodies, repeat(0xFFFF)))
    if _SYS_IS_LITTLE:
        sums.byteswap()
    if unhexlify(ends.replace(b"\n", b"")) != sums.tobytes():
        raise ValueError
    return bodies
