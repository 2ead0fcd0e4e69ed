"""MPU-6050 accelerometer and gyroscope.

Source: InvenSense MPU-6000/MPU-6050 Register Map and Descriptions RM-MPU-6000A-00 (4.3-4.30) and
Product Specification PS-MPU-6000A-00 (6.1, 6.2).
"""

from __future__ import annotations

import struct
from typing import Any, Final

from stemkit.model.scenario import GRAVITY_M_S2
from stemkit.virtual.world.registers import Registers

_SMPLRT_DIV, _CONFIG, _GYRO_CONFIG, _ACCEL_CONFIG = 0x19, 0x1A, 0x1B, 0x1C
_INT_STATUS, _DATA, _DATA_END = 0x3A, 0x3B, 0x48
_PWR_MGMT_1, _PWR_MGMT_2, _WHO_AM_I = 0x6B, 0x6C, 0x75
_SLEEP, _RESET = 0x40, 0x80
_WHO: Final = 0x68
_GYRO_LSB: Final = (131.0, 65.5, 32.8, 16.4)
_ACCEL_LSB: Final = (16384.0, 8192.0, 4096.0, 2048.0)
_READ_ONLY: Final = frozenset({*range(_INT_STATUS, 0x61), _WHO_AM_I})
_GYRO_OUT_HZ: Final = (8000, 1000)


class MotionSensor(Registers):
    """Asleep after power-on; awake, it measures at its sample rate."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.address = self.part.facts.get("address", 0x68)
        self._clear(0)

    def power_on(self, t_us: int) -> None:
        """All registers are 0, but for these two (3.)."""
        self._clear(t_us)

    def _clear(self, t_us: int) -> None:
        self._memory = bytearray(256)
        self._memory[_PWR_MGMT_1] = _SLEEP
        self._memory[_WHO_AM_I] = _WHO
        self._awake_us = t_us
        self._sampled_us = -1
        self._told_us = -1

    def store(self, register: int, value: int, t_us: int) -> None:
        """Settings; results cannot be written."""
        if register in _READ_ONLY:
            return
        self._sample(t_us)
        if register == _PWR_MGMT_1:
            if value & _RESET:
                self._clear(t_us)
                return
            if self._memory[_PWR_MGMT_1] & _SLEEP and not value & _SLEEP:
                self._awake_us = t_us
        self._memory[register] = value

    def load(self, register: int, t_us: int) -> int:
        """Settings, and the results of the latest sample."""
        if register == _INT_STATUS:
            self._sample(t_us)
            fresh = self._sampled_us > self._told_us
            self._told_us = self._sampled_us
            return int(fresh)
        return self._memory[register]

    def i2c_read(self, count: int, t_us: int) -> bytes:
        """A burst sees one sample."""
        if self.pointer <= _DATA_END and self.pointer + count > _DATA:
            self._sample(t_us)
        return super().i2c_read(count, t_us)

    @property
    def _period_us(self) -> int:
        filtered = 1 <= self._memory[_CONFIG] & 7 <= 6
        return 1_000_000 * (1 + self._memory[_SMPLRT_DIV]) // _GYRO_OUT_HZ[filtered]

    def _sample(self, t_us: int) -> None:
        """Take over the latest sample; asleep, the results stay as they are."""
        if self._memory[_PWR_MGMT_1] & _SLEEP:
            return
        since = (t_us - self._awake_us) // self._period_us * self._period_us
        sampled_us = self._awake_us + since
        if sampled_us == self._sampled_us:
            return
        self._sampled_us = sampled_us
        value = self.around.value
        accel = _ACCEL_LSB[self._memory[_ACCEL_CONFIG] >> 3 & 3] / GRAVITY_M_S2
        gyro = _GYRO_LSB[self._memory[_GYRO_CONFIG] >> 3 & 3]
        off = self._memory[_PWR_MGMT_2]
        words = [
            *(_word(value(f"acc_{axis}", sampled_us) * accel) for axis in "xyz"),
            _word((value("temperature", sampled_us) - 36.53) * 340.0),
            *(_word(value(f"gyro_{axis}", sampled_us) * gyro) for axis in "xyz"),
        ]
        for bit, n in zip(range(6), (6, 5, 4, 2, 1, 0), strict=True):
            if off >> bit & 1:
                words[n] = 0
        self._memory[_DATA : _DATA_END + 1] = struct.pack(">7h", *words)


def _word(counts: float) -> int:
    return max(-32768, min(32767, round(counts)))
