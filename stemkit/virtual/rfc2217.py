"""The server's side of RFC 2217: a serial port with rate and modem lines through a socket.

Standards: RFC 854 (telnet), RFC 856 (binary), RFC 2217 (COM-PORT-OPTION 44). Only what has a
meaning for a board is kept; frame formats are answered as asked and change nothing.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Final

_IAC, _DONT, _DO, _WONT, _WILL, _SB, _SE = 255, 254, 253, 252, 251, 250, 240
_BINARY, _SUPPRESS_GO_AHEAD, _COM_PORT = 0, 3, 44
_AGREED: Final = (_BINARY, _SUPPRESS_GO_AHEAD, _COM_PORT)

_SET_BAUD, _SET_DATA_SIZE, _SET_PARITY, _SET_STOP_SIZE, _SET_CONTROL = 1, 2, 3, 4, 5
_LINE_STATE_MASK, _MODEM_STATE_MASK, _PURGE = 10, 11, 12
_NOTIFY_MODEM_STATE: Final = 107
_ANSWER: Final = 100
_FORMAT: Final = {_SET_DATA_SIZE: 8, _SET_PARITY: 1, _SET_STOP_SIZE: 1}
_LONGEST_OPTION: Final = 64

# SET-CONTROL values (RFC 2217, section 3).
_NO_FLOW_CONTROL, _BREAK_ON, _BREAK_OFF = 1, 5, 6
_DTR_ON, _DTR_OFF, _RTS_ON, _RTS_OFF = 8, 9, 11, 12
_QUERIES: Final = (0, 4, 7, 10, 13)

# CD, DSR and CTS are there, as on an adapter with a board behind it.
_MODEM_STATE: Final = 0xB0


@dataclass(frozen=True, slots=True)
class Wrote:
    """The host wrote `data` to the port."""

    data: bytes


@dataclass(frozen=True, slots=True)
class SetBaud:
    """The host set the rate, in bits a second."""

    baud: int


@dataclass(frozen=True, slots=True)
class SetLines:
    """The host set DTR or RTS; both are told."""

    dtr: bool
    rts: bool


@dataclass(frozen=True, slots=True)
class SentBreak:
    """The host began a break."""


@dataclass(frozen=True, slots=True)
class Purge:
    """The host throws away what waits: `received` by the adapter for it, `sent` to the board."""

    received: bool
    sent: bool


Event = Wrote | SetBaud | SetLines | SentBreak | Purge


class Rfc2217Server:
    """Feed it what the socket gives; it gives events, and `take_answers` what to send back."""

    def __init__(self, baud: int) -> None:
        self._baud = baud
        self._dtr = self._rts = False
        self._rest = b""
        self._agreed: set[tuple[int, int]] = set()
        self._out = b""
        for option in _AGREED:
            self._say(_WILL, option)
            self._say(_DO, option)

    def take_answers(self) -> bytes:
        """What the socket is to send now."""
        out, self._out = self._out, b""
        return out

    @staticmethod
    def escape(data: bytes) -> bytes:
        """Bytes from the board as they go into the socket."""
        return data.replace(b"\xff", b"\xff\xff")

    def feed(self, data: bytes) -> list[Event]:
        """What the host did, in order."""
        data = self._rest + data
        events: list[Event] = []
        at = 0
        while at < len(data):
            next_command = data.find(b"\xff", at)
            if next_command < 0:
                events.append(Wrote(data[at:]))
                at = len(data)
                break
            if next_command > at:
                events.append(Wrote(data[at:next_command]))
            at = next_command
            length = self._command(data, at, events)
            if length == 0:
                break
            at += length
        self._rest = data[at:]
        return events

    def _command(self, data: bytes, at: int, events: list[Event]) -> int:
        """Take the command at `at`; its length, 0 where it is not whole yet."""
        if at + 1 >= len(data):
            return 0
        verb = data[at + 1]
        if verb == _IAC:
            events.append(Wrote(b"\xff"))
            return 2
        if verb in (_DO, _DONT, _WILL, _WONT):
            if at + 2 >= len(data):
                return 0
            self._negotiate(verb, data[at + 2])
            return 3
        if verb == _SB:
            end = _option_end(data, at + 2)
            if end < 0:
                # Nothing that long is meant seriously: do not wait for its end for ever.
                return 2 if len(data) - at > _LONGEST_OPTION else 0
            self._option(data[at + 2 : end].replace(b"\xff\xff", b"\xff"), events)
            return end + 2 - at
        return 2

    def _say(self, verb: int, option: int) -> None:
        if (verb, option) not in self._agreed:
            self._agreed.add((verb, option))
            self._out += bytes((_IAC, verb, option))

    def _negotiate(self, verb: int, option: int) -> None:
        wanted = option in _AGREED
        if verb == _DO:
            self._say(_WILL if wanted else _WONT, option)
        elif verb == _WILL:
            self._say(_DO if wanted else _DONT, option)

    def _option(self, body: bytes, events: list[Event]) -> None:
        if len(body) < 2 or body[0] != _COM_PORT:
            return
        command, value = body[1], body[2:]
        if command == _SET_BAUD and len(value) == 4:
            (baud,) = struct.unpack(">I", value)
            if baud:
                self._baud = baud
                events.append(SetBaud(baud))
            self._answer(command, struct.pack(">I", self._baud))
        elif command in _FORMAT and value:
            self._answer(command, value if value[0] else bytes((_FORMAT[command],)))
        elif command == _SET_CONTROL and value:
            self._answer(command, bytes((self._control(value[0], events),)))
        elif command == _PURGE and value:
            events.append(Purge(value[0] in (1, 3), value[0] in (2, 3)))
            self._answer(command, value)
        elif command in (_LINE_STATE_MASK, _MODEM_STATE_MASK):
            self._answer(command, value)
            if command == _MODEM_STATE_MASK:
                self._answer(_NOTIFY_MODEM_STATE - _ANSWER, bytes((_MODEM_STATE,)))

    def _control(self, value: int, events: list[Event]) -> int:
        if value in (_DTR_ON, _DTR_OFF):
            self._dtr = value == _DTR_ON
            events.append(SetLines(self._dtr, self._rts))
        elif value in (_RTS_ON, _RTS_OFF):
            self._rts = value == _RTS_ON
            events.append(SetLines(self._dtr, self._rts))
        elif value == _BREAK_ON:
            events.append(SentBreak())
        if value not in _QUERIES:
            return value
        return {
            4: _BREAK_OFF,
            7: _DTR_ON if self._dtr else _DTR_OFF,
            10: _RTS_ON if self._rts else _RTS_OFF,
        }.get(value, _NO_FLOW_CONTROL)

    def _answer(self, command: int, value: bytes) -> None:
        value = value.replace(b"\xff", b"\xff\xff")
        head = bytes((_IAC, _SB, _COM_PORT, command + _ANSWER))
        self._out += head + value + bytes((_IAC, _SE))


def _option_end(data: bytes, start: int) -> int:
    """Where IAC SE stands after `start` (a doubled IAC is a byte of the option); -1 nowhere."""
    at = data.find(b"\xff", start)
    while 0 <= at < len(data) - 1:
        if data[at + 1] == _SE:
            return at
        at = data.find(b"\xff", at + 2)
    return -1
