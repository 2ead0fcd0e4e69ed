"""The tail cell that a board adds to its lines when it is asked: `,~<seq>@<ticks_ms>*<crc>`.

`seq` counts lines modulo 2^16, `ticks_ms` is MicroPython's millisecond counter modulo 2^30 (both
decimal), `crc` four hexadecimal digits: CRC-16/IBM-3740 (polynomial 0x1021, initial value 0xFFFF,
not reflected; check value 0x29B1 for `123456789`) of all bytes of the line before the `*`.
"""

from __future__ import annotations

import re
from binascii import crc_hqx
from typing import NamedTuple

SEQ_MODULO = 1 << 16
TICKS_MODULO_MS = 1 << 30
"""Where MicroPython's `time.ticks_ms` starts again at 0 (MICROPY_PY_UTIME_TICKS_PERIOD)."""

CRC_LENGTH = 5
"""Bytes at the end of a line with a tail that are not summed: `*` and four digits."""

START_TALKING = b"?stem 1\n"
"""Asks a board for tails and its metadata line."""
STOP_TALKING = b"?stem 0\n"
"""Asks it to print plain lines again, which other people's plotters want."""

_TAIL = re.compile(rb"(.*),~(\d{1,5})@(\d{1,10})\*([0-9A-Fa-f]{4})", re.DOTALL)


class Tail(NamedTuple):
    """A line's own number and time, and the line without them."""

    body: bytes
    seq: int
    ticks_ms: int


class DamagedTail(ValueError):
    """The line has a tail, but not the one that belongs to these bytes."""


def crc16(data: bytes) -> int:
    """CRC-16/IBM-3740 of `data`, 0 to 0xFFFF."""
    return crc_hqx(data, 0xFFFF)


def split_tail(line: bytes) -> Tail | None:
    """The tail of a line, None where it has none; raises `DamagedTail`."""
    if b",~" not in line:
        return None
    match = _TAIL.fullmatch(line)
    if match is None or crc16(line[:-CRC_LENGTH]) != int(match[4], 16):
        raise DamagedTail
    seq, ticks_ms = int(match[2]), int(match[3])
    if seq >= SEQ_MODULO or ticks_ms >= TICKS_MODULO_MS:
        raise DamagedTail
    return Tail(match[1], seq, ticks_ms)


def with_tail(body: bytes, seq: int, ticks_ms: int) -> bytes:
    """`body` with its tail, as a board prints it (without the line end)."""
    line = b"%s,~%d@%d" % (body, seq % SEQ_MODULO, ticks_ms % TICKS_MODULO_MS)
    return b"%s*%04x" % (line, crc16(line))
