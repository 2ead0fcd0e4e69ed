"""BH1750 light sensor.

Source: ROHM BH1750FVI Technical Note 11046EDT01 (instruction set; measurement time register;
counts = lux * 1.2 at its default of 69, twice as many in H-resolution mode 2).
"""

from __future__ import annotations

from typing import Any, Final

from stemkit.virtual.world.device import Device

_POWER_DOWN, _POWER_ON, _RESET = 0x00, 0x01, 0x07
_DEFAULT_TIME: Final = 69
_COUNTS_A_LUX: Final = 1.2
_HIGH_US: Final = 120_000
_LOW_US: Final = 16_000


class LightMeter(Device):
    """Opcodes in, two bytes of counts out."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.address = self.part.facts.get("address", 0x23)
        self._clear()

    def power_on(self, t_us: int) -> None:
        """Powered down, default measurement time."""
        self._clear()

    def _clear(self) -> None:
        self._on = False
        self._time = _DEFAULT_TIME
        self._mode = 0
        self._started_us = 0
        self._counts = 0

    def i2c_write(self, data: bytes, t_us: int) -> int:
        """One opcode."""
        self._run(t_us)
        for code in data:
            self._obey(code, t_us)
        return len(data)

    def _obey(self, code: int, t_us: int) -> None:
        if code == _POWER_DOWN:
            self._on, self._mode = False, 0
        elif code == _POWER_ON:
            self._on = True
        elif code == _RESET:
            # Accepted only while powered on.
            self._counts = 0 if self._on else self._counts
        elif code >> 3 == 0b01000:
            self._time = self._time & 0x1F | (code & 7) << 5
        elif code >> 5 == 0b011:
            self._time = self._time & 0xE0 | code & 0x1F
        elif code & 0xF in (0, 1, 3) and code >> 4 in (1, 2):
            self._on, self._mode, self._started_us = True, code, t_us

    def i2c_read(self, count: int, t_us: int) -> bytes:
        """The counts of the last finished measurement."""
        self._run(t_us)
        return self._counts.to_bytes(2, "big").ljust(count, b"\xff")[:count]

    @property
    def _period_us(self) -> int:
        if self._mode & 0xF == 3:
            return _LOW_US
        return _HIGH_US * self._time // _DEFAULT_TIME

    def _run(self, t_us: int) -> None:
        """Finish the measurement that ended last."""
        if not self._mode:
            return
        finished = (t_us - self._started_us) // self._period_us
        if finished < 1:
            return
        self._started_us += finished * self._period_us
        self._counts = self._measured(self._started_us)
        if self._mode >> 4 == 2:
            # One-time modes power down by themselves.
            self._on, self._mode = False, 0

    def _measured(self, t_us: int) -> int:
        counts = self.around.value("light", t_us) * _COUNTS_A_LUX * self._time / _DEFAULT_TIME
        kind = self._mode & 0xF
        if kind == 3:
            # 4 lx a step.
            return min(0xFFFF, round(counts / 4.8) * 5)
        return min(0xFFFF, round(counts * 2 if kind == 1 else counts))
