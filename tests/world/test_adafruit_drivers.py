"""The registers against drivers that are not ours: Adafruit's, on CPython."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from adafruit_bus import WorldBus

MakeBus = Callable[..., WorldBus]


def test_the_kits_addresses_answer_a_scan(make_bus: MakeBus) -> None:
    assert make_bus().scan() == [0x23, 0x29, 0x38, 0x3C, 0x68, 0x76]


@pytest.mark.parametrize(
    ("temperature", "humidity", "pressure"),
    [(23.46, 61.2, 987.65), (-18.3, 5.0, 700.0), (60.0, 99.0, 1090.0), (0.0, 40.0, 1013.25)],
)
def test_bme280(make_bus: MakeBus, temperature: float, humidity: float, pressure: float) -> None:
    from adafruit_bme280 import basic

    bus = make_bus()
    bus.world.set("temperature", temperature)
    bus.world.set("humidity", humidity)
    bus.world.set("pressure", pressure)
    driver = basic.Adafruit_BME280_I2C(bus, address=0x76)
    assert driver.temperature == pytest.approx(temperature, abs=0.01)
    assert driver.humidity == pytest.approx(humidity, abs=0.05)
    assert driver.pressure == pytest.approx(pressure, abs=0.01)
