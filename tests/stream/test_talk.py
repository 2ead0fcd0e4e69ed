"""Boards that can tell more are asked at once, again after every return, and only those."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.actions.stream import BoardAddress, Stream
from stemkit.links import open_link
from stemkit.model.link import Link
from stemkit.model.reading import Described
from stream.boards import Box, PtyBoard, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")

TOLD = b"#: v=1 board=7 lesson=02-temperature-humidity@1.0.0 ch=temp;\xc2\xb0C;DHT22;-40;80"
FIRMWARE = b" fw=3.4.0; MicroPython v1.27.0 on 2025-12-09"


@pytest.fixture
def board(tmp_path: Path) -> Iterator[PtyBoard]:
    made = PtyBoard(tmp_path, "b0")
    yield made
    made.close()


def open_where_it_is(port: str, baud: int) -> Link:
    return open_link(str(Path(port).resolve()), baud)


def heard(board: PtyBoard, wanted: bytes, timeout_s: float) -> bool:
    got = b""

    def more() -> bool:
        nonlocal got
        got += board.heard()
        return wanted in got

    return until(more, timeout_s)


def test_one_slow_line_is_enough_to_be_asked_and_a_return_asks_again(board: PtyBoard) -> None:
    box = Box()
    stream = Stream([BoardAddress("b0", board.port)], open_where_it_is)
    stream.subscribe(box)
    with stream:
        for turn in range(2):
            assert until(lambda: stream.stations["b0"].link is not None)
            assert not heard(board, b"?", 0.2)
            board.print(b"temp:21.5\n")
            assert heard(board, b"?stem 1\n", 1.0)
            board.print(TOLD + FIRMWARE + b"\n")
            assert until(lambda n=turn: sum(isinstance(i, Described) for i in box.items()) > n)
            board.unplug()
            assert until(lambda: stream.stations["b0"].link is None)
            board.plug()
    told = next(item.description for item in box.items() if isinstance(item, Described))
    assert told.lesson == "02-temperature-humidity@1.0.0"
    assert told.firmware == "MicroPython v1.27.0 on 2025-12-09"
    assert [channel.unit for channel in told.channels] == ["°C"]


@pytest.mark.parametrize("line", [b"23.5\n", b"temp: 23.5\n", b'{"a":1}\n', b">a:1\n", b"hello\n"])
def test_nobody_else_is_spoken_to(board: PtyBoard, line: bytes) -> None:
    with Stream([BoardAddress("b0", board.port)], open_where_it_is) as stream:
        assert until(lambda: stream.stations["b0"].link is not None)
        board.print(line * 8)
        assert not heard(board, b"?", 0.3)
