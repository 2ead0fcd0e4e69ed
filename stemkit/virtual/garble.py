"""What a UART hears when the other side sends at another rate."""

from __future__ import annotations

from typing import Final

# A receiver samples the middle of the tenth bit: half a bit of drift in 9.5 is the limit.
_TOLERANCE: Final = 0.5 / 9.5


def same_rate(sent_baud: int, heard_baud: int) -> bool:
    """True where a receiver at `heard_baud` understands a sender at `sent_baud`."""
    return abs(sent_baud - heard_baud) < _TOLERANCE * min(sent_baud, heard_baud)


def seen_at(data: bytes, sent_baud: int, heard_baud: int) -> bytes:
    """The bytes that a receiver at `heard_baud` makes of `data` sent back to back at `sent_baud`.

    Frames of 8 data bits, no parity, one stop bit; the line is high between them. A frame whose
    stop bit is low is a framing error, which adapters and UART drivers deliver as a byte all the
    same; a rate of 0 hears nothing.
    """
    if sent_baud <= 0 or heard_baud <= 0:
        return b""
    bits = bytearray()
    for byte in data:
        bits.append(0)
        bits += bytes((byte >> n) & 1 for n in range(8))
        bits.append(1)
    step = sent_baud / heard_baud
    heard = bytearray()
    at = 0.0
    length = len(bits)
    while True:
        start = bits.find(0, int(at))
        if start < 0:
            return bytes(heard)
        edge = max(at, float(start))
        value = 0
        for n in range(8):
            place = int(edge + (n + 1.5) * step)
            value |= (bits[place] if place < length else 1) << n
        heard.append(value)
        at = edge + 9.5 * step
        # After a framing error the receiver waits for the line to be high again.
        while int(at) < length and not bits[int(at)]:
            at += 1.0
