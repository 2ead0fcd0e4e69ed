"""The peripheral wire: what a board's MicroPython and the world say to each other.

A request is `op u8, arg u8, payload length u16, time u64`, then the payload; everything is little
endian. The time is the board's world time in microseconds, so that an answer depends on nothing
but what was asked before and what the scenario says. Ops from 0x80 on are told and not answered.

An answer is `status u8` (0, or the errno of the OSError to raise) and a body whose length the asker
knows beforehand (it is there, zeroed, after an error too), so that one read takes it. Measured
against the same requests as JSON lines between MicroPython and CPython on one machine: 21-32 us
instead of 46-106 us a round trip.

A line that starts with `{` is not for the world: with such the board's own code talks to whoever
keeps its process (`split` tells them apart). Nothing is ever pushed into this stream; the world
has a byte stream of its own for "what was asked about pins has changed" (`World.take_pushes`).
"""

from __future__ import annotations

import enum
import struct
from typing import Final

HEADER: Final = struct.Struct("<BBHQ")
_JSON: Final = ord("{")
_LONGEST_LINE: Final = 65536


class Op(enum.IntEnum):
    """What a board asks (below 0x80) or tells; the pin, address or bus is the frame's `arg`."""

    HELLO = 1
    """A process has started; its time is the host's monotonic clock. Body: u16 length, JSON."""
    QUANTITY = 2
    """Payload: name of a quantity that a sensor inside the chip measures. Body: f64."""
    PIN_READ = 3
    """Body: level u8, time u64 until which it holds (0: nobody knows)."""
    PIN_WATCH = 4
    """Payload: edges u8 (1 rising, 2 falling). Body: what u8 (0 nothing will come, 1 an edge then,
    2 ask again then), level now u8, time u64."""
    PIN_PULSE = 5
    """Payload: level u8, timeout in us u32. Body: us i32 (-2 no start, -1 no end), end time u64."""
    ADC = 6
    """Body: microvolts u32."""
    I2C_TRANSFER = 7
    """Payload: bus u8, u8 0, bytes to read u16, bytes to write. Body: bytes taken u16, bytes."""
    I2C_SCAN = 8
    """Body: 16 bytes, bit `a % 8` of byte `a // 8` set where address a answers."""
    ONEWIRE_RESET = 9
    """Body: u8 1 where a device is present."""
    ONEWIRE_READ = 10
    """Payload: bits u16. Body: the bits, least significant first."""
    DHT = 11
    """Body: the 5 bytes of a DHT's frame."""
    TOUCH = 12
    """Body: 1 u8 where the pin is touched."""

    PIN_MODE = 0x81
    """Payload: mode u8 (`Mode`), pull u8 (`Pull`), level u8 (255 leaves it)."""
    PIN_WRITE = 0x82
    """Payload: level u8."""
    PWM = 0x83
    """Payload: frequency in Hz u32 (0 stops it), duty u16 of 65535."""
    I2C_OPEN = 0x84
    """Payload: scl u8, sda u8, frequency in Hz u32."""
    ONEWIRE_WRITE = 0x85
    """Payload: bits u16, the bits, least significant first."""
    PIXELS = 0x86
    """Payload: bytes as they go out to a NeoPixel strip."""
    UART = 0x87
    """Payload: bytes that a program sent on the UART `arg`."""
    DISPLAY = 0x88
    """Payload: brightness 0-9 of a micro:bit's 25 LEDs, row by row."""
    NUDGE = 0x89
    """The board's own thread wants to be woken through the event stream."""
    RTC = 0x8A
    """Payload: i64, the real-time clock's microseconds since 1970 at world time 0."""
    RTC_MEMORY = 0x8B
    """Payload: what survives a deep sleep."""


class Mode(enum.IntEnum):
    """What a pin is set to."""

    IN = 0
    OUT = 1
    OPEN_DRAIN = 2
    ANALOG = 3


class Pull(enum.IntEnum):
    """A pin's own resistor."""

    NONE = 0
    UP = 1
    DOWN = 2


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """Whole messages at the start of `data` (frames, and lines without their end), and the rest.

    Raises ValueError for a line that never ends.
    """
    found = []
    start = 0
    while start < len(data):
        if data[start] == _JSON:
            end = data.find(b"\n", start)
            if end < 0:
                if len(data) - start > _LONGEST_LINE:
                    raise ValueError("a line without an end on the peripheral wire")
                break
            found.append(data[start:end])
            start = end + 1
            continue
        if len(data) - start < HEADER.size:
            break
        end = start + HEADER.size + HEADER.unpack_from(data, start)[2]
        if end > len(data):
            break
        found.append(data[start:end])
        start = end
    return found, data[start:]


def is_line(message: bytes) -> bool:
    """True for a line of the board's own code, False for a frame to the world."""
    return message[:1] == b"{"


def request(op: int, arg: int, time_us: int, payload: bytes = b"") -> bytes:
    """A frame, as the board's side makes it."""
    return HEADER.pack(op, arg, len(payload), time_us) + payload
