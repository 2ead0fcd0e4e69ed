from __future__ import annotations

import sys
import time
import types
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from stemkit.virtual.world import World
from tests.world.boards import spec
from tests.world.bus import OneWirePin, Wire, WorldBus

# Adafruit's 1-Wire bus wants CircuitPython's own module; the pin that we give it is one already.
sys.modules.setdefault("onewireio", types.ModuleType("onewireio")).__dict__["OneWire"] = (
    lambda pin: pin
)


@pytest.fixture
def make_bus(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., WorldBus]]:
    """An I2C bus over a fresh world; while a driver sleeps, the world's time passes."""

    def make(*first: str) -> WorldBus:
        bus = WorldBus(World(spec("esp32", *first)), scl=22, sda=21)
        _keep_time(monkeypatch, bus)
        return bus

    yield make
    monkeypatch.undo()


@pytest.fixture
def make_onewire(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], OneWirePin]]:
    """A 1-Wire pin with that many DS18B20."""

    def make(count: int) -> OneWirePin:
        board = spec("esp32")
        parts = tuple(
            replace(part, facts={"count": count}) if part.model == "ds18b20" else part
            for part in board.parts
        )
        pin = OneWirePin(World(replace(board, parts=parts)), 13)
        _keep_time(monkeypatch, pin)
        return pin

    yield make
    monkeypatch.undo()


def _keep_time(monkeypatch: pytest.MonkeyPatch, wire: Wire) -> None:
    monkeypatch.setattr(time, "sleep", wire.sleep)
    monkeypatch.setattr(time, "monotonic", wire.monotonic)
    # Some drivers have taken the function itself.
    for name, module in list(sys.modules.items()):
        if name.startswith("adafruit_") and hasattr(module, "sleep"):
            monkeypatch.setattr(module, "sleep", wire.sleep)
