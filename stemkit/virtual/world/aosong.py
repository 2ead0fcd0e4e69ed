"""Aosong's sensors: DHT11 and DHT22 on a wire of their own, AHT20 and DHT20 on I2C.

Sources: Aosong DHT11 and AM2302 (DHT22) product manuals; AHT20 and DHT20 product manuals (5.3, 5.4
and the CRC of 5.4: x^8 + x^5 + x^4 + 1, initial 0xFF).
"""

from __future__ import annotations

from typing import Any, Final

from stemkit.virtual.world.device import Device


class Dht22(Device):
    """DHT22 (AM2302): tenths, two bytes each, sign and magnitude."""

    low_c, high_c, low_pct, high_pct = -40.0, 80.0, 0.0, 100.0
    interval_us = 2_000_000

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self._measured_us: int | None = None
        self._frame = bytes(5)

    def power_on(self, t_us: int) -> None:
        """Nothing measured yet."""
        self._measured_us = None

    def dht_frame(self, t_us: int) -> bytes | None:
        """The last measurement; a new one if the last is old enough (the sheets' interval)."""
        if self._measured_us is None or t_us - self._measured_us >= self.interval_us:
            self._measured_us = t_us
            temperature = self.around.value("temperature", t_us)
            humidity = self.around.value("humidity", t_us)
            temperature = min(self.high_c, max(self.low_c, temperature))
            humidity = min(self.high_pct, max(self.low_pct, humidity))
            self._frame = _with_sum(self.encode(temperature, humidity))
        return self._frame

    def encode(self, temperature_c: float, humidity_pct: float) -> bytes:
        """The four bytes before the sum."""
        tenths = round(temperature_c * 10)
        temperature = abs(tenths) | (0x8000 if tenths < 0 else 0)
        return round(humidity_pct * 10).to_bytes(2, "big") + temperature.to_bytes(2, "big")


class Dht11(Dht22):
    """DHT11: whole numbers, 0 to 50 degrees, 20 to 90 %."""

    low_c, high_c, low_pct, high_pct = 0.0, 50.0, 20.0, 90.0
    interval_us = 1_000_000

    def encode(self, temperature_c: float, humidity_pct: float) -> bytes:
        """Integral bytes; the decimal ones are 0."""
        return bytes((round(humidity_pct), 0, round(temperature_c), 0))


def _with_sum(data: bytes) -> bytes:
    return data + bytes((sum(data) & 0xFF,))


_STATUS, _MEASURE, _SOFT_RESET = 0x71, 0xAC, 0xBA
_INITIALISE: Final = (0xBE, 0xE1)
_MEASURE_US: Final = 80_000
_RESET_US: Final = 20_000
_BUSY: Final = 0x80
_CALIBRATED: Final = 0x18


class Aht20(Device):
    """AHT20 and DHT20: 20 bits each of humidity and temperature, and a CRC."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.address = self.part.facts.get("address", 0x38)
        self._busy_until_us = 0
        self._measuring = False
        self._data = bytes(5)

    def power_on(self, t_us: int) -> None:
        """As the factory left it: calibrated, nothing measured."""
        self._busy_until_us = t_us
        self._measuring = False
        self._data = bytes(5)

    def i2c_write(self, data: bytes, t_us: int) -> int:
        """A command with its two parameter bytes."""
        self._finish(t_us)
        if data[0] == _SOFT_RESET:
            self.power_on(t_us)
            self._busy_until_us = t_us + _RESET_US
        elif data[0] == _MEASURE and t_us >= self._busy_until_us:
            self._busy_until_us = t_us + _MEASURE_US
            self._measuring = True
        elif data[0] not in (_STATUS, *_INITIALISE, _MEASURE):
            return 0
        return len(data)

    def i2c_read(self, count: int, t_us: int) -> bytes:
        """Status, five bytes of data, CRC."""
        self._finish(t_us)
        busy = _BUSY if t_us < self._busy_until_us else 0
        frame = bytes((_CALIBRATED | busy,)) + self._data
        return (frame + bytes((crc8(frame),))).ljust(count, b"\xff")[:count]

    def _finish(self, t_us: int) -> None:
        if not self._measuring or t_us < self._busy_until_us:
            return
        self._measuring = False
        # The values are those at the end of the measurement, not those when it is fetched.
        at_us = self._busy_until_us
        humidity = min(100.0, max(0.0, self.around.value("humidity", at_us)))
        temperature = min(85.0, max(-40.0, self.around.value("temperature", at_us)))
        wet = min(0xFFFFF, round(humidity / 100.0 * 2**20))
        warm = round((temperature + 50.0) / 200.0 * 2**20)
        self._data = (wet << 20 | warm).to_bytes(5, "big")


def crc8(data: bytes) -> int:
    """The sensors' check byte."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31) & 0xFF if crc & 0x80 else crc << 1
    return crc
