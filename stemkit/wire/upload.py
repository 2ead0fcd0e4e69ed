"""The frames of an upload: checked blocks to a board, marked lines back from it.

A block is 13 digits of 7 bits (each byte above 127): size (2), Ctrl-C count (2), number (1), bytes
that can be inflated once it is there (3), CRC-32 (5); then the data, in which byte 3 (Ctrl-C) is
written as 0, then the place of each such byte (2 digits). So Ctrl-C never travels as data, and
always frees the board. The CRC covers the first eight digits and the data as it was.
A line is 0x1f, a text, a space, the text's CRC-32 in hex; whatever else arrives is not ours.
The board's side is `firmware/runtime/receiver/core.py`.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Final

INTERRUPT: Final = 3
HEAD_BYTES: Final = 13
MAX_DATA_BYTES: Final = 0x3FFF
MIN_CAPACITY_BYTES: Final = 64
_MARK: Final = 0x1F
_LONGEST_LINE: Final = 2000


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of the stream; `ready` bytes of the original come out once it is there."""

    number: int
    data: bytes
    ready: int


def _digits(value: int, count: int) -> bytes:
    return bytes(128 | value >> 7 * i & 127 for i in reversed(range(count)))


def _value(digits: bytes) -> int:
    value = 0
    for digit in digits:
        value = value << 7 | digit & 127
    return value


def frame(block: Block) -> bytes:
    """The bytes of a block on the line; its number is cut to 7 bits."""
    data = block.data
    if not 0 < len(data) <= MAX_DATA_BYTES:
        raise ValueError(f"a block of {len(data)} bytes")
    places = _places(data)
    head = (
        _digits(len(data), 2)
        + _digits(len(places), 2)
        + _digits(block.number % 128, 1)
        + _digits(block.ready, 3)
    )
    check = _digits(zlib.crc32(data, zlib.crc32(head)), 5)
    body = data.replace(b"\x03", b"\x00")
    return head + check + body + b"".join(_digits(place, 2) for place in places)


def framed_size(data: bytes) -> int:
    """How many bytes of a board's buffer a block's data and its places need."""
    return len(data) + 2 * data.count(INTERRUPT)


def _places(data: bytes) -> list[int]:
    places = []
    at = data.find(INTERRUPT)
    while at >= 0:
        places.append(at)
        at = data.find(INTERRUPT, at + 1)
    return places


class BlockReader:
    """The receiving side in Python: gives blocks whose check holds, and passes over the rest."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> list[Block]:
        """Whole blocks that end within what has been fed so far."""
        self._held += data
        blocks = []
        while len(self._held) >= HEAD_BYTES:
            found = self._next()
            if found is None:
                break
            if isinstance(found, Block):
                blocks.append(found)
        return blocks

    def _next(self) -> Block | int | None:
        """A block, the number of bytes passed over, or None for "need more"."""
        held = self._held
        head = bytes(held[:HEAD_BYTES])
        size = _value(head[:2])
        whole = HEAD_BYTES + size + 2 * _value(head[2:4])
        if min(head) < 128 or size == 0:
            del held[0]
            return 1
        if len(held) < whole:
            return None
        data = held[HEAD_BYTES : HEAD_BYTES + size]
        for at in range(HEAD_BYTES + size, whole, 2):
            data[_value(bytes(held[at : at + 2])) % size] = INTERRUPT
        if zlib.crc32(data, zlib.crc32(head[:8])) != _value(head[8:]):
            del held[0]
            return 1
        del held[:whole]
        return Block(head[4] & 127, bytes(data), _value(head[5:8]))


class Cutter:
    """Cuts a stream into blocks; the last one can be taken back and cut smaller.

    `window_bits` 10 to 15 deflates it as one raw stream (RFC 1951), 0 sends it as it is. Parts are
    hints: where one ends a new code table begins (text, then an icon).
    """

    def __init__(self, window_bits: int, first_number: int) -> None:
        self.window_bits = window_bits
        self._number = first_number
        self._coded = bytearray()
        self._deflate = zlib.compressobj(9, zlib.DEFLATED, -window_bits, 8) if window_bits else None
        self._inflate = zlib.decompressobj(-window_bits) if window_bits else None
        self._before = self._inflate
        self._before_bytes = b""

    def add(self, part: bytes) -> None:
        """Put a part at the end of the stream."""
        if self._deflate is None:
            self._coded += part
        else:
            self._coded += self._deflate.compress(part) + self._deflate.flush(zlib.Z_BLOCK)

    def flush(self) -> None:
        """Make all that was added come out at the other end, without ending the stream."""
        if self._deflate is not None:
            self._coded += self._deflate.flush(zlib.Z_SYNC_FLUSH)

    @property
    def left_bytes(self) -> int:
        """Bytes of the (deflated) stream that have not been cut yet."""
        return len(self._coded)

    @property
    def next_number(self) -> int:
        """The number of the block that `cut` gives next."""
        return self._number

    def cut(self, capacity: int) -> Block | None:
        """The next block, needing at most `capacity` bytes of the board's buffer; None at the end.

        Bytes that are held back within the deflater are not there yet: `flush` first.
        """
        if not self._coded:
            return None
        size = _fitting(self._coded, min(capacity, MAX_DATA_BYTES))
        data = bytes(self._coded[:size])
        del self._coded[:size]
        self._before_bytes = data
        ready = size
        if self._inflate is not None:
            self._before = self._inflate.copy()
            ready = len(self._inflate.decompress(data))
        self._number += 1
        return Block(self._number - 1, data, ready)

    def take_back(self) -> None:
        """Undo the last `cut`."""
        self._coded[:0] = self._before_bytes
        self._inflate = self._before
        self._number -= 1
        self._before_bytes = b""


def _fitting(data: bytearray, capacity: int) -> int:
    """The longest beginning of `data` that fits in `capacity` together with its places."""
    size = min(len(data), capacity)
    while size > 1 and size + 2 * data.count(INTERRUPT, 0, size) > capacity:
        size = max(1, size - max(1, (size + 2 * data.count(INTERRUPT, 0, size) - capacity) // 3))
    return size


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the receiver: its first letter and the rest."""

    kind: str
    text: str


class LineReader:
    """Finds the receiver's lines in what a board sends; keeps the rest for whoever wants it."""

    def __init__(self) -> None:
        self._held = bytearray()
        self.other = bytearray()
        """What is no line of ours, in order (a program's output, the prompt, damage)."""

    def feed(self, data: bytes) -> list[Line]:
        """Lines that end within what has been fed so far."""
        self._held += data
        lines: list[Line] = []
        while True:
            start = self._held.find(_MARK)
            if start < 0:
                self._pass(len(self._held))
                return lines
            self._pass(start)
            # A mark inside a line means that the line was cut short.
            end, again = self._held.find(b"\n"), self._held.find(_MARK, 1)
            if 0 < again < end or (end < 0 and again > 0):
                self._pass(again)
            elif end < 0:
                if len(self._held) > _LONGEST_LINE:
                    self._pass(len(self._held))
                return lines
            else:
                line = _checked(bytes(self._held[1:end]))
                if line is None:
                    self._pass(end + 1)
                else:
                    lines.append(line)
                    del self._held[: end + 1]

    def _pass(self, count: int) -> None:
        self.other += self._held[:count]
        del self._held[:count]


def _checked(content: bytes) -> Line | None:
    text, _, check = content.rstrip(b"\r").rpartition(b" ")
    try:
        if not text or int(check, 16) != zlib.crc32(text):
            return None
        told = text.decode()
    except ValueError:
        return None
    return Line(told[0], told[1:])


def record(kind: str, content: bytes, size: int | None = None) -> bytes:
    """A record of the stream: kind (a letter), size (3 bytes), content.

    `size` is given where the content does not count (or not alone).
    """
    length = len(content) if size is None else size
    return kind.encode() + length.to_bytes(3, "big") + content
