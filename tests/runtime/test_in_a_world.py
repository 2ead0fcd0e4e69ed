"""Every driver reads or drives its part through the part's registers, on every kind of board."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterable

import pytest
from on_board import RUNTIME

from stemkit.formats.board_profile import board_profile
from stemkit.model.sensor import Role
from stemkit.storage.catalogue import boards, sensors
from stemkit.virtual.world import World, board_spec
from tests.world.board_process import run_program

# The micro:bit has a runtime of its own.
BOARDS = [board for board in boards() if not board.startswith("microbit")]
# On these every part is tried, on the others one of each kind of pin.
EVERY_PART = {"esp32", "esp8266", "pico", "yolobit"}
ONE_OF_A_KIND = {"bme280", "dht22", "ds18b20", "hcsr04", "ldr", "pir", "servo", "neopixel"}


def places(parts: Iterable[str]) -> list[tuple[str, str]]:
    """Board and part, where the board has a place for the part."""
    return [
        (board, part)
        for board in BOARDS
        for part in parts
        if boards()[board].wired(part) is not None
        and (board in EVERY_PART or part in ONE_OF_A_KIND)
    ]


TRUTH = {
    "temperature": 23.4, "probe_temperature": 31.5, "humidity": 61.0, "pressure": 985.5,
    "light": 420.0, "distance": 83.0, "acc_x": 1.5, "acc_y": -2.5, "acc_z": 9.0,
    "gyro_x": -12.0, "gyro_y": 30.0, "gyro_z": 90.0, "motion": 1.0, "button": 1.0, "button_a": 1.0,
    "line_left": 1.0,
}  # fmt: skip

# Sensor: what it must measure (None: a share that only its own part knows), and how closely.
EXPECTED: dict[str, dict[str, tuple[float | None, float]]] = {
    "bme280": {"temp": (23.4, 0.03), "hum": (61, 0.1), "pressure": (985.5, 0.05)},
    "bmp280": {"temp": (23.4, 0.03), "pressure": (985.5, 0.05)},
    "aht20": {"temp": (23.4, 0.01), "hum": (61, 0.01)},
    "dht20": {"temp": (23.4, 0.01), "hum": (61, 0.01)},
    "dht11": {"temp": (23.4, 0.6), "hum": (61, 0.6)},
    "dht22": {"temp": (23.4, 0.06), "hum": (61, 0.06)},
    "ds18b20": {"temp": (31.5, 0.07)},
    "hcsr04": {"distance": (83, 0.5)},
    "vl53l0x": {"distance": (83, 0.2)},
    "bh1750": {"light": (420, 1)},
    "mpu6050": {
        "acc_x": (1.5, 0.01), "acc_y": (-2.5, 0.01), "acc_z": (9, 0.01),
        "gyro_x": (-12, 0.1), "gyro_y": (30, 0.1), "gyro_z": (90, 0.1),
    },
    "line": {"line": (1, 0)},
    "pir": {"motion": (1, 0)},
    "button": {"button": (1, 0)},
    "ldr": {"light": (None, 0)},
    "soil": {"soil": (None, 0)},
    "sound": {"sound": (None, 0)},
}  # fmt: skip


def in_world(model: str, part: str, program: str, **truth: float) -> tuple[World, str]:
    """Run `program` on a board of `model` where `part` is plugged in ("": the whole kit)."""
    board = boards()[model]
    plugged_in = frozenset({part}) if part else None
    profile = json.loads(board_profile(board, sensors(), number=7, language="en", parts=plugged_in))
    world = World(board_spec(board, bytes.fromhex("0a1b2c3d4e5f"), (part,)))
    for quantity, value in {**TRUTH, **truth}.items():
        world.set(quantity, value)
    prelude = (
        f"import sys; sys.path.insert(0, {str(RUNTIME)!r})\n"
        f"from stem import kit\nkit.profile.update({profile!r})\n"
        "kit.sensors.texts = kit.profile['parts']\n"
        "from stem import parts, sensors\n"
    )
    return world, run_program(world, program, prelude=prelude).output


def measured(model: str, part: str, **truth: float) -> dict[str, float]:
    """What the sensor `part` says of itself, by quantity."""
    program = (
        "import json\n"
        f"got = sensors.{part}.read()\n"
        "print(json.dumps(got))\n"
        "if isinstance(got, dict):\n"
        "    for name in got: print(name, getattr(sensors, name).read() == got[name])\n"
    )
    _, output = in_world(model, part, program, **truth)
    first, *rest = output.splitlines()
    got = json.loads(first)
    # By what it measures one gets the same, from the same measurement.
    assert all(row.endswith("True") for row in rest), output
    return got if isinstance(got, dict) else {next(iter(EXPECTED[part])): got}


@pytest.mark.parametrize(("model", "part"), places(EXPECTED))
def test_a_sensor_measures_what_is_there(model: str, part: str) -> None:
    got = measured(model, part)
    assert set(got) == set(EXPECTED[part])
    for quantity, (value, tolerance) in EXPECTED[part].items():
        if value is None:
            assert 0 <= got[quantity] <= 100
        else:
            assert got[quantity] == pytest.approx(value, abs=tolerance), quantity


@pytest.mark.parametrize("model", ["esp32", "esp8266", "pico", "yolobit"])
@pytest.mark.parametrize(
    ("part", "quantity", "low", "high"),
    [("ldr", "light", 2.0, 900.0), ("soil", "soil", 5.0, 95.0), ("sound", "sound", 2.0, 95.0)],
)
def test_a_share_follows_its_quantity(
    model: str, part: str, quantity: str, low: float, high: float
) -> None:
    few, many = (measured(model, part, **{quantity: value})[quantity] for value in (low, high))
    assert abs(many - few) > 20


def test_ds18b20_measures_while_the_program_goes_on() -> None:
    program = (
        "import json, time\n"
        "seen = []\n"
        "for i in range(30):\n"
        "    at = time.ticks_ms()\n"
        "    temp = sensors.temp.read()\n"
        "    took = time.ticks_diff(time.ticks_ms(), at)\n"
        "    seen.append((temp, took))\n"
        "    time.sleep_ms(100 - took if took < 100 else 0)\n"
        "print(json.dumps(seen))\n"
    )
    _, output = in_world("esp32", "ds18b20", program)
    seen = json.loads(output)
    # The first value has to be waited for; after it, ten in a second: none stops the program.
    assert seen[0][1] >= 700
    # A busy computer may hold up one or the other; none waits for the sensor.
    later = [took for _, took in seen[1:]]
    assert statistics.median(later) < 60
    assert max(later) < 700
    assert all(temp == pytest.approx(31.5, abs=0.07) for temp, _ in seen)


def test_ds18b20_asked_seldom_tells_what_is_now() -> None:
    program = (
        "import time\n"
        "print(sensors.temp.read())\n"
        "time.sleep_ms(5000)\n"
        "at = time.ticks_ms()\n"
        "print(sensors.temp.read())\n"
        "print(time.ticks_diff(time.ticks_ms(), at) >= 740)\n"
    )
    _, output = in_world("esp32", "ds18b20", program)
    assert output.split()[-1] == "True"


def test_frost_and_negative_turns() -> None:
    frost = {"temperature": -12.3, "probe_temperature": -12.3}
    for part in ("bme280", "aht20", "dht22", "ds18b20"):
        assert measured("esp32", part, **frost)["temp"] == pytest.approx(-12.3, abs=0.1)


def test_too_far_is_no_value_and_no_fault() -> None:
    for part in ("hcsr04", "vl53l0x"):
        assert measured("esp32", part, distance=900.0) == {"distance": None}


ACTS = {
    "led": ("parts.led.on()", {"on": True}),
    "servo": ("parts.servo.angle(45)", {"angle_deg": 45.0}),
    "motor": ("parts.motor.speed(-50)", {"speed": -0.5}),
    "buzzer": ("parts.buzzer.tone(440)", {"frequency_hz": 440}),
    "neopixel": ("parts.neopixel[0] = (9, 8, 7); parts.neopixel.write()", {}),
    "ssd1306": ("parts.ssd1306.fill_rect(0, 0, 3, 2, 1); parts.ssd1306.show()", {}),
}


@pytest.mark.parametrize(("model", "part"), places(ACTS))
def test_a_part_acts(model: str, part: str) -> None:
    program, expected = ACTS[part]
    world, output = in_world(model, part, program + "; print('done')")
    assert output == "done\n", output
    shown = world.outputs()[part]
    for key, value in expected.items():
        assert shown[key] == (pytest.approx(value, abs=0.3) if key == "angle_deg" else value)
    if part == "neopixel":
        assert "9" in str(shown), shown
    if part == "ssd1306":
        assert "#" in str(shown) or "1" in str(shown), shown


def test_the_kits_parts_are_all_tried() -> None:
    for part in sensors().values():
        assert part.id in (EXPECTED if part.role is Role.SENSOR else ACTS)


def test_the_program_of_the_readme_in_both_languages() -> None:
    readme = (RUNTIME / "README.md").read_text("utf-8")
    programs = re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
    assert len(programs) == 2
    for program in programs:
        short = program.replace("every(1.0)", "every(0.05)") + "    if t > 0.1: break\n"
        _, output = in_world("esp32", "dht22", short)
        lines = output.splitlines()
        assert len(lines) >= 1
        assert all(re.fullmatch(r"hum:61[.\d]*,temp:23\.4[.\d]*", line) for line in lines), output


def test_what_the_readme_offers_is_there() -> None:
    readme = (RUNTIME / "README.md").read_text("utf-8")
    offered = sorted(
        set(re.findall(r"`(parts\.[^`]+|sensors\.[^`]+|channel\([^`]+|fan = [^`]+)`", readme))
    )
    assert len(offered) > 8
    program = "from stem import channel, control\n" + "".join(
        f"{line}\n" for line in offered if "=" not in line or line.startswith("fan")
    )
    _, output = in_world("esp32", "", program + "print('done')")
    assert output == "done\n", output


def test_units_are_known_before_anything_is_measured() -> None:
    program = "print(sensors.hum.unit, sensors.temp.unit, sensors.pressure.unit)"
    _, output = in_world("esp32", "", program)
    assert output == "% °C hPa\n"


def test_a_servo_and_a_motor_rest_until_they_are_told() -> None:
    world, _ = in_world("esp32", "", "parts.servo; parts.motor; parts.buzzer")
    shown = world.outputs()
    assert shown["servo"]["pulse_us"] == 0
    assert shown["motor"]["speed"] == 0
    assert shown["buzzer"]["frequency_hz"] == 0
