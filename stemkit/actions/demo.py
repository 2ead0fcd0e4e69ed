"""The demonstration: virtual boards start, one measures, what it measures changes, all end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

from stemkit.actions.sim import Wanted, change, start_boards
from stemkit.devices.session import Session
from stemkit.links import open_link
from stemkit.virtual import RunningBoard

MODELS: Final = ("esp32", "pico", "microbit-v2")
WARM_C: Final = 31.5

_PROGRAM: Final = """
import os, time, dht, machine
time.sleep(2)  # the sensor measures anew every two seconds at most
sensor = dht.DHT22(machine.Pin(4))
sensor.measure()
print(os.uname().version)
print(sensor.temperature(), sensor.humidity())
"""


@dataclass(frozen=True, slots=True)
class Started:
    """Virtual boards are at their prompts."""

    boards: tuple[RunningBoard, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """A program on a board read its DHT22 sensor."""

    board: str
    firmware: str
    temperature_c: float
    humidity_percent: float


@dataclass(frozen=True, slots=True)
class Warmed:
    """The air around a board was made warm."""

    board: str
    temperature_c: float


@dataclass(frozen=True, slots=True)
class Ended:
    """Nothing is left running."""

    boards: int


Step = Started | Measured | Warmed | Ended


def demonstrate() -> Iterator[Step]:
    """Do it, telling each step when it is done; the boards end even when nobody listens on."""
    with closing(start_boards(*(Wanted(model=model) for model in MODELS))) as started:
        boards = started.boards
        yield Started(tuple(boards))
        yield _measured(boards[0])
        change(boards[0].name, [f"temperature={WARM_C}"])
        yield Warmed(boards[0].name, WARM_C)
        yield _measured(boards[0])
    yield Ended(len(boards))


def _measured(board: RunningBoard) -> Measured:
    link = open_link(board.port, board.baud)
    try:
        with Session(link) as session:
            version, values = session.exec(_PROGRAM).decode().splitlines()
    finally:
        link.close()
    temperature, humidity = (float(word) for word in values.split())
    return Measured(board.name, version, temperature, humidity)
