"""The parts of the kit, and how the boards are wired to them."""

from __future__ import annotations

import pytest

from stemkit.model.board import BoardModel
from stemkit.model.chip import CHIPS
from stemkit.model.sensor import Bus, Role, SensorModel
from stemkit.storage.catalogue import boards, sensors
from stemkit.storage.places import shipped

KIT = {
    "dht11", "dht22", "dht20", "aht20", "bme280", "bmp280", "ds18b20", "hcsr04", "mpu6050",
    "bh1750", "ldr", "line", "soil", "sound", "pir", "button", "vl53l0x",
    "led", "neopixel", "servo", "motor", "buzzer", "ssd1306",
}  # fmt: skip


def test_the_whole_kit_is_there() -> None:
    assert set(sensors()) == KIT


@pytest.mark.parametrize("part", sensors().values(), ids=lambda p: p.id)
def test_a_driver_is_in_the_runtime(part: SensorModel) -> None:
    if part.driver == "neopixel":
        return  # MicroPython's own
    package, _, module = part.driver.partition(".")
    assert package == "stem"
    source = (shipped("firmware") / "runtime" / "stem" / f"{module}.py").read_text("utf-8")
    assert f"class {part.driver_class}" in source


@pytest.mark.parametrize("part", sensors().values(), ids=lambda p: p.id)
def test_a_quantity_is_the_same_thing_everywhere(part: SensorModel) -> None:
    for quantity in part.quantities:
        for other in sensors().values():
            for same in other.quantities:
                if same.id == quantity.id:
                    assert same.name == quantity.name
                    # Light is measured in lux or, by a bare photoresistor, as a share.
                    assert same.unit == quantity.unit or quantity.id == "light"


@pytest.mark.parametrize("board", boards().values(), ids=lambda b: b.id)
def test_parts_are_wired_to_pins_that_can_do_it(board: BoardModel) -> None:
    chip = CHIPS[board.chip]
    for wired in board.wiring:
        part = sensors()[wired.sensor]
        assert set(wired.signals) == set(part.signals), wired.sensor
        for signal, pin in wired.signals.items():
            needs = part.signals[signal]
            if isinstance(pin, str):
                assert board.pins.named[pin] == needs
                continue
            if not wired.onboard:
                assert pin in board.pins.labels.values(), (wired.sensor, pin)
            if needs == "adc":
                assert pin in board.pins.adc or wired.onboard, (wired.sensor, pin)
                assert pin in chip.adc_gpios, (wired.sensor, pin)
            if needs in ("out", "pwm", "in-out"):
                assert pin not in chip.input_only, (wired.sensor, pin)
        assert set(wired.facts) <= set(part.options), wired.name


@pytest.mark.parametrize("board", boards().values(), ids=lambda b: b.id)
def test_parts_plugged_in_stay_off_boot_pins_where_there_are_others(board: BoardModel) -> None:
    for wired in board.wiring:
        if wired.onboard or board.id == "esp8266":
            continue
        assert not set(wired.signals.values()) & set(board.pins.strapping), wired.sensor


@pytest.mark.parametrize("board", boards().values(), ids=lambda b: b.id)
def test_a_pin_has_one_part_soldered_to_it(board: BoardModel) -> None:
    pins = [
        pin
        for wired in board.wiring
        if wired.onboard and sensors()[wired.sensor].bus is not Bus.I2C
        for pin in wired.signals.values()
    ]
    assert len(pins) == len(set(pins))


@pytest.mark.parametrize("board", boards().values(), ids=lambda b: b.id)
def test_a_name_is_one_part(board: BoardModel) -> None:
    names = [wired.name for wired in board.wiring]
    assert len(names) == len(set(names))


def test_actuators_measure_nothing() -> None:
    for part in sensors().values():
        assert bool(part.quantities) == (part.role is Role.SENSOR), part.id
