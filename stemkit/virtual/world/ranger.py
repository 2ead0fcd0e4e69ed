"""VL53L0X time-of-flight distance sensor, as far as ranging drivers use it.

ST publishes no register map: DS11555 gives the address (0x29) and the reference registers (0xC0 to
0xC2); the rest is what ST's public API (UM2039, STSW-IMG005) does to get a range, as the open
drivers do it: SPAD information, calibration, start, interrupt status, result block at 0x14.
"""

from __future__ import annotations

from typing import Any, Final

from stemkit.virtual.world.registers import Registers

_SYSRANGE_START, _SEQUENCE, _INTERRUPT_CLEAR = 0x00, 0x01, 0x0B
_INTERRUPT_STATUS, _RANGE_STATUS, _RANGE_MM = 0x13, 0x14, 0x1E
_ADDRESS, _STROBE, _SPAD_INFO, _PAGE = 0x8A, 0x83, 0x92, 0xFF
_DEFAULTS: Final = {
    0xC0: 0xEE,
    0xC1: 0xAA,
    0xC2: 0x10,
    0x61: 0x00,
    _SEQUENCE: 0xFF,
    0x46: 26,  # MSRC timeout, macro periods less 1
    0x50: 6,  # pre-range period: (6 + 1) * 2 = 14 clocks
    0x51: 0x00,
    0x52: 0x96,
    0x70: 4,  # final range period: 10 clocks
    0x71: 0x02,
    0x72: 0x58,
    0x84: 0x01,
    0x89: 0x00,
    0x91: 0x3C,
    0xB0: 0xFF,
    0xB1: 0xFF,
    0xB2: 0x7F,
    0xB3: 0xFE,
    0xB4: 0xFF,
    0xB5: 0x01,
}
_SPADS: Final = 0x80 | 6
"""Six reference SPADs of the kind with an aperture."""
_CALIBRATION_US: Final = 5_000
_RANGING_US: Final = 33_000
_NOTHING_MM: Final = 8190
"""What the API gives where no target is seen (out of range)."""
_FARTHEST_MM: Final = 2000.0
_VALID, _NO_TARGET = 11 << 3, 4 << 3
"""Device range status in bits 3-6: 11 a range, 4 a phase failure (nothing there)."""


class Ranger(Registers):
    """Ranges one time, back to back, or at intervals."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.address = self.part.facts.get("address", 0x29)
        self.power_on(0)

    def power_on(self, t_us: int) -> None:
        """After boot: idle, page 0."""
        self._pages: dict[int, dict[int, int]] = {0: dict(_DEFAULTS)}
        self._page = 0
        self._ready_us: int | None = None
        self._continuous = False
        self._interrupt = 0
        self._result = bytes(12)

    def store(self, register: int, value: int, t_us: int) -> None:
        """A register of the chosen page, with what starts or clears a measurement."""
        self._run(t_us)
        if register == _PAGE:
            self._page = value
            return
        self._pages.setdefault(self._page, {})[register] = value
        if self._page != 0:
            if register == _STROBE:
                self._pages[self._page][register] = 0x01
            return
        if register == _INTERRUPT_CLEAR:
            self._interrupt = 0
        elif register == _ADDRESS:
            # The bus still finds it by its first address: one such part is in a kit.
            return
        elif register == _SYSRANGE_START:
            self._start(value, t_us)

    def load(self, register: int, t_us: int) -> int:
        """A register of the chosen page, or a result."""
        self._run(t_us)
        page = self._pages.setdefault(self._page, {})
        if self._page == 0:
            if register == _INTERRUPT_STATUS:
                return self._interrupt
            if _RANGE_STATUS <= register < _RANGE_STATUS + len(self._result):
                return self._result[register - _RANGE_STATUS]
        elif register == _STROBE:
            return page.get(register, 0x01)
        elif register == _SPAD_INFO:
            return _SPADS
        return page.get(register, 0)

    def _start(self, value: int, t_us: int) -> None:
        if not value & 0x07:
            # The start bit went, or calibration and continuous ranging were stopped.
            self._continuous = False
            self._ready_us = None
            return
        self._continuous = bool(value & 0x06)
        calibrating = bool(value & 0x40) or self._pages[0].get(_SEQUENCE, 0) in (0x01, 0x02)
        self._ready_us = t_us + (_CALIBRATION_US if calibrating else _RANGING_US)
        # The start bit clears itself when the measurement has begun.
        self._pages[0][_SYSRANGE_START] = value & ~0x01

    def _run(self, t_us: int) -> None:
        if self._ready_us is None or t_us < self._ready_us:
            return
        done_us = self._ready_us
        if self._continuous:
            done_us += (t_us - done_us) // _RANGING_US * _RANGING_US
            self._ready_us = done_us + _RANGING_US
        else:
            self._ready_us = None
        self._interrupt = 0x44
        self._result = self._ranged(done_us)

    def _ranged(self, t_us: int) -> bytes:
        millimetres = self.around.value("distance", t_us) * 10.0
        seen = millimetres <= _FARTHEST_MM
        block = bytearray(12)
        block[0] = (_VALID if seen else _NO_TARGET) | 1
        block[10:12] = (round(millimetres) if seen else _NOTHING_MM).to_bytes(2, "big")
        return bytes(block)
