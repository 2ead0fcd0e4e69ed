"""The tables of pins in the lessons' texts are those of the boards, in both languages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.storage import catalogue, places

TEXTS = sorted(places.shipped("lessons").glob("*/*/lesson.md"))
# What stands in a column's heading, in capitals -> parts (ids or names) and signals of its pins.
COLUMNS = {
    "VL53L0X: SDA, SCL": (("vl53l0x", "sda"), ("vl53l0x", "scl")),
    "TRIG, ECHO": (("hcsr04", "trig"), ("hcsr04", "echo")),
    "LEFT, RIGHT": (("line_left", "out"), ("line_right", "out")),
    "IN1, IN2": (("motor_left", "in1"), ("motor_left", "in2")),
    "IN3, IN4": (("motor_right", "in1"), ("motor_right", "in2")),
    "SDA": (("bme280", "sda"),),
    "SCL": (("bme280", "scl"),),
    "TRIG": (("hcsr04", "trig"),),
    "ECHO": (("hcsr04", "echo"),),
    "SERVO": (("servo", "pwm"),),
    "DHT11": (("dht11", "data"),),
    "PHOTORESISTOR": (("ldr", "out"),),
    "QUANG TRỞ": (("ldr", "out"),),
    "SIGNAL PIN": (("", "out"),),
    "CHÂN ĐO": (("", "out"),),
}
BOARDS = {
    "ESP32": ("esp32",),
    "ESP32-S2": ("esp32-s2",),
    "ESP32-S3": ("esp32-s3",),
    "ESP32-C3": ("esp32-c3",),
    "ESP32-C6": ("esp32-c6",),
    "ESP8266": ("esp8266",),
    "Pico": ("pico", "pico-w"),
    "Pico 2": ("pico2", "pico2-w"),
    "Yolo:Bit": ("yolobit",),
    "micro:bit V2": ("microbit-v2",),
}
# What the column "signal pin" alone means.
SIGNAL = {"03-soil-moisture": "soil", "08-sound-level": "sound"}
PIN = r"(?:IO|GP|[DPA])\d+"


def told(path: Path) -> Iterator[tuple[str, str, str, str]]:
    """(board, part, signal, label) of every cell that names pins of a part of the kit."""
    heading: list[str] = []
    for line in path.read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line[:1] == "|" else []
        if not cells:
            heading = []
        elif not heading:
            heading = cells if cells[0] in ("Board", "Bo mạch") else ["-"]
        else:
            names = re.sub(r" *\(.*?\)", "", cells[0]).split(", ")
            for title, cell in zip(heading[1:], cells[1:], strict=False):
                column = next(
                    (found for word, found in COLUMNS.items() if word in title.upper()), None
                )
                labels = re.sub(r" *\(.*?\)", "", cell)
                if column is None or not re.fullmatch(f"{PIN}(, {PIN})*", labels):
                    continue
                for name in names:
                    for board in BOARDS.get(name, ()):
                        for (part, signal), label in zip(column, labels.split(", "), strict=True):
                            yield board, part or SIGNAL[path.parents[1].name], signal, label


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: "/".join(path.parts[-3:-1]))
def test_pins_are_those_of_the_boards(path: Path) -> None:
    boards = catalogue.boards()
    for board, part, signal, label in told(path):
        pins = boards[board].pins
        wanted = next(
            wired.signals[signal]
            for wired in boards[board].wiring
            if part in (wired.sensor, wired.name)
        )
        assert label == wanted or pins.labels.get(label) == wanted, (board, part, signal, label)


def test_the_tables_are_found() -> None:
    found = {path.parent.parent.name: len(list(told(path))) for path in TEXTS}
    assert found["02-temperature-humidity"] >= 30
    assert found["03-soil-moisture"] == 12
    assert (
        min(found[name] for name in found if name[:2] in ("04", "05", "06", "07", "08", "09", "10"))
        >= 11
    )
