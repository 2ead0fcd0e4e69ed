"""Programs on a board feel what the scenario says, through `machine` and all the way down."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest

from stemkit.formats.scenario import parse_scenario
from stemkit.storage.places import shipped
from stemkit.virtual.world import World
from tests.world.board_process import Ran, run_program
from tests.world.boards import spec
from tests.world.programs import BME280, HCSR04_BY_LOOKING, MPU6050

HEAD = "import json, struct, time\nfrom machine import Pin, ADC, PWM, I2C, SoftI2C, time_pulse_us\n"


def run(world: World, program: str, head: str = HEAD) -> Any:
    """What the program says with `print(json.dumps(...))` in its last line."""
    return json.loads(said(run_program(world, head + program)))


def said(ran: Ran) -> str:
    assert "Traceback" not in ran.output, ran.output
    return ran.output.strip().splitlines()[-1]


def world_of(text: str, speed: float = 0, model: str = "esp32", *first: str) -> World:
    scenario = parse_scenario(f'title = {{ vi = "T", en = "T" }}\n{text}'.encode(), "t.toml")
    return World(spec(model, *first), scenario, speed=speed)


RISING = (
    "[[change]]\nquantity = 'temperature'\nkind = 'ramp'\npoints = [[0, 10], [100, 60]]\n"
    "[[change]]\nquantity = 'humidity'\nkind = 'ramp'\npoints = [[0, 30], [100, 80]]\n"
    "[[change]]\nquantity = 'pressure'\nkind = 'ramp'\npoints = [[0, 900], [100, 1000]]\n"
)


def test_bme280_follows_the_scenario() -> None:
    rows = run(
        world_of(RISING),
        BME280
        + """
s = BME280(I2C(0, scl=Pin(22), sda=Pin(21)))
rows = []
for n in range(10):
    time.sleep(10)
    rows.append((time.ticks_ms() / 1000, s.read()))
print(json.dumps(rows))
""",
    )
    for t, (temperature, humidity, pressure) in rows:
        assert temperature == pytest.approx(min(60, 10 + t / 2), abs=0.03)
        assert humidity == pytest.approx(min(80, 30 + t / 2), abs=0.2)
        assert pressure == pytest.approx(min(1000, 900 + t), abs=0.05)


def test_dht22_and_dht11_measure_as_often_as_they_can() -> None:
    program = """
import dht
d = dht.%s(Pin(4))
rows = []
for n in range(6):
    d.measure()
    rows.append((d.temperature(), d.humidity()))
    time.sleep(1)
time.sleep(200)
d.measure()
print(json.dumps([rows, d.temperature(), d.humidity()]))
"""
    rows, temperature, humidity = run(world_of(RISING), program % "DHT22")
    # A DHT22 needs two seconds: every second answer is the one before.
    assert rows[0] == rows[1] != rows[2]
    assert (temperature, humidity) == pytest.approx((60.0, 80.0))
    _, temperature, humidity = run(world_of(RISING, 0, "esp32", "dht11"), program % "DHT11")
    assert (temperature, humidity) == (50, 80)


def test_dht22_below_zero() -> None:
    program = "import dht\nd = dht.DHT22(Pin(4)); d.measure(); print(json.dumps(d.temperature()))"
    assert run(world_of("[start]\ntemperature = -7.3\n"), program) == pytest.approx(-7.3)


def test_ds18b20() -> None:
    found, early, late = run(
        world_of("[start]\nprobe_temperature = 81.4\n"),
        """
import onewire, ds18x20
ds = ds18x20.DS18X20(onewire.OneWire(Pin(13)))
roms = ds.scan()
ds.convert_temp()
time.sleep_ms(100)
early = ds.read_temp(roms[0])
ds.convert_temp()
time.sleep_ms(750)
print(json.dumps([len(roms), early, ds.read_temp(roms[0])]))
""",
    )
    assert (found, early) == (1, 85.0)
    assert late == pytest.approx(81.4, abs=0.04)


@pytest.mark.parametrize("speed", [0, 1])
def test_hcsr04_by_pulse_and_by_looking(speed: float) -> None:
    pulse_us, looked_cm = run(
        world_of("[start]\ndistance = 73.5\n", speed),
        HCSR04_BY_LOOKING
        + """
trig, echo = Pin(26, Pin.OUT), Pin(25, Pin.IN)
trig.off()
time.sleep_us(5)
trig.on()
time.sleep_us(10)
trig.off()
pulse = time_pulse_us(echo, 1, 30000)
time.sleep_ms(60)
print(json.dumps([pulse, distance_cm(trig, echo)]))
""",
    )
    # At 22 degrees sound makes 344.4 m/s; a busy computer must not spoil what is looked at.
    assert pulse_us == pytest.approx(2 * 0.735 / 344.39 * 1e6, abs=2)
    assert looked_cm == pytest.approx(73.5, abs=0.3)


def test_hcsr04_on_a_computer_that_was_away_between_two_steps() -> None:
    (pulse_us,) = run(
        world_of("[start]\ndistance = 50\ntemperature = 22\n", 1),
        """
trig, echo = Pin(26, Pin.OUT), Pin(25, Pin.IN)
trig.on()
time.sleep_us(10)
trig.off()
for _ in range(5_000_000):  # a computer that is away for long: the board goes on at once
    pass
print(json.dumps([time_pulse_us(echo, 1, 30000)]))
""",
    )
    assert pulse_us == pytest.approx(2 * 0.5 / 344.39 * 1e6, abs=2)


def test_hcsr04_without_an_echo_and_without_a_trigger() -> None:
    far, none = run(
        world_of("[start]\ndistance = 600\n"),
        """
trig, echo = Pin(26, Pin.OUT), Pin(25, Pin.IN)
trig.on()
time.sleep_us(12)
trig.off()
far = time_pulse_us(echo, 1, 60000)
print(json.dumps([far, time_pulse_us(echo, 1, 1000)]))
""",
    )
    assert (far, none) == (38000, -2)


def test_mpu6050_on_a_pendulum() -> None:
    text = (shipped("examples") / "scenarios" / "pendulum.toml").read_text("utf-8")
    world = World(spec(), parse_scenario(text.encode(), "pendulum.toml"), speed=0)
    rows = run(
        world,
        MPU6050
        + """
i2c = SoftI2C(scl=Pin(22), sda=Pin(21))
rows = []
for n in range(400):
    acc, gyro = motion(i2c)
    rows.append((time.ticks_us() / 1e6, acc[2], gyro[0]))
print(json.dumps(rows))
""",
    )
    swinging = [(t, gyro) for t, _, gyro in rows if t > 2.2]
    crossings = [
        t0 + (t1 - t0) * g0 / (g0 - g1)
        for (t0, g0), (t1, g1) in pairwise(swinging)
        if g0 < 0 <= g1 and g1 - g0 > 1
    ]
    periods = [b - a for a, b in pairwise(crossings)]
    assert len(periods) >= 3
    assert sum(periods) / len(periods) == pytest.approx(1.566, abs=0.02)
    assert max(acc for _, acc, _ in rows) > 9.9


def test_light_soil_and_sound_on_adc() -> None:
    world = world_of(
        "[start]\nlight = 800\nsoil = 25\nsound = 0\n"
        "[[event]]\nquantity = 'light'\nat_s = 50\nlasts_s = 100\nvalue = 3\n"
        "[[event]]\nquantity = 'sound'\nat_s = 50\nlasts_s = 100\nvalue = 60\n"
    )
    program = """
light, soil, sound = ADC(Pin(34)), ADC(35), ADC(Pin(36), atten=ADC.ATTN_11DB)
def swing():
    seen = [sound.read() for n in range(300)]
    return max(seen) - min(seen)
before = [light.read(), light.read_u16(), light.read_uv(), soil.read(), swing()]
time.sleep(60)
print(json.dumps([before, light.read(), swing()]))
"""
    (bright, u16, uv, moist, quiet), dark, loud = run(world, program)
    assert bright > 3800
    assert u16 == bright << 4 | bright >> 8
    assert uv == pytest.approx(bright / 4095 * 3.3e6, abs=1000)
    assert dark < bright / 2
    # 25 % between 2.3 V in air and 1.1 V in water.
    assert moist / 4095 * 3.3 == pytest.approx(2.0, abs=0.01)
    assert quiet <= 1 < 1500 < loud


def test_esp8266_has_one_input_of_ten_bits() -> None:
    program = "print(json.dumps([ADC(0).read(), hasattr(ADC, 'atten'), hasattr(ADC, 'read_uv')]))"
    value, *has = run(world_of("[start]\nlight = 800\n", 0, "esp8266"), program)
    assert 950 < value <= 1023
    assert has == [False, False]


def test_what_a_program_drives_can_be_looked_at() -> None:
    world = world_of("")
    run(
        world,
        """
import neopixel
Pin(2, Pin.OUT, value=1)
np = neopixel.NeoPixel(Pin(14), 8)
np.fill((0, 0, 9))
np[0] = (255, 16, 1)
np.write()
servo = PWM(Pin(18), freq=50)
servo.duty_ns(2_000_000)
left, right = PWM(Pin(19), freq=1000, duty_u16=0), PWM(Pin(23), freq=1000)
right.duty(512)
buzzer = PWM(Pin(32), freq=440, duty=512)
print(json.dumps([np[0], servo.duty_ns()]))
""",
    )
    shown = world.outputs()
    assert shown["led"] == {"on": True, "brightness": 1.0}
    assert shown["neopixel"]["pixels"] == ["#ff1001", *["#000009"] * 7]
    assert shown["servo"]["angle_deg"] == pytest.approx(135, abs=0.1)
    assert shown["motor"]["speed"] == pytest.approx(-0.5, abs=0.01)
    assert shown["buzzer"] == {"on": True, "frequency_hz": 440}
    world.restart("hard")
    shown = world.outputs()
    assert not shown["led"]["on"]
    assert not shown["buzzer"]["on"]
    assert shown["servo"]["angle_deg"] == pytest.approx(135, abs=0.1)


def test_a_press_is_felt_with_the_pins_own_pull() -> None:
    world = world_of("[[event]]\nquantity = 'button'\nat_s = 2\nlasts_s = 1\n")
    levels = run(
        world,
        """
b = Pin(33, Pin.IN, Pin.PULL_UP)
boot = Pin(0, Pin.IN)
seen = []
for n in range(4):
    seen.append((b.value(), boot.value()))
    time.sleep(1)
print(json.dumps(seen))
""",
    )
    assert levels[0] == [1, 1]
    assert [0, 0] in levels
    assert levels[-1] == [1, 1]


def test_a_motion_sensor_holds_its_signal() -> None:
    world = world_of("[[event]]\nquantity = 'motion'\nat_s = 5.2\nlasts_s = 0.1\n")
    seen = run(
        world,
        """
pir = Pin(27, Pin.IN)
seen = []
for n in range(12):
    seen.append(pir.value())
    time.sleep(1)
print(json.dumps(seen))
""",
    )
    # Nobody looked while it moved; the signal stays for three seconds.
    assert seen == [0] * 6 + [1] * 3 + [0] * 3


def test_micro_bit_module() -> None:
    world = world_of("[start]\ntemperature = 24.6\nacc_x = 4.903325\n", 0, "microbit-v2")
    values = run(
        world,
        """
from microbit import *
display.show(Image.HEART)
i2c.write(0x76, b"\\xd0", repeat=True)
print(json.dumps([
    accelerometer.get_values(), temperature(), button_a.is_pressed(), list(i2c.read(0x76, 1)),
    accelerometer.current_gesture(), repr(Image("90009:" * 5)),
]))
""",
        head="import json\n",
    )
    assert values[:5] == [[-500, 0, -1000], 24, False, [0x60], "face up"]
    assert values[5] == "Image('90009:90009:90009:90009:90009:')"
    assert world.outputs()["display"]["rows"] == ["09090", "99999", "99999", "09990", "00900"]
