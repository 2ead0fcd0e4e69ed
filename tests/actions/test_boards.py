"""What is connected: from a system's answers, and from boards that are asked."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from itertools import islice

import pytest

from stemkit.actions.boards.arrivals import watch_boards
from stemkit.actions.boards.listing import (
    Around,
    Board,
    FirmwareFound,
    State,
    list_boards,
    probe,
    probed,
)
from stemkit.devices.identity import Lesson
from stemkit.devices.session import Session
from stemkit.errors import StemkitError
from stemkit.links import open_link
from stemkit.links.errors import PortHeldError, PortMissingError, PortPermissionError
from stemkit.links.memory import MemoryLink, memory_pair
from stemkit.model.link import Link
from stemkit.virtual import RunningBoard
from stemkit.wire.esp_rom import SYNC
from tests.conftest import StartBoards

from .fake_system import CP2102, MICROBIT, MICROBIT_DRIVE, MODEM, PICO, PICO_DRIVE, S3, around


def test_ports_and_drives_without_asking() -> None:
    found = list_boards(around([CP2102, PICO, S3, MODEM], [PICO_DRIVE]))
    assert [(b.name, b.model, b.chip, b.state) for b in found] == [
        ("ttyUSB0", None, None, State.UNKNOWN),
        ("ttyACM0", None, None, State.RUNNING),
        ("ttyACM1", None, None, State.UNKNOWN),
        ("ttyUSB3", None, None, State.UNKNOWN),
        ("RPI-RP2", None, "rp2040", State.BOOTLOADER),
    ]
    assert [b.unique_id for b in found] == ["", "e6614c311b7e6f35", "f412fa010203", "", ""]
    assert [b.likely for b in found] == [True, True, True, False, True]


def test_a_microbit_is_one_board_with_a_port_and_a_drive() -> None:
    (found,) = list_boards(around([MICROBIT], [MICROBIT_DRIVE]))
    assert (found.port, found.drive, found.model) == ("COM4", "E:", "microbit-v2")


def test_virtual_boards_are_asked(virtual_boards: StartBoards) -> None:
    esp, pico = virtual_boards(1)[0], virtual_boards(1, model="pico")[0]
    with_stem(esp, '{"number": 12, "lesson": {"name": "light", "version": "1.0"}}')
    first, second = probed(list_boards())
    assert (first.name, first.model, first.chip, first.state) == (
        "v1",
        "esp32",
        "esp32",
        State.RUNNING,
    )
    assert first.firmware is not None
    assert first.firmware.name == "micropython"
    assert (first.kit_number, first.lesson) == (12, Lesson("light", "1.0"))
    assert (second.model, second.unique_id) == ("pico", pico.unique_id)


@pytest.mark.parametrize(
    ("said", "model"), [("yolobit", "yolobit"), ("pico", "esp32"), ("nonsense", "esp32")]
)
def test_a_board_whose_firmware_names_only_its_chip_is_known_by_its_own_file(
    virtual_boards: StartBoards, said: str, model: str
) -> None:
    with_stem(virtual_boards(1)[0], json.dumps({"board": said}))
    (found,) = probed(list_boards())
    assert (found.model, found.chip) == (model, "esp32")


def test_a_question_makes_nobody_forget_what_was_plugged_in(virtual_boards: StartBoards) -> None:
    virtual_boards(1, model="yolobit")  # it runs the common ESP32 build
    (found,) = probed(list_boards())
    assert (found.model, found.chip, found.state) == ("yolobit", "esp32", State.RUNNING)


def with_stem(board: RunningBoard, text: str) -> None:
    link = open_link(board.port)
    with Session(link) as session:
        session.exec(f"f=open('/stem.json','w')\nf.write({text!r})\nf.close()")
    link.close()


def test_the_roster_gives_a_number_to_a_board_that_has_none(virtual_boards: StartBoards) -> None:
    board = virtual_boards()[0]
    (found,) = probed(list_boards(), numbers={board.unique_id: 5})
    assert found.kit_number == 5


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (PortHeldError(port="COM4", program="Thonny", pid=7), State.BUSY),
        (PortMissingError(port="COM4"), State.UNKNOWN),
        (PortPermissionError(port="COM4", group="dialout", user="lan"), State.UNKNOWN),
    ],
)
def test_a_port_that_cannot_be_opened_is_told(error: StemkitError, state: State) -> None:
    def fail(port: str, baud: int) -> Link:
        raise error

    (found,) = probed(list_boards(around([CP2102])), around(opener=fail))
    assert (found.state, found.remark) == (state, error)


class Esp:
    """A chip's boot ROM: what it prints, and whether it answers a loader's frame."""

    def __init__(self, prints: bytes, answers: bool) -> None:
        self.near, self.far = memory_pair("COM9")
        self.prints, self.answers = prints, answers
        threading.Thread(target=self._serve, args=[self.far], daemon=True).start()

    def _serve(self, far: MemoryLink) -> None:
        heard = b""
        try:
            while True:
                far.write(self.prints)
                heard = (heard + far.read(100, 0.1))[-200:]
                if self.answers and SYNC in heard:
                    heard = b""
                    far.write(b"\xc0\x01\x08\x04\x00\x07\x07\x12\x20\x00\x00\x00\x00\xc0")
        except StemkitError:
            pass

    def around(self) -> Around:
        return around([CP2102], opener=lambda port, baud: self.near)


@pytest.mark.parametrize(
    ("prints", "answers", "state", "chip"),
    [
        (b"", True, State.BOOTLOADER, None),
        (b"", False, State.UNKNOWN, None),
        (b"ets Jul 29 2019\r\ninvalid header: 0xffffffff\r\n", False, State.BLANK, "esp32"),
        (b"ESP-ROM:esp32c3-api1\r\nwaiting for download\r\n", False, State.BOOTLOADER, "esp32c3"),
        (b"Temp: 23.5\r\n", True, State.UNKNOWN, None),
    ],
    ids=["loader", "silence", "empty flash", "download", "arduino"],
)
def test_boards_without_a_prompt(
    prints: bytes, answers: bool, state: State, chip: str | None
) -> None:
    system = Esp(prints, answers).around()
    started = time.monotonic()
    found = probe(list_boards(system)[0], system)
    assert (found.state, found.chip) == (state, chip)
    assert time.monotonic() - started < 8
    assert (found.remark is None) == (state is not State.UNKNOWN)


def test_boards_are_asked_at_the_same_time(virtual_boards: StartBoards) -> None:
    virtual_boards(6)
    found = probed(list_boards())
    assert [board.state for board in found] == [State.RUNNING] * 6
    assert len({board.unique_id for board in found}) == 6


def test_a_modem_is_shown_and_not_asked() -> None:
    def fail(port: str, baud: int) -> Link:
        raise AssertionError("opened")

    (found,) = probed(list_boards(around([MODEM])), around(opener=fail))
    assert found.state is State.UNKNOWN


def test_watching_tells_what_comes_and_goes() -> None:
    scenes = iter([[], [], [CP2102], [CP2102, PICO], [CP2102, PICO], [PICO], [S3]])
    now: list[list[object]] = []

    def ports() -> list[object]:
        now.append(next(scenes))
        return now[-1]

    system = Around(ports, list, list)  # type: ignore[arg-type]
    changes = watch_boards(ask=False, around=system, sleep=lambda seconds: None)
    told = [
        ([b.name for b in c.plugged], [b.name for b in c.unplugged], [b.name for b in c.boards])
        for c in islice(changes, 5)
    ]
    assert told == [
        ([], [], []),
        (["ttyUSB0"], [], ["ttyUSB0"]),
        (["ttyACM0"], [], ["ttyUSB0", "ttyACM0"]),
        ([], ["ttyUSB0"], ["ttyACM0"]),
        (["ttyACM1"], ["ttyACM0"], ["ttyACM1"]),
    ]


def test_watching_asks_a_board_once(virtual_boards: StartBoards) -> None:
    virtual_boards()
    changes: Iterator[object] = watch_boards(ask=True, sleep=lambda seconds: None)
    change = next(changes)
    assert isinstance(change.boards[0], Board)  # type: ignore[attr-defined]
    assert isinstance(change.boards[0].firmware, FirmwareFound)  # type: ignore[attr-defined]
