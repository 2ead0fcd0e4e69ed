"""What a board is told of itself."""

from __future__ import annotations

import json

import pytest

from stemkit.formats.board_profile import board_profile
from stemkit.storage.catalogue import boards, sensors


def profile(model: str, *parts: str, **more: object) -> dict[str, object]:
    wanted = frozenset(parts) if parts else None
    data = board_profile(
        boards()[model],
        sensors(),
        number=7,
        language="vi",
        parts=wanted,
        **more,  # type: ignore[arg-type]
    )
    found = json.loads(data)
    assert isinstance(found, dict)
    return found


def test_a_part_is_a_line_with_its_driver_pins_and_quantities() -> None:
    found = profile("esp32", "dht22", "soil")
    assert found["number"] == 7
    assert found["board"] == "esp32"
    assert "dht22 stem.dht.DHT pin data=4 : temp;°C;-40;80 hum;%;0;100" in found["parts"]
    assert "soil stem.analog.Level adc out=35 +0 +65535 : soil;%;0;100" in found["parts"]


def test_what_is_soldered_on_is_always_there_and_the_rest_only_if_plugged_in() -> None:
    lines = profile("esp32", "dht22")["parts"]
    assert isinstance(lines, list)
    assert {line.split()[0] for line in lines} == {"led", "boot", "button", "dht22"}


def test_two_of_a_kind_have_names_and_the_first_is_the_kinds() -> None:
    lines = profile("yolobit")["parts"]
    assert isinstance(lines, list)
    buttons = [line for line in lines if "digital.Button" in line]
    assert buttons == [
        "button_a stem.digital.Button pin out=35 +1 : button_a;;0;1",
        "button stem.digital.Button pin out=35 +1 : button;;0;1",
        "button_b stem.digital.Button pin out=14 +1 : button_b;;0;1",
    ]


def test_parts_on_i2c_come_first_with_the_clock_before_the_data() -> None:
    lines = profile("pico", "ds18b20", "bme280")["parts"]
    assert isinstance(lines, list)
    assert lines[0].startswith("bme280 stem.bme280.BME280 i2c scl=5 sda=4 : temp;°C;-40;85 ")


@pytest.mark.parametrize("model", boards())
def test_a_profile_is_small_and_says_which_lesson_runs(model: str) -> None:
    found = profile(model, lesson=("03-soil", "1.2.0"))
    assert found["lesson"] == {"name": "03-soil", "version": "1.2.0"}
    assert len(json.dumps(found, ensure_ascii=False).encode()) < (
        300 if model.startswith("microbit") else 2400
    )
