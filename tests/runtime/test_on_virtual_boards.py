"""The runtime on virtual boards: their MicroPython, their pins, sensors that are registers."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest
from on_board import RUNTIME

from stemkit.actions.lessons.run import put_files
from stemkit.actions.programs.board_files import runtime_files
from stemkit.devices.session import Session
from stemkit.formats.board_profile import board_profile
from stemkit.links import open_link
from stemkit.storage.catalogue import boards, sensors
from stemkit.virtual import RunningBoard
from tests.conftest import StartBoards

BOARDS = ["esp32", "esp32-s3", "esp32-c3", "esp8266", "pico", "pico-w", "yolobit"]


def mpremote(board: RunningBoard, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", board.port, *words],
        capture_output=True,
        text=True,
        timeout=100,
        cwd=RUNTIME,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def put(board: RunningBoard, folder: Path, parts: frozenset[str] | None = None) -> None:
    """The runtime and a profile onto the board, as a person with mpremote would."""
    profile = board_profile(boards()[board.model], sensors(), number=7, language="vi", parts=parts)
    (folder / "stem.json").write_bytes(profile)
    mpremote(board, "fs", "cp", "-r", "stem", ":", "+", "fs", "cp", f"{folder}/stem.json", ":")


@pytest.mark.parametrize("model", BOARDS)
def test_a_lesson_reads_and_sends(virtual_boards: StartBoards, tmp_path: Path, model: str) -> None:
    (board,) = virtual_boards(model=model)
    put(board, tmp_path)
    out = mpremote(
        board,
        "exec",
        "from stem import sensors, send, every\n"
        "for t in every(0.1):\n"
        "    send(temp=sensors.temp.read(), hum=sensors.hum.read(), light=sensors.light.read())\n"
        "    if t > 0.25: break\n",
    )
    for line in out.splitlines():
        assert re.fullmatch(r"hum:6[45][.\d]*,light:3[45]\d[.\d]*,temp:2[12][.\d]*", line), out
    # The first turn takes a sensor's first measurement and may outlast the second, on a busy
    # machine the third too.
    assert 2 <= len(out.splitlines()) <= 4


@pytest.mark.parametrize("model", ["pico", "microbit-v2"])
def test_the_computer_is_heard_while_a_program_waits_for_long(
    virtual_boards: StartBoards, model: str
) -> None:
    (board,) = virtual_boards(model=model)
    link = open_link(board.port, board.baud)
    try:
        session = Session(link)
        session.enter()
        put_files(session, runtime_files(boards()[model]))
        session.soft_reset()
        session.start(
            "from stem import control, every, send\nfan = control('fan', 0, 100)\n"
            "for t in every(60): send(fan=fan.value)\n"
        )
        heard, asked_s = b"", time.monotonic()
        while b"fan:0" not in heard and time.monotonic() - asked_s < 10:
            heard += session.read(1000, 0.2)
        asked_s = time.monotonic()
        link.write(b"?stem 1\n?set fan 40\n")
        while b"ctl=fan;0;100;40" not in heard and time.monotonic() - asked_s < 10:
            heard += session.read(1000, 0.2)
        assert b"ctl=fan;0;100;40" in heard
    finally:
        link.close()


def test_a_missing_sensor_is_told_once_with_its_pins_and_the_others_go_on(
    virtual_boards: StartBoards, tmp_path: Path
) -> None:
    (board,) = virtual_boards(model="esp32")
    put(board, tmp_path, parts=frozenset({"dht22", "bh1750", "bme280"}))
    program = (
        "import json, stem.kit\n"
        "stem.kit.sensors.texts.insert(0, 'lost stem.dht.DHT pin data=27 : wet;%;0;100')\n"
        "from stem import every, send, sensors\n"
        "for t in every(0.05):\n"
        "    send(wet=sensors.wet.read(), light=sensors.light.read())\n"
        "    if t > 0.4: break\n"
    )
    lines = mpremote(board, "exec", program).splitlines()
    assert [line for line in lines if line.startswith("#")] == [
        "# wet không trả lời. Đã thử: lost (data=27)"
    ]
    assert len([line for line in lines if line.startswith("light:")]) >= 2


def test_a_sensor_that_comes_back_is_read_again(
    virtual_boards: StartBoards, tmp_path: Path
) -> None:
    (board,) = virtual_boards(model="esp32")
    put(board, tmp_path, parts=frozenset({"bme280"}))
    program = (
        "from stem import sensors\nimport time, stem.bme280 as b\n"
        "print(sensors.temp.read() is not None)\n"
        "real = b.BME280._get\n"
        "def gone(self, *words): raise OSError(19)\n"
        "b.BME280._get = gone; time.sleep_ms(150)\n"
        "print(sensors.temp.read())\n"
        "b.BME280._get = real\n"
        "print(sensors.temp.read()); time.sleep_ms(1050); print(sensors.temp.read() is not None)\n"
    )
    assert mpremote(board, "exec", program).splitlines() == [
        "True",
        "# temp không trả lời. Đã thử: bme280 (scl=22 sda=21)",
        "None",
        "None",
        "True",
    ]


def test_without_a_profile_the_name_is_told(virtual_boards: StartBoards, tmp_path: Path) -> None:
    (board,) = virtual_boards(model="pico")
    mpremote(board, "fs", "cp", "-r", "stem", ":")
    out = mpremote(
        board,
        "exec",
        "from stem import sensors, send\nsend(a=1)\n"
        "try:\n    sensors.temp\nexcept AttributeError as error:\n    print(error)\n",
    )
    assert out.splitlines() == ["a:1", "no temp in /stem.json"]
