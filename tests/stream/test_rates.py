"""A board at another rate is understood all the same: by listening, and it is told."""

from __future__ import annotations

import random

import pytest

from stemkit.actions.stream import BoardAddress, Stream
from stemkit.links import open_link
from stemkit.model.link import Link
from stemkit.model.reading import Happening, Kind
from stemkit.virtual.garble import same_rate, seen_at
from stemkit.wire.rates import RATES, RateFinder
from stream.boards import Box, until
from tests.conftest import StartBoards

LINE = b"temp:23.51,hum:60.2\r\n"


def found(sent_baud: int, first_baud: int, data: bytes) -> RateFinder:
    finder = RateFinder(first_baud)
    for n in range(200):
        finder.hear(seen_at(data, sent_baud, finder.baud), n * 0.5)
        if finder.settled:
            break
    return finder


@pytest.mark.parametrize("baud", RATES)
def test_the_rate_is_found(baud: int) -> None:
    finder = found(baud, 115200, LINE)
    assert finder.settled
    assert same_rate(finder.baud, baud)
    assert finder.garbled == (baud != 115200)


def test_text_in_any_language_is_no_garbage() -> None:
    finder = found(115200, 115200, "Nhiệt độ: 23.5 °C, độ ẩm 60 %\n気温\n".encode())
    assert (finder.settled, finder.garbled) == (True, False)


def test_noise_has_no_rate_and_ends_where_it_began() -> None:
    dice = random.Random(3)
    finder = RateFinder(9600)
    for n in range(400):
        finder.hear(dice.randbytes(40), n * 0.5)
    assert (finder.settled, finder.garbled, finder.baud) == (True, True, 9600)


def kinds(box: Box) -> list[tuple[Kind, object]]:
    chosen = (Kind.GARBLED, Kind.RATE_FOUND)
    items = [i for i in box.items() if isinstance(i, Happening) and i.kind in chosen]
    return [(item.kind, item.detail["baud"]) for item in items]


def open_slow(port: str, baud: int) -> Link:
    return open_link(port, baud)


def test_a_board_at_9600_on_a_real_line(virtual_boards: StartBoards) -> None:
    board = virtual_boards(paced=True, baud=9600)[0]
    link = open_link(board.port, 9600)
    link.write(b"\x03\x03import time\r\n")
    link.write(b"while True: print('temp:23.51,hum:60.2'); time.sleep(.02)\r\n\r\n\r\n")
    while b"hum:60.2\r\n" not in link.read(4096, 5.0):
        pass
    link.close()
    box = Box()
    with Stream([BoardAddress("v1", board.port)], open_slow) as stream:
        stream.subscribe(box)
        assert until(lambda: box.rows("v1") > 5, 30)
        assert until(lambda: len(kinds(box)) == 2, 20)
    assert kinds(box) == [(Kind.GARBLED, 115200), (Kind.RATE_FOUND, 9600)]
    box = Box()
    with Stream([BoardAddress("v1", board.port, baud_chosen=True)], open_slow) as stream:
        stream.subscribe(box)
        assert until(lambda: kinds(box), 10)
        assert stream.stations["v1"].link is not None
        assert stream.stations["v1"].link.baud == 115200
    assert kinds(box) == [(Kind.GARBLED, 115200)]
