"""Boards that are plugged in while others are watched."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.actions.boards.listing import Board
from stemkit.actions.stream import BoardState, Stream
from stemkit.actions.stream.connector import Bare
from stemkit.actions.stream.newcomers import Newcomers
from stemkit.actions.stream.whereabouts import Surroundings
from stemkit.links.errors import PortHeldError
from stemkit.links.memory import memory_pair
from stemkit.links.ports import Port
from stemkit.model.link import Link
from stemkit.model.reading import Happening, Kind
from stream.boards import Box, PtyBoard, until
from stream.test_stream import addresses, live, open_where_it_is

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")


@pytest.fixture
def board(tmp_path: Path) -> Iterator[PtyBoard]:
    made = PtyBoard(tmp_path, "b0")
    yield made
    made.close()


class Room:
    """USB sockets into which a test plugs adapters."""

    def __init__(self) -> None:
        self.ports: list[Port] = []
        self.bare: list[Board] = []
        self.in_use: set[str] = set()

    def plug(self, device: str, serial: str = "", location: str = "1-1") -> None:
        self.ports.append(Port(device, 0x1A86, 0x7523, "CH340", serial, location=location))

    def unplug(self, device: str) -> None:
        self.ports = [port for port in self.ports if port.device != device]

    def listed(self) -> list[Board]:
        named = [Board(name=p.device.rpartition("/")[2], port=p.device) for p in self.ports]
        return named + self.bare

    def newcomers(self, baud: int | None = None) -> Newcomers:
        around = Surroundings(ports=lambda: self.ports, virtual=list)
        known = around.addresses(self.listed())
        self.in_use = {port.device for port in self.ports}
        return Newcomers(known, lambda: self.in_use, around, self.listed, baud)


def names(found: object) -> list[str]:
    assert isinstance(found, list)
    return [item.name for item in found]


def test_a_new_board_is_found_once_and_one_that_comes_back_is_not_new() -> None:
    room = Room()
    room.plug("/dev/ttyUSB0", "A")
    newcomers = room.newcomers(baud=9600)
    assert newcomers.look() == []
    room.plug("/dev/ttyUSB1", "B", "1-2")
    [found] = newcomers.look()
    assert not isinstance(found, Bare)
    assert (found.name, found.identity) == ("ttyUSB1", "usb:1a86/7523/B")
    assert (found.baud, found.baud_chosen) == (9600, True)
    assert newcomers.look() == []
    room.unplug("/dev/ttyUSB0")
    room.in_use = {"/dev/ttyUSB1"}
    room.plug("/dev/ttyUSB2", "A", "1-3")  # the first one, in another socket
    assert newcomers.look() == []


def test_another_board_at_the_port_of_one_that_left_has_a_name_of_its_own() -> None:
    room = Room()
    room.plug("/dev/ttyUSB0", "A")
    newcomers = room.newcomers()
    room.unplug("/dev/ttyUSB0")
    room.in_use = set()
    room.plug("/dev/ttyUSB0", "B")
    assert names(newcomers.look()) == ["ttyUSB0-2"]


def test_an_adapter_without_a_number_may_be_one_that_went_away() -> None:
    room = Room()
    newcomers = room.newcomers()
    room.plug("/dev/ttyUSB0", location="1-4")
    assert newcomers.look() == []
    assert names(newcomers.look()) == ["ttyUSB0"]
    room.plug("/dev/ttyUSB1", location="1-5")
    assert newcomers.look() == []
    room.in_use = {"/dev/ttyUSB1"}  # it was taken for a lost one meanwhile
    assert newcomers.look() == []


def test_a_drive_that_waits_for_firmware_is_told_each_time_it_comes() -> None:
    room = Room()
    newcomers = room.newcomers()
    room.bare = [Board(name="RPI-RP2", port="", drive="/media/RPI-RP2")]
    assert newcomers.look() == [Bare("RPI-RP2")]
    assert newcomers.look() == []
    room.bare = []
    assert newcomers.look() == []
    room.bare = [Board(name="RPI-RP2", port="", drive="/media/RPI-RP2")]
    assert newcomers.look() == [Bare("RPI-RP2")]


def test_the_stream_takes_a_board_that_appears(board: PtyBoard) -> None:
    coming: list[object] = []

    def discover() -> list[object]:
        found, coming[:] = list(coming), []
        return found

    with Stream([], open_where_it_is, discover=discover) as stream:  # type: ignore[arg-type]
        box = Box()
        stream.subscribe(box)
        assert not stream.ended
        coming.extend([*addresses([board]), Bare("RPI-RP2")])
        assert until(lambda: live(stream, 1))
        board.print(b"n:1\nn:2\nn:3\n")
        assert until(lambda: box.rows("b0") >= 2)
        assert [address.name for address in stream.boards] == ["b0"]
        assert box.kinds("b0")[0] is Kind.CONNECTED
        assert box.kinds("RPI-RP2") == [Kind.NEEDS_FIRMWARE]


def test_a_busy_port_is_told_once_with_its_holder_and_taken_when_it_is_free(
    board: PtyBoard,
) -> None:
    held = [True]

    def open_port(port: str, baud: int) -> Link:
        if held:
            raise PortHeldError(port=port, program="thonny", pid=77)
        return open_where_it_is(port, baud)

    stream = Stream(addresses([board]), open_port)
    box = Box()
    stream.subscribe(box)
    stream.refuse("b0", PortHeldError(port=board.port, program="thonny", pid=77))
    with stream:
        assert until(lambda: box.kinds("b0") == [Kind.UNAVAILABLE])
        assert stream.states()["b0"] is BoardState.REFUSED
        assert not until(lambda: len(box.kinds("b0")) > 1, 4.0)  # told again after 3 s? no
        held.clear()
        assert until(lambda: live(stream, 1))
    told = [item for item in box.items() if isinstance(item, Happening)]
    assert "thonny (process 77)" in str(told[0].detail["text"])


def test_a_silent_board_is_asked_about_once() -> None:
    ours, _ = memory_pair()
    time_s = [100.0]
    stream = Stream(addresses([_Named("b0")]), open_where_it_is, clock=lambda: time_s[0])  # type: ignore[list-item]
    box = Box()
    stream.subscribe(box)
    stream.adopt("b0", ours)
    for _ in range(30):
        time_s[0] += 1.0
        stream.round(0.0)
    assert box.kinds("b0").count(Kind.SILENT) == 1
    asked = next(i for i in box.items() if isinstance(i, Happening) and i.kind is Kind.SILENT)
    assert asked.t_s == pytest.approx(5.0)
    stream.stop()


@pytest.mark.parametrize(
    ("said", "last_s", "why"),
    [
        (b"the door is open\r\n", 30, ["words"]),
        (b"1 2 3 4 5 6 7 8 9 " * 5, 30, ["no-line-end"]),
        (b"ets Jul\r\n", 1, [None]),  # It booted, and says nothing since.
        (b"Distance: 17 cm\r\n", 4, []),  # One more, and they are believed.
    ],
)
def test_a_board_that_talks_without_readings_is_told_why(
    said: bytes, last_s: int, why: list[str | None]
) -> None:
    ours, theirs = memory_pair()
    time_s = [100.0]
    stream = Stream(addresses([_Named("b0")]), open_where_it_is, clock=lambda: time_s[0])  # type: ignore[list-item]
    box = Box()
    stream.subscribe(box)
    stream.adopt("b0", ours)
    for n in range(12):
        time_s[0] += 1.0
        if n < last_s:
            theirs.write(said)
            assert until(lambda: stream.round(0.01) or said[-9:] in _last_bytes(stream)[-9:])
        stream.round(0.0)
    asked = [i for i in box.items() if isinstance(i, Happening) and i.kind is Kind.SILENT]
    assert [one.detail.get("why") for one in asked] == why
    stream.stop()


def test_a_board_whose_numbers_are_not_understood_is_not_asked_whether_it_runs() -> None:
    ours, theirs = memory_pair()
    time_s = [100.0]
    stream = Stream(addresses([_Named("b0")]), open_where_it_is, clock=lambda: time_s[0])  # type: ignore[list-item]
    box = Box()
    stream.subscribe(box)
    stream.adopt("b0", ours)
    theirs.write(b"temp: 23,5\r\n" * 9)
    assert until(lambda: stream.round(0.01) or Kind.DECIMAL_COMMA in box.kinds("b0"))
    for _ in range(30):
        time_s[0] += 1.0
        stream.round(0.0)
    assert box.kinds("b0").count(Kind.DECIMAL_COMMA) == 1
    assert Kind.SILENT not in box.kinds("b0")
    stream.stop()


@pytest.mark.parametrize(
    ("every_s", "last_words", "after_s", "why"),
    [
        (0.5, b"", 5.0, None),
        (4.0, b"", 16.0, None),  # A board that sends seldom is given time.
        (0.5, b"\r\nMicroPython v1.24.1\r\n>>> ", 1.0, "prompt"),
        (4.0, b"Traceback (most recent call last):\r\nOSError: 19\r\n>>> ", 1.0, "error"),
        # A program may print an error and go on.
        (4.0, b"Traceback (most recent call last):\r\nOSError: 19\r\n", 16.0, "error"),
    ],
)
def test_a_board_that_falls_silent_is_told_and_so_is_its_return(
    every_s: float, last_words: bytes, after_s: float, why: str | None
) -> None:
    ours, theirs = memory_pair()
    time_s = [100.0]
    stream = Stream(addresses([_Named("b0")]), open_where_it_is, clock=lambda: time_s[0])  # type: ignore[list-item]
    box = Box()
    stream.subscribe(box)
    stream.adopt("b0", ours)

    def send(text: bytes, rows: int) -> None:
        theirs.write(text)
        assert until(lambda: stream.round(0.01) or box.rows("b0") == rows)

    send(b"cut\r\n", 0)
    for n in range(5):
        send(b"temp:%d\r\n" % n, n + 1)
        time_s[0] += every_s
    time_s[0] -= every_s
    if last_words:
        theirs.write(last_words)
        assert until(lambda: stream.round(0.01) or last_words.split()[-1] in _last_bytes(stream))
    last_s = time_s[0] - 100.0
    for _ in range(40):
        time_s[0] += 0.5
        stream.round(0.0)
    silent = [i for i in box.items() if isinstance(i, Happening) and i.kind is Kind.SILENT]
    assert len(silent) == 1
    assert after_s <= silent[0].t_s - last_s <= after_s + 1.5
    assert silent[0].detail.get("why") == why
    assert stream.states()["b0"] is BoardState.QUIET
    send(b"\r\ntemp:7\r\n", 6)
    assert box.kinds("b0").count(Kind.TALKS_AGAIN) == 1
    assert stream.states()["b0"] is BoardState.LIVE
    stream.stop()


def _last_bytes(stream: Stream) -> bytes:
    return stream.stations["b0"]._last_bytes


@pytest.mark.parametrize(
    "said",
    [
        b"rst:0x1 (POWERON_RESET),boot:0x3 (DOWNLOAD_BOOT)\r\nwaiting for download\r\n",
        b"invalid header: 0xffffffff\r\n" * 20,
    ],
)
def test_a_boot_rom_says_that_firmware_is_missing(board: PtyBoard, said: bytes) -> None:
    with Stream(addresses([board]), open_where_it_is) as stream:
        box = Box()
        stream.subscribe(box)
        assert until(lambda: live(stream, 1))
        board.print(said)
        assert until(lambda: Kind.NEEDS_FIRMWARE in box.kinds("b0"))
        assert box.kinds("b0").count(Kind.NEEDS_FIRMWARE) == 1
        assert stream.states()["b0"] is BoardState.BARE
        board.print(b"n:1\n" * 9)  # firmware and a program are on it now
        assert until(lambda: stream.states()["b0"] is BoardState.LIVE)


class _Named:
    def __init__(self, name: str) -> None:
        self.name = self.port = name
