"""The stream over real pseudo-terminals and over threads: order, loss, reconnecting, politeness."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.actions.stream import BoardAddress, BoardState, Stream
from stemkit.actions.stream.pump import Pump, SelectorPump, ThreadPump
from stemkit.actions.stream.steady import WallWatch
from stemkit.links import open_link
from stemkit.links.memory import memory_pair
from stemkit.model.link import Link
from stemkit.model.reading import Happening, Kind
from stemkit.wire.tail import with_tail
from stream.boards import Box, PtyBoard, until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")


@pytest.fixture
def boards(tmp_path: Path) -> Iterator[list[PtyBoard]]:
    made = [PtyBoard(tmp_path, f"b{i}") for i in range(4)]
    yield made
    for board in made:
        board.close()


@pytest.fixture(params=[SelectorPump, ThreadPump])
def pump(request: pytest.FixtureRequest) -> Pump:
    made: Pump = request.param()
    return made


def addresses(boards: list[PtyBoard]) -> list[BoardAddress]:
    return [BoardAddress(board.name, board.port) for board in boards]


def open_where_it_is(port: str, baud: int) -> Link:
    return open_link(str(Path(port).resolve()) if Path(port).is_symlink() else port, baud)


def live(stream: Stream, n: int) -> bool:
    return sum(station.link is not None for station in stream.stations.values()) == n


def test_every_line_of_every_board_comes_in_order(boards: list[PtyBoard], pump: Pump) -> None:
    box = Box()
    with Stream(addresses(boards), open_where_it_is, pump=pump) as stream:
        stream.subscribe(box)
        assert until(lambda: live(stream, 4))
        time.sleep(0.1)

        def talk(board: PtyBoard) -> None:
            for n in range(2000):
                board.print(b"n:%d,x:%d\n" % (n, n % 7))

        threads = [threading.Thread(target=talk, args=(board,)) for board in boards]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert until(lambda: all(box.rows(board.name) == 2000 for board in boards))
        assert stream.states() == {board.name: BoardState.LIVE for board in boards}
    for board in boards:
        assert box.column(board.name, "n") == list(range(2000))
        assert len(box.raw(board.name)) == 2000


def test_a_board_is_asked_for_tails_once_and_told_when_we_leave(boards: list[PtyBoard]) -> None:
    board = boards[0]
    with Stream(addresses([board]), open_where_it_is) as stream:
        box = Box()
        stream.subscribe(box)
        assert until(lambda: live(stream, 1))
        time.sleep(0.1)
        assert board.heard() == b""  # not before it is known to print native lines
        board.print(b"temp:1\n" * 6)
        assert until(lambda: box.rows("b0") == 6)
        assert until(lambda: True)
        time.sleep(0.05)
        assert board.heard() == b"?stem 1\n"
        for n in range(10):
            board.print(with_tail(b"temp:2", n, n * 10) + b"\n")
        board.print(with_tail(b"temp:2", 13, 130) + b"\n")
        assert until(lambda: box.rows("b0") == 17)
        assert box.lost() == 3
        assert board.heard() == b""
    assert board.heard() == b"?stem 0\n"


def test_a_board_that_resets_is_asked_again(boards: list[PtyBoard]) -> None:
    board = boards[0]
    with Stream(addresses([board]), open_where_it_is) as stream:
        box = Box()
        stream.subscribe(box)
        assert until(lambda: live(stream, 1))
        time.sleep(0.1)
        board.print(b"temp:1\n" * 6)
        assert until(lambda: board.heard() == b"?stem 1\n")
        board.print(b"".join(with_tail(b"temp:2", n, n * 10) + b"\n" for n in range(9)))
        board.print(b"MPY: soft reboot\n" + b"temp:3\n" * 2)
        assert until(lambda: board.heard() == b"?stem 1\n")
        assert box.kinds("b0").count(Kind.RESTARTED) == 1


@pytest.mark.parametrize("line", [b"hello\n", b"1,2,3\n", b'{"a":1}\n'])
def test_others_boards_are_not_spoken_to(boards: list[PtyBoard], line: bytes) -> None:
    with Stream(addresses(boards[:1]), open_where_it_is) as stream:
        assert until(lambda: live(stream, 1))
        boards[0].print(line * 20)
        time.sleep(0.2)
    assert boards[0].heard() == b""


def test_a_pulled_cable_is_told_and_the_board_goes_on(boards: list[PtyBoard], pump: Pump) -> None:
    board, other = boards[:2]
    with Stream(addresses([board, other]), open_where_it_is, pump=pump) as stream:
        box = Box()
        stream.subscribe(box)
        assert until(lambda: live(stream, 2))
        time.sleep(0.1)
        board.print(b"n:1\nn:2\nn:")
        assert until(lambda: box.rows("b0") == 2)
        board.unplug()
        assert until(lambda: Kind.DISCONNECTED in box.kinds("b0"))
        assert stream.states()["b0"] is BoardState.WAITING
        other.print(b"n:1\n" * 10)
        assert until(lambda: box.rows("b1") == 10)
        board.plug()
        assert until(lambda: Kind.RECONNECTED in box.kinds("b0"))
        time.sleep(0.1)
        board.print(b"n:7\nn:8\n")
        assert until(lambda: box.rows("b0") == 4)
    assert box.column("b0", "n") == [1, 2, 7, 8]
    told = [i for i in box.items() if isinstance(i, Happening) and i.kind is Kind.RECONNECTED]
    assert 0.0 < float(str(told[0].detail["away_s"])) < 10.0


def test_a_board_is_found_at_another_port(boards: list[PtyBoard]) -> None:
    where = {"b0": boards[0].port}
    address = BoardAddress("b0", boards[0].port, "usb:123")
    with Stream([address], open_where_it_is, whereabouts=lambda b: where.get(b.name)) as stream:
        box = Box()
        stream.subscribe(box)
        assert until(lambda: live(stream, 1))
        del where["b0"]
        boards[0].unplug()
        assert until(lambda: Kind.DISCONNECTED in box.kinds("b0"))
        where["b0"] = boards[3].port
        assert until(lambda: Kind.RECONNECTED in box.kinds("b0"))
        time.sleep(0.1)
        boards[3].print(b"n:1\n")
        assert until(lambda: box.rows("b0") == 1)


def test_a_slow_subscriber_stops_nobody_and_says_what_it_dropped(boards: list[PtyBoard]) -> None:
    slow, quick = Box(most_rows=100), Box()
    with Stream(addresses(boards[:1]), open_where_it_is) as stream:
        stream.subscribe(slow)
        stream.subscribe(quick)
        assert until(lambda: live(stream, 1))
        time.sleep(0.1)
        for n in range(5000):
            boards[0].print(b"n:%d\n" % n)
        assert until(lambda: quick.rows("b0") == 5000)
    assert quick.column("b0", "n") == list(range(5000))
    kept = slow.column("b0", "n")
    assert kept == list(range(5000 - len(kept), 5000))
    dropped = [i for i in slow.items() if isinstance(i, Happening) and i.kind is Kind.DROPPED]
    assert [i.detail["rows"] for i in dropped] == [5000 - len(kept)] == [slow.dropped_rows]


def test_a_flooding_board_is_held_back_told_and_nothing_is_lost(boards: list[PtyBoard]) -> None:
    flood, calm = boards[:2]
    stop = threading.Event()
    sent = 0

    def talk() -> None:
        nonlocal sent
        while not stop.is_set():
            flood.print(b"".join(b"n:%d\n" % n for n in range(sent, sent + 2000)))
            sent += 2000

    with Stream(addresses([flood, calm]), open_where_it_is) as stream:
        box = Box()
        stream.subscribe(box)
        assert until(lambda: live(stream, 2))
        time.sleep(0.1)
        thread = threading.Thread(target=talk)
        thread.start()
        try:
            assert until(lambda: Kind.THROTTLED in box.kinds("b0"), 30)
            calm.print(b"n:5\n")
            assert until(lambda: box.rows("b1") == 1)
        finally:
            stop.set()
            thread.join()
        assert until(lambda: box.rows("b0") == sent, 30)
    assert box.column("b0", "n") == list(range(sent))
    assert box.kinds("b0").count(Kind.THROTTLED) == 1


def test_links_without_a_descriptor(boards: list[PtyBoard]) -> None:
    there, here = memory_pair("memory")
    both = [*addresses(boards[:1]), BoardAddress("m", "memory")]
    stream = Stream(both, open_where_it_is)
    stream.adopt("m", here)
    box = Box()
    stream.subscribe(box)
    with stream:
        assert until(lambda: live(stream, 2))
        time.sleep(0.1)
        for n in range(300):
            there.write(b"n:%d\n" % n)
            boards[0].print(b"n:%d\n" % n)
        assert until(lambda: box.rows("m") == 300 and box.rows("b0") == 300)
    assert box.column("m", "n") == list(range(300))


def test_a_jump_of_the_wall_clock_is_told_and_bends_no_time(boards: list[PtyBoard]) -> None:
    wall = [1000.0]
    watch = WallWatch(wall=lambda: wall[0] + time.monotonic(), steady=time.monotonic)
    with Stream(addresses(boards[:1]), open_where_it_is, wall=watch) as stream:
        box = Box()
        stream.subscribe(box)
        assert until(lambda: live(stream, 1))
        time.sleep(0.1)
        boards[0].print(b"n:1\n")
        assert until(lambda: box.rows("b0") == 1)
        wall[0] -= 7200.0
        assert until(lambda: Kind.CLOCK_JUMPED in box.kinds(), 5)
        boards[0].print(b"n:2\n")
        assert until(lambda: box.rows("b0") == 2)
    times = [t for i in box.items() if hasattr(i, "host_s") for t in i.host_s]
    assert 0.0 < times[1] - times[0] < 10.0
    jumps = [i for i in box.items() if isinstance(i, Happening) and i.kind is Kind.CLOCK_JUMPED]
    assert [round(float(str(i.detail["by_s"]))) for i in jumps] == [-7200]


def test_marks_and_controls_reach_everybody(boards: list[PtyBoard]) -> None:
    with Stream(addresses(boards[:1]), open_where_it_is) as stream:
        box = Box()
        stream.subscribe(box)
        assert until(lambda: live(stream, 1))
        stream.mark("start")
        stream.set_control("b0", "fan", 40)
        assert until(lambda: boards[0].heard() == b"?set fan 40\n")
        assert until(lambda: Kind.MARK in box.kinds() and Kind.CONTROL in box.kinds("b0"))


def test_what_ends_the_reading_is_not_hidden(boards: list[PtyBoard]) -> None:
    class Broken:
        full = False

        def deliver(self, delivery: object) -> None:
            raise RuntimeError("broken subscriber")

    stream = Stream(addresses(boards[:1]), open_where_it_is)
    stream.subscribe(Broken())
    stream.start()
    assert until(lambda: stream._work is not None and stream._work.done())
    with pytest.raises(RuntimeError, match="broken subscriber"):
        stream.check()
    with pytest.raises(RuntimeError, match="broken subscriber"):
        stream.stop()
