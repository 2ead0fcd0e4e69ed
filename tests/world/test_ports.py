"""Names and errors are those of the port: what works here works there, and the other way round."""

from __future__ import annotations

import pytest

from tests.world.board_process import run_program
from tests.world.test_programs import world_of

ERRORS = [
    ("esp32", "Pin(99)", "ValueError: invalid pin"),
    ("esp32", "Pin(6)", "ValueError: invalid pin"),
    ("esp32", "Pin(34, Pin.OUT)", "ValueError: pin can only be input"),
    ("esp32", "ADC(Pin(5))", "ValueError: invalid pin"),
    ("esp32", "I2C(0, scl=Pin(22), sda=Pin(21)).readfrom(0x50, 1)", "OSError: [Errno 19] ENODEV"),
    ("esp32", "SoftI2C(scl=Pin(22), sda=Pin(21)).writeto(9, b'')", "OSError: [Errno 19] ENODEV"),
    ("esp32", "I2C(4)", "ValueError: I2C(4) doesn't exist"),
    ("esp32", "PWM(Pin(2), freq=0)", "ValueError: frequency must be"),
    ("esp32", "dht.DHT22(Pin(5)).measure()", "OSError: [Errno 110] ETIMEDOUT"),
    ("esp32", "import microbit", "ImportError"),
    ("esp32", "import rp2", "ImportError"),
    ("esp8266", "ADC(1)", "ValueError: invalid ADC"),
    ("esp8266", "machine.TouchPad", "AttributeError"),
    ("pico", "Pin('X9')", 'ValueError: unknown named pin "X9"'),
    ("pico", "Pin(30)", "ValueError: invalid pin"),
    ("pico", "ADC(Pin(3))", "ValueError: Pin doesn't have ADC capabilities"),
    ("pico", "I2C(0, sda=Pin(4), scl=Pin(5)).readfrom(0x50, 1)", "OSError: [Errno 5] EIO"),
    ("pico", "I2C(0, sda=Pin(5), scl=Pin(4))", "ValueError: bad SCL pin"),
    ("pico", "Timer(0)", "ValueError: Timer doesn't exist"),
    ("pico", "import network", "ImportError"),
    ("pico", "import esp32", "ImportError"),
    ("microbit-v2", "import machine; machine.ADC", "AttributeError"),
    ("microbit-v2", "import network", "ImportError"),
]


@pytest.mark.parametrize(("model", "line", "error"), ERRORS)
def test_error(model: str, line: str, error: str) -> None:
    names = "Pin" if model.startswith("microbit") else "Pin, ADC, PWM, I2C, SoftI2C, Timer"
    program = f"import dht, machine\nfrom machine import {names}\n" if "bit" not in model else ""
    ran = run_program(world_of("", 0, model), f"{program}{line}\n")
    assert ran.output.strip().splitlines()[-1].startswith(error), ran.output


SAME = "from machine import Pin\nprint(Pin(2) is Pin(2), Pin(Pin(2)) is Pin(2), Pin.board.%s)\n"


@pytest.mark.parametrize(
    ("model", "name", "shown"),
    [
        ("esp32", "IO4", "Pin(4)"),
        ("esp8266", "D4", "Pin(2)"),
        ("pico-w", "LED", "Pin(LED, mode=IN)"),
    ],
)
def test_a_pin_is_one_object(model: str, name: str, shown: str) -> None:
    assert run_program(world_of("", 0, model), SAME % name).output.strip() == f"True True {shown}"


CONSTANTS = {
    "esp32": "1 3 2 1 2",
    "esp8266": "0 1 1 1 2",
    "pico": "0 1 1 8 4",
}


@pytest.mark.parametrize(("model", "numbers"), CONSTANTS.items())
def test_constants(model: str, numbers: str) -> None:
    program = (
        "from machine import Pin\n"
        "print(Pin.IN, Pin.OUT, Pin.PULL_UP, Pin.IRQ_RISING, Pin.IRQ_FALLING)\n"
    )
    assert run_program(world_of("", 0, model), program).output.strip() == numbers


def test_a_radio_that_hears_nobody() -> None:
    program = """
import network
w = network.WLAN(network.STA_IF)
w.active(True)
w.connect("Truong hoc", "matkhau")
print(w.active(), w.isconnected(), w.scan(), w.status() == network.STAT_NO_AP_FOUND)
"""
    assert run_program(world_of("", 0), program).output.strip() == "True False [] True"


def test_the_modules_leave_a_program_its_memory() -> None:
    program = """
import gc
gc.collect()
before = gc.mem_alloc()
from machine import Pin, ADC, PWM, I2C, Timer
Timer(0).init(period=1000, callback=print)
import dht, onewire, ds18x20, neopixel
gc.collect()
print(gc.mem_alloc() - before)
"""
    assert int(run_program(world_of("", 0), program).output) < 90_000
