"""Bosch BME280 and BMP280: calibration words and raw counts, so that a driver does its real work.

Register map, timing and compensation: BME280 data sheet BST-BME280-DS002 (chapters 4.2, 5, 9.1)
and BMP280 data sheet BST-BMP280-DS001 (3.11, 4).
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from stemkit.virtual.world.course import chance
from stemkit.virtual.world.registers import Registers

_ID, _RESET, _CTRL_HUM, _STATUS, _CTRL_MEAS, _CONFIG = 0xD0, 0xE0, 0xF2, 0xF3, 0xF4, 0xF5
_DATA: Final = 0xF7
_RESET_WORD: Final = 0xB6
_NVM_COPY_US: Final = 2000
_SKIPPED: Final = (0x80000, 0x80000, 0x8000)
"""Raw temperature, pressure and humidity of what was not measured."""
_STANDBY_US: Final = (500, 62_500, 125_000, 250_000, 500_000, 1_000_000)
_MOST_CYCLES: Final = 64


@dataclass(frozen=True, slots=True)
class Calibration:
    """The words that each chip carries (dig_T1 ... dig_H6), and the formulas that use them."""

    t: tuple[int, int, int]
    p: tuple[int, int, int, int, int, int, int, int, int]
    h: tuple[int, int, int, int, int, int]

    def fine(self, raw: float) -> float:
        """`t_fine`: fine temperature, from the raw one."""
        t1, t2, t3 = self.t
        a = raw / 16384.0 - t1 / 1024.0
        b = raw / 131072.0 - t1 / 8192.0
        return a * t2 + b * b * t3

    def temperature_c(self, raw: float) -> float:
        """Degrees Celsius."""
        return self.fine(raw) / 5120.0

    def pressure_pa(self, raw: float, fine: float) -> float:
        """Pascal."""
        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self.p
        a = fine / 2.0 - 64000.0
        b = a * a * p6 / 32768.0 + a * p5 * 2.0
        b = b / 4.0 + p4 * 65536.0
        c = (p3 * a * a / 524288.0 + p2 * a) / 524288.0
        c = (1.0 + c / 32768.0) * p1
        value = (1048576.0 - raw - b / 4096.0) * 6250.0 / c
        return value + (p9 * value * value / 2147483648.0 + value * p8 / 32768.0 + p7) / 16.0

    def humidity_pct(self, raw: float, fine: float) -> float:
        """Percent, before it is cut to 0 to 100."""
        h1, h2, h3, h4, h5, h6 = self.h
        a = fine - 76800.0
        b = raw - (h4 * 64.0 + h5 / 16384.0 * a)
        b *= h2 / 65536.0 * (1.0 + h6 / 67108864.0 * a * (1.0 + h3 / 67108864.0 * a))
        return b * (1.0 - h1 * b / 524288.0)

    def memory(self) -> dict[int, int]:
        """Register to byte, as they lie at 0x88 and 0xE1."""
        low = struct.pack("<HhhHhhhhhhhhxB", *self.t, *self.p, self.h[0])
        h4, h5 = self.h[3], self.h[4]
        high = struct.pack(
            "<hBBBBb",
            self.h[1],
            self.h[2],
            h4 >> 4 & 0xFF,
            (h4 & 0xF) | (h5 & 0xF) << 4,
            h5 >> 4 & 0xFF,
            self.h[5],
        )
        found = {0x88 + n: byte for n, byte in enumerate(low)}
        return found | {0xE1 + n: byte for n, byte in enumerate(high)}


# Temperature and pressure words of the BMP280 data sheet's example (3.12); humidity words as read
# from a chip (unverified: the sheet prints none). Each chip's differ a little.
_T: Final = (27504, 26435, -1000)
_P: Final = (36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
_H: Final = (75, 362, 0, 328, 50, 30)


def calibration_of(seed: int) -> Calibration:
    """A chip's own words: the main ones of the example moved by up to 1 %."""

    def own(word: int, number: int) -> int:
        return round(word * (1.0 + (chance(seed, number) % 2001 - 1000) / 100_000))

    t = (own(_T[0], 0), own(_T[1], 1), _T[2])
    p = (own(_P[0], 2), own(_P[1], 3), *_P[2:])
    h = (_H[0], own(_H[1], 4), _H[2], own(_H[3], 5), *_H[4:])
    return Calibration(t, p, h)


def raw_for(wanted: float, shown: Callable[[float], float], bits: int, rising: bool) -> int:
    """The count of `bits` that the formula `shown` turns into what is nearest to `wanted`."""
    low, high = 0, (1 << bits) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if (shown(middle) < wanted) == rising:
            low = middle
        else:
            high = middle
    return min((low, high), key=lambda raw: abs(shown(raw) - wanted))


class Barometer(Registers):
    """BMP280: temperature and pressure."""

    chip_id = 0x58
    has_humidity = False

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.address = self.part.facts.get("address", 0x76)
        self.calibration = calibration_of(self.seed)
        self._memory = self.calibration.memory()
        if not self.has_humidity:
            self._memory = {r: b for r, b in self._memory.items() if r < 0xA0}
        self._clear(0)

    def power_on(self, t_us: int) -> None:
        """All as after a reset."""
        self._clear(t_us)

    def _clear(self, t_us: int) -> None:
        self._settings = {_CTRL_HUM: 0, _CTRL_MEAS: 0, _CONFIG: 0}
        self._humidity_times = 0
        self._ready_us = t_us + _NVM_COPY_US
        self._measured = _SKIPPED
        self._filtered: tuple[float, float] | None = None
        self._started_us: int | None = None

    def store(self, register: int, value: int, t_us: int) -> None:
        """Control registers, and the reset word."""
        self._run(t_us)
        if register == _RESET:
            if value == _RESET_WORD:
                self._clear(t_us)
        elif register == _CTRL_HUM and self.has_humidity:
            self._settings[_CTRL_HUM] = value & 7
        elif register == _CONFIG:
            self._settings[_CONFIG] = value & 0xFD
        elif register == _CTRL_MEAS:
            self._settings[_CTRL_MEAS] = value
            # The humidity's oversampling becomes effective only now (5.4.3).
            self._humidity_times = self._settings[_CTRL_HUM]
            self._started_us = t_us if value & 3 else None

    def i2c_write(self, data: bytes, t_us: int) -> int:
        """Pairs of register and value; the address does not advance by itself (6.2.1)."""
        self.pointer = data[0]
        for n in range(0, len(data) - 1, 2):
            self.store(data[n], data[n + 1], t_us)
        return len(data)

    def load(self, register: int, t_us: int) -> int:
        """Calibration, control, status, results."""
        self._run(t_us)
        if register == _ID:
            return self.chip_id
        if register == _STATUS:
            return self._is_measuring(t_us) << 3 | (t_us < self._ready_us)
        if register in self._settings:
            return self._settings[register]
        if _DATA <= register <= 0xFE:
            return self._results()[register - _DATA]
        return self._memory.get(register, 0)

    def i2c_read(self, count: int, t_us: int) -> bytes:
        """A burst sees the results of one measurement (4.3, shadowing)."""
        self._run(t_us)
        return super().i2c_read(count, t_us)

    def _results(self) -> bytes:
        temperature, pressure, humidity = self._measured
        found = (pressure << 4).to_bytes(3, "big") + (temperature << 4).to_bytes(3, "big")
        return found + (humidity.to_bytes(2, "big") if self.has_humidity else b"\0\0")

    # -- measuring ---------------------------------------------------------------------------------

    def _times(self) -> tuple[int, int, int]:
        """Oversampling of temperature, pressure and humidity; 0 leaves one out."""
        control = self._settings[_CTRL_MEAS]
        codes = (control >> 5, control >> 2 & 7, self._humidity_times)
        t, p, h = (min(16, 1 << code - 1) if code else 0 for code in codes)
        return t, p, h if self.has_humidity else 0

    def _measure_us(self) -> int:
        """Duration of one measurement, typical (9.1)."""
        t, p, h = self._times()
        return 1000 + 2000 * t + (2000 * p + 500 if p else 0) + (2000 * h + 500 if h else 0)

    def _standby_us(self) -> int:
        code = self._settings[_CONFIG] >> 5
        # The two shortest names differ between the chips (BME280 table 27, BMP280 table 11).
        more = (10_000, 20_000) if self.has_humidity else (2_000_000, 4_000_000)
        return (*_STANDBY_US, *more)[code]

    def _is_measuring(self, t_us: int) -> bool:
        return self._started_us is not None and t_us < self._started_us + self._measure_us()

    def _run(self, t_us: int) -> None:
        """Finish the measurements that ended before `t_us`."""
        if self._started_us is None:
            return
        length = self._measure_us()
        if self._settings[_CTRL_MEAS] & 3 != 3:
            if t_us >= self._started_us + length:
                self._take(self._started_us + length)
                self._started_us = None
                self._settings[_CTRL_MEAS] &= 0xFC
            return
        cycle = length + self._standby_us()
        finished = (t_us - self._started_us - length) // cycle + 1
        for n in range(max(0, finished - _MOST_CYCLES), finished):
            self._take(self._started_us + n * cycle + length)
        self._started_us += max(0, finished) * cycle

    def _take(self, t_us: int) -> None:
        calibration, around = self.calibration, self.around
        times = self._times()
        wanted = min(85.0, max(-40.0, around.value("temperature", t_us)))
        temperature = raw_for(wanted, calibration.temperature_c, 20, True)
        fine = calibration.fine(temperature)
        pressure_pa = 100.0 * min(1100.0, max(300.0, around.value("pressure", t_us)))
        pressure = raw_for(pressure_pa, lambda raw: calibration.pressure_pa(raw, fine), 20, False)
        humidity = _SKIPPED[2]
        if times[2]:
            wanted = around.value("humidity", t_us)
            humidity = raw_for(wanted, lambda raw: calibration.humidity_pct(raw, fine), 16, True)
        if not times[0]:
            temperature = _SKIPPED[0]
        if not (times[0] and times[1]):
            pressure = _SKIPPED[1]
        self._measured = (*self._smoothed(temperature, pressure), humidity)

    def _smoothed(self, temperature: int, pressure: int) -> tuple[int, int]:
        """The IIR filter (3.4.4); it starts from the first measurement."""
        share = 1 << min(4, self._settings[_CONFIG] >> 2 & 7)
        old = self._filtered if self._filtered is not None and share > 1 else None
        if old is None:
            old = (float(temperature), float(pressure))
        new = tuple(
            (o * (share - 1) + n) / share for o, n in zip(old, (temperature, pressure), strict=True)
        )
        self._filtered = (new[0], new[1])
        return round(new[0]), round(new[1])


class WeatherSensor(Barometer):
    """BME280: a BMP280 with humidity."""

    chip_id = 0x60
    has_humidity = True
