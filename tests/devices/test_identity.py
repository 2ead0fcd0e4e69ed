"""Asking a board who it is: real MicroPython, and what older firmware answers."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.devices.errors import BoardConfusedError
from stemkit.devices.identity import Identity, Lesson, probe, read_answer
from stemkit.devices.session import Session

from .unix import UnixBoard


def test_a_waiting_board_is_asked_and_stays_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "stem.json").write_text(
        '{"number": 7, "lesson": {"name": "light", "version": "1.2"}}'
    )
    board = UnixBoard(tmp_path)
    with Session(board.link) as session:
        session.exec("kept = 42")
    identity = probe(board.link)
    assert identity.implementation == "micropython"
    assert identity.version.startswith("1.")
    assert identity.platform == "linux"
    assert (identity.number, identity.lesson) == (7, Lesson("light", "1.2"))
    assert not identity.has_main
    with Session(board.link) as session:
        assert session.exec("print(kept)").strip() == b"42"
    assert board.starts == 1
    board.close()


def test_a_running_program_runs_again_afterwards(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import time\nprint('from the start')\nwhile True:\n print('hi')\n time.sleep(0.02)\n"
    )
    board = UnixBoard(tmp_path)
    deadline = time.monotonic() + 5
    heard = b""
    while b"hi" not in heard and time.monotonic() < deadline:
        heard += board.link.read(4096, 0.1)
    identity = probe(board.link)
    assert identity.has_main
    heard = b""
    while b"hi" not in heard and time.monotonic() < deadline:
        heard += board.link.read(4096, 0.1)
    assert b"from the start" in heard
    board.close()


MICROBIT_V1 = (
    b"('micropython', (1, 9, 2), None, None, 'microbit', ('microbit', 'microbit', '1.0.1', "
    b"'micro:bit v1.0.1+b0bf4a9 on 2018-12-13; MicroPython v1.9.2-34-gd64154c73 on 2017-09-01', "
    b"'micro:bit with nRF51822'), '4fa3c2d19be0', False, None)\r\n"
)
ESP8266_1_12 = (
    b"('micropython', (1, 12, 0), None, 9733, 'esp8266', ('esp8266', 'esp8266', '2.2.0-dev', "
    b"'v1.12 on 2019-12-20', 'ESP module with ESP8266'), '5f3a1100', True, '{\"number\": 3}')\r\n"
)
MICROBIT_V2 = (
    b"('micropython', (1, 18, 0), 'micro:bit v2.1.2 with nRF52833', 5894, 'microbit', None, "
    b"'4fa3c2d19be05511', True, None)\r\n"
)
CIRCUITPYTHON = (
    b"('circuitpython', (9, 1, 0), 'Raspberry Pi Pico with rp2040', 518, 'RP2040', "
    b"('rp2040', 'rp2040', '9.1.0', '9.1.0', 'Raspberry Pi Pico with rp2040'), "
    b"'e6614c311b7e6f35', False, None)\r\n"
)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (MICROBIT_V1, ("micropython", "1.0.1", "micro:bit with nRF51822", None, None)),
        (MICROBIT_V2, ("micropython", "2.1.2", "micro:bit v2.1.2 with nRF52833", 5894, None)),
        (ESP8266_1_12, ("micropython", "1.12.0", "ESP module with ESP8266", 9733, 3)),
        (CIRCUITPYTHON, ("circuitpython", "9.1.0", "Raspberry Pi Pico with rp2040", 518, None)),
    ],
)
def test_answers_of_other_firmware(answer: bytes, expected: tuple[object, ...]) -> None:
    told = read_answer(answer, "COM3")
    assert (told.implementation, told.version, told.machine, told.mpy, told.number) == expected


@pytest.mark.parametrize("stem", ["", "null", "[1]", '{"number": "x", "lesson": 3}', "{", "é"])
def test_a_damaged_stem_json_is_no_number(stem: str) -> None:
    answer = (
        f"('micropython', (1, 27, 0, ''), 'X with ESP32', 1, 'esp32', None, 'aa', True, {stem!r})"
    )
    told = read_answer(answer.encode(), "COM3")
    assert (told.number, told.lesson, told.version) == (None, None, "1.27.0")


@given(
    st.one_of(
        st.binary(), st.text().map(repr).map(str.encode), st.integers().map(repr).map(str.encode)
    )
)
def test_any_other_answer_is_refused(answer: bytes) -> None:
    with pytest.raises(BoardConfusedError):
        read_answer(answer, "COM3")


@given(
    st.lists(st.sampled_from(["1", "None", "'x'", "()", "(1,2)", "True"]), min_size=9, max_size=9)
)
def test_an_answer_of_the_wrong_kind_is_an_identity_or_refused(parts: list[str]) -> None:
    with contextlib.suppress(BoardConfusedError):
        assert isinstance(read_answer(f"({','.join(parts)})".encode(), "COM3"), Identity)
