"""The registers against drivers that are not ours: Adafruit's, on CPython."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import adafruit_ahtx0
import adafruit_bh1750
import adafruit_bmp280
import adafruit_mpu6050
import adafruit_ssd1306
import adafruit_vl53l0x
import pytest
from adafruit_bme280 import basic
from adafruit_ds18x20 import DS18X20
from adafruit_onewire.bus import OneWireBus
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stemkit.virtual.world import World
from tests.world.boards import spec
from tests.world.bus import OneWirePin, WorldBus

MakeBus = Callable[..., WorldBus]

# One bus serves all examples of a property: its world's values are set anew for each.
shared = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_the_kits_addresses_answer_a_scan(make_bus: MakeBus) -> None:
    assert make_bus().scan() == [0x23, 0x29, 0x38, 0x3C, 0x68, 0x76]


def test_nobody_answers_on_other_pins() -> None:
    assert WorldBus(World(spec()), scl=18, sda=19).scan() == []


def test_the_part_that_was_asked_for_has_the_address(make_bus: MakeBus) -> None:
    buffer = bytearray(1)
    make_bus().writeto_then_readfrom(0x76, b"\xd0", buffer)
    assert buffer == b"\x60"
    make_bus("bmp280").writeto_then_readfrom(0x76, b"\xd0", buffer)
    assert buffer == b"\x58"


@shared
@given(temperature=st.floats(-40, 85), humidity=st.floats(0, 100), pressure=st.floats(300, 1100))
def test_bme280(make_bus: MakeBus, temperature: float, humidity: float, pressure: float) -> None:
    bus = make_bus()
    for name, value in (
        ("temperature", temperature),
        ("humidity", humidity),
        ("pressure", pressure),
    ):
        bus.world.set(name, value)
    driver = basic.Adafruit_BME280_I2C(bus, address=0x76)
    # Data sheet 1.1-1.3: 0.01 °C, 0.008 % and 0.18 Pa a step; humidity is cut at its ends.
    assert driver.temperature == pytest.approx(temperature, abs=0.006)
    assert driver.humidity == pytest.approx(humidity, abs=0.05)
    assert driver.pressure == pytest.approx(pressure, abs=0.006)


@shared
@given(temperature=st.floats(-40, 85), pressure=st.floats(300, 1100))
def test_bmp280(make_bus: MakeBus, temperature: float, pressure: float) -> None:
    bus = make_bus("bmp280")
    bus.world.set("temperature", temperature)
    bus.world.set("pressure", pressure)
    driver = adafruit_bmp280.Adafruit_BMP280_I2C(bus, address=0x76)
    assert driver.temperature == pytest.approx(temperature, abs=0.006)
    assert driver.pressure == pytest.approx(pressure, abs=0.006)


@pytest.mark.parametrize("part", ["aht20", "dht20"])
@shared
@given(temperature=st.floats(-40, 85), humidity=st.floats(0, 100))
def test_aht20(make_bus: MakeBus, part: str, temperature: float, humidity: float) -> None:
    bus = make_bus(part)
    bus.world.set("temperature", temperature)
    bus.world.set("humidity", humidity)
    driver = adafruit_ahtx0.AHTx0(bus)
    assert driver.temperature == pytest.approx(temperature, abs=200 / 2**20)
    assert driver.relative_humidity == pytest.approx(humidity, abs=100 / 2**20 + 1e-4)


@shared
@given(
    acceleration=st.tuples(*[st.floats(-19.6, 19.6)] * 3),
    rotation=st.tuples(*[st.floats(-249, 249)] * 3),
    gyro_range=st.integers(0, 3),
    accel_range=st.integers(0, 3),
)
def test_mpu6050(
    make_bus: MakeBus,
    acceleration: tuple[float, float, float],
    rotation: tuple[float, float, float],
    gyro_range: int,
    accel_range: int,
) -> None:
    bus = make_bus()
    for axis, a, r in zip("xyz", acceleration, rotation, strict=True):
        bus.world.set(f"acc_{axis}", a)
        bus.world.set(f"gyro_{axis}", r)
    driver = adafruit_mpu6050.MPU6050(bus)
    driver.gyro_range = gyro_range
    driver.accelerometer_range = accel_range
    bus.sleep(0.1)
    step_m_s2 = 9.80665 / (16384 >> accel_range)
    step_deg_s = 250.0 * 2**gyro_range / 32768
    assert driver.acceleration == pytest.approx(acceleration, abs=step_m_s2)
    seen_deg_s = [math.degrees(value) for value in driver.gyro]
    assert seen_deg_s == pytest.approx(rotation, abs=step_deg_s * 1.01)
    assert driver.temperature == pytest.approx(22.0, abs=0.01)


def test_mpu6050_sleeps_until_it_is_woken(make_bus: MakeBus) -> None:
    bus = make_bus()
    buffer = bytearray(14)
    bus.writeto_then_readfrom(0x68, b"\x3b", buffer)
    assert buffer == bytes(14)
    bus.writeto(0x68, b"\x6b\x00")
    bus.sleep(0.1)
    bus.writeto_then_readfrom(0x68, b"\x3b", buffer)
    assert int.from_bytes(buffer[4:6], "big") == 16384
    bus.writeto(0x68, b"\x6b\x40")
    bus.world.set("acc_z", 0.0)
    bus.sleep(0.1)
    bus.writeto_then_readfrom(0x68, b"\x3b", buffer)
    assert int.from_bytes(buffer[4:6], "big") == 16384


@shared
@given(light=st.floats(0, 50_000))
def test_bh1750(make_bus: MakeBus, light: float) -> None:
    bus = make_bus()
    bus.world.set("light", light)
    driver = adafruit_bh1750.BH1750(bus)
    bus.sleep(0.2)
    # The driver's mode counts twice a lux, so it ends at half the range.
    assert driver.lux == pytest.approx(min(light, 65535 / 2.4), abs=0.5)


@settings(shared, max_examples=15)
@given(distance=st.floats(3, 200))
def test_vl53l0x(make_bus: MakeBus, distance: float) -> None:
    bus = make_bus()
    bus.world.set("distance", distance)
    driver = adafruit_vl53l0x.VL53L0X(bus)
    assert driver.range == pytest.approx(distance * 10, abs=0.51)
    driver.measurement_timing_budget = 200_000
    with driver.continuous_mode():
        assert driver.range == pytest.approx(distance * 10, abs=0.51)


def test_vl53l0x_sees_nothing_far_away(make_bus: MakeBus) -> None:
    bus = make_bus()
    bus.world.set("distance", 350)
    assert adafruit_vl53l0x.VL53L0X(bus).range > 8000


@pytest.mark.parametrize("count", [1, 2, 5])
def test_ds18b20_search_finds_every_code(
    make_onewire: Callable[[int], OneWirePin], count: int
) -> None:
    found = OneWireBus(make_onewire(count)).scan()
    assert len({bytes(address.rom) for address in found}) == count
    assert all(OneWireBus.crc8(address.rom[:7]) == address.crc for address in found)


@shared
@given(temperature=st.floats(-55, 125), resolution=st.integers(9, 12))
def test_ds18b20(
    make_onewire: Callable[[int], OneWirePin], temperature: float, resolution: int
) -> None:
    pin = make_onewire(2)
    pin.world.set("probe_temperature", temperature)
    bus = OneWireBus(pin)
    driver = DS18X20(bus, bus.scan()[1])
    driver.resolution = resolution
    assert driver.temperature == pytest.approx(temperature, abs=2.0 ** (8 - resolution))


def test_ds18b20_gives_85_degrees_before_it_measured(
    make_onewire: Callable[[int], OneWirePin],
) -> None:
    bus = OneWireBus(make_onewire(1))
    driver = DS18X20(bus, bus.scan()[0])
    assert driver.read_temperature() == 85.0
    driver.start_temperature_read()
    # Too early: 750 ms are needed.
    assert driver.read_temperature() == 85.0


def test_ssd1306_shows_what_was_drawn(make_bus: MakeBus) -> None:
    bus = make_bus()
    screen: Any = adafruit_ssd1306.SSD1306_I2C(128, 64, bus)
    rng = random.Random(1)
    dots = {(rng.randrange(128), rng.randrange(64)) for _ in range(300)}
    screen.fill(0)
    for x, y in dots:
        screen.pixel(x, y, 1)
    screen.show()
    shown = bus.world.outputs()["ssd1306"]
    assert shown["on"]
    lit = {(x, y) for y, row in enumerate(shown["rows"]) for x, c in enumerate(row) if c == "#"}
    assert lit == dots
    screen.invert(True)
    assert bus.world.outputs()["ssd1306"]["rows"][0].count("#") == 128 - sum(
        y == 0 for _, y in dots
    )
    screen.poweroff()
    assert not bus.world.outputs()["ssd1306"]["on"]
