"""DS18B20 thermometers on a 1-Wire bus, bit by bit.

Source: Maxim DS18B20 data sheet 19-7487 (ROM and function commands, memory map, conversion times).
"""

from __future__ import annotations

from typing import Any, Final

from stemkit.virtual.world.course import chance
from stemkit.virtual.world.device import Device
from stemkit.virtual.world.surroundings import Surroundings

_FAMILY: Final = 0x28
_SEARCH, _ALARM_SEARCH, _READ_ROM, _MATCH, _SKIP = 0xF0, 0xEC, 0x33, 0x55, 0xCC
_CONVERT, _WRITE, _READ, _COPY, _RECALL, _POWER = 0x44, 0x4E, 0xBE, 0x48, 0xB8, 0xB4
_POWER_ON_RAW: Final = 0x0550
"""85 degrees: what is read before the first conversion."""
_CONVERSION_US: Final = {9: 93_750, 10: 187_500, 11: 375_000, 12: 750_000}


def crc8(data: bytes) -> int:
    """Maxim's check byte: x^8 + x^5 + x^4 + 1, least significant bit first."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
    return crc


class Chip:
    """One DS18B20 with its own code."""

    def __init__(self, around: Surroundings, seed: int) -> None:
        self._around = around
        serial = (chance(seed, 0) & 0xFFFFFFFFFFFF).to_bytes(6, "little")
        body = bytes((_FAMILY,)) + serial
        self.rom = body + bytes((crc8(body),))
        self.power_on()

    def power_on(self) -> None:
        """The scratchpad's values after power-on: 85 degrees, 12 bits."""
        self._raw = _POWER_ON_RAW
        self._stored = self._settings = (0x4B, 0x46, 0x7F)
        self._done_us: int | None = None
        self._state = "idle"
        self._clear()

    def _clear(self) -> None:
        self._bits: list[int] = []
        self._answer: list[int] = []
        self._search_at = 0

    def reset(self, t_us: int) -> None:
        """A reset pulse: a ROM command follows."""
        self._finish(t_us)
        self._state = "rom"
        self._clear()

    def read_bit(self, t_us: int) -> int:
        """A read slot."""
        self._finish(t_us)
        if self._state == "search":
            return self._search_bit()
        if self._state == "converting":
            return int(self._done_us is None)
        return self._answer.pop(0) if self._answer else 1

    def write_bit(self, bit: int, t_us: int) -> None:
        """A write slot."""
        self._finish(t_us)
        if self._state == "search":
            self._choose(bit)
            return
        self._bits.append(bit)
        if self._state == "match":
            self._match()
        elif len(self._bits) >= 8 and self._state in ("rom", "function", "settings"):
            self._take_byte(t_us)

    # -- addressing --------------------------------------------------------------------------------

    def _search_bit(self) -> int:
        # Two read slots a bit: the bit, then its complement (_choose moves on).
        bit = self._rom_bit(self._search_at)
        self._answer.append(bit)
        return bit if len(self._answer) == 1 else 1 - bit

    def _choose(self, bit: int) -> None:
        self._answer = []
        if bit != self._rom_bit(self._search_at):
            self._state = "idle"
            return
        self._search_at += 1
        if self._search_at == 64:
            self._state = "function"
            self._clear()

    def _rom_bit(self, n: int) -> int:
        return self.rom[n // 8] >> n % 8 & 1

    def _match(self) -> None:
        n = len(self._bits) - 1
        if self._bits[n] != self._rom_bit(n):
            self._state = "idle"
        elif n == 63:
            self._state = "function"
            self._bits = []

    # -- commands ----------------------------------------------------------------------------------

    def _take_byte(self, t_us: int) -> None:
        if self._state == "settings":
            if len(self._bits) == 24:
                high, low, config = _bytes(self._bits)
                self._settings = (high, low, config & 0x60 | 0x1F)
                self._state = "idle"
            return
        command = _bytes(self._bits)[0]
        self._bits = []
        if self._state == "rom":
            self._rom_command(command)
        else:
            self._function(command, t_us)

    def _rom_command(self, command: int) -> None:
        self._state = {
            _SEARCH: "search",
            _MATCH: "match",
            _SKIP: "function",
            _READ_ROM: "function",
            _ALARM_SEARCH: "search" if self._is_alarm() else "idle",
        }.get(command, "idle")
        if command == _READ_ROM:
            self._answer = _to_bits(self.rom)

    def _function(self, command: int, t_us: int) -> None:
        self._state = "idle"
        self._answer = []
        if command == _CONVERT:
            self._done_us = t_us + _CONVERSION_US[self._resolution]
            self._state = "converting"
        elif command == _READ:
            self._answer = _to_bits(self._scratchpad())
        elif command == _WRITE:
            self._state = "settings"
        elif command == _COPY:
            self._stored = self._settings
        elif command == _RECALL:
            self._settings = self._stored

    @property
    def _resolution(self) -> int:
        return 9 + (self._settings[2] >> 5 & 3)

    def _scratchpad(self) -> bytes:
        body = self._raw.to_bytes(2, "little", signed=True)
        body += bytes((*self._settings, 0xFF, 0x0C, 0x10))
        return body + bytes((crc8(body),))

    def _is_alarm(self) -> bool:
        high, low = (n - 256 if n > 127 else n for n in self._settings[:2])
        return not low < self._raw >> 4 < high

    def _finish(self, t_us: int) -> None:
        if self._done_us is None or t_us < self._done_us:
            return
        temperature = self._around.value("probe_temperature", self._done_us)
        sixteenths = round(min(125.0, max(-55.0, temperature)) * 16)
        # Bits below the resolution are undefined on the chip; here they are 0.
        unused = 12 - self._resolution
        self._raw = sixteenths >> unused << unused
        self._done_us = None


class Thermometer(Device):
    """`count` DS18B20 (one, unless the board's facts say more) on one wire."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        count = max(1, self.part.facts.get("count", 1))
        self.chips = [Chip(self.around, chance(self.seed, n)) for n in range(count)]

    def power_on(self, t_us: int) -> None:
        """All of them."""
        for chip in self.chips:
            chip.power_on()


def _bytes(bits: list[int]) -> bytes:
    return bytes(sum(bits[n + k] << k for k in range(8)) for n in range(0, len(bits), 8))


def _to_bits(data: bytes) -> list[int]:
    return [byte >> k & 1 for byte in data for k in range(8)]
