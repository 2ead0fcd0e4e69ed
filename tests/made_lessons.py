"""A lesson's manifest for tests."""

from __future__ import annotations

EVERY_BOARD = (
    "esp32",
    "esp32-c3",
    "esp32-c6",
    "esp32-s2",
    "esp32-s3",
    "esp8266",
    "microbit-v1",
    "microbit-v2",
    "pico",
    "pico-w",
    "pico2",
    "pico2-w",
    "yolobit",
)


def manifest(name: str, version: str = "1.2.0", boards: tuple[str, ...] = EVERY_BOARD) -> str:
    """The text of a `lesson.toml` without mistakes, with one channel `temp`."""
    listed = ", ".join(f'"{board}"' for board in boards)
    return f"""\
id = "{name}"
version = "{version}"
title = {{ vi = "Bài thử", en = "A try" }}
summary = {{ vi = "Chỉ để thử.", en = "Only to try." }}
level = "lower-secondary"
age = {{ low = 11, high = 14 }}
minutes = 45
skills = ["measure"]
licence = "CC-BY-SA-4.0"
authors = ["A trainer"]

[needs]
boards = [{listed}]

[firmware]
name = "MicroPython"
min_version = "1.20"

[[channel]]
label = "temp"
unit = "°C"
name = {{ vi = "Nhiệt độ", en = "Temperature" }}
"""
