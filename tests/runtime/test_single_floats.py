"""Bosch's formulas hold in the 32-bit floats that boards have.

The driver's own source runs on CPython with every number rounded to single precision.
"""

from __future__ import annotations

import random
import struct
from types import SimpleNamespace
from typing import Any

import pytest
from on_board import RUNTIME


class Single(float):
    """A float that is rounded to 32 bits after every operation."""

    def __new__(cls, value: float) -> Single:
        return super().__new__(cls, struct.unpack("f", struct.pack("f", value))[0])


def _rounding(name: str) -> Any:
    def operate(self: float, other: float) -> Any:
        result = getattr(float, name)(self, float(Single(other)))
        return result if result is NotImplemented else Single(result)

    return operate


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv"):
    setattr(Single, f"__{_name}__", _rounding(f"__{_name}__"))


class Chip:
    """A BME280's registers."""

    def __init__(self, memory: bytes) -> None:
        self.memory = memory

    def readfrom_mem(self, address: int, register: int, size: int) -> bytes:
        return self.memory[register : register + size]

    def writeto_mem(self, address: int, register: int, data: bytes) -> None:
        pass


def driver(memory: bytes, kind: type[float]) -> Any:
    source = (RUNTIME / "stem" / "bme280.py").read_text("utf-8")
    source = source.replace("from time import sleep_ms\n", "")
    names: dict[str, Any] = {"sleep_ms": lambda ms: None, "__name__": "bme280"}
    exec(compile(source, "bme280.py", "exec"), names)
    found = names["BME280"](Chip(memory))
    found.t, found.p, found.h = (tuple(map(kind, words)) for words in (found.t, found.p, found.h))
    return SimpleNamespace(read=found.read, put=lambda m: setattr(found.i2c, "memory", m))


def test_single_precision_is_enough() -> None:
    rng = random.Random(280)
    memory = bytearray(256)
    memory[0xD0] = 0x60
    words = (27504, 26435, -1000, 36477, -10685, 3024, 2855, 140, -7, 15500, -14600, 6000)
    memory[0x88:0xA0] = struct.pack("<HhhHhhhhhhhh", *words)
    memory[0xA1] = 75
    memory[0xE1:0xE8] = struct.pack("<hBbBbb", 362, 0, 19, 0x2B, 3, 30)
    exact, single = driver(bytes(memory), float), driver(bytes(memory), Single)
    for _ in range(2000):
        pressure, temperature = rng.randint(250_000, 550_000), rng.randint(400_000, 620_000)
        memory[0xF7:0xFA] = (pressure << 4).to_bytes(3, "big")
        memory[0xFA:0xFD] = (temperature << 4).to_bytes(3, "big")
        memory[0xFD:0xFF] = rng.randint(20_000, 45_000).to_bytes(2, "big")
        exact.put(bytes(memory))
        single.put(bytes(memory))
        want, got = exact.read(), single.read()
        assert got["temp"] == pytest.approx(want["temp"], abs=0.001)
        assert got["pressure"] == pytest.approx(want["pressure"], abs=0.005)
        assert got["hum"] == pytest.approx(want["hum"], abs=0.001)
