"""What `stemkit.model.link.Link` promises, for every kind of link."""

from __future__ import annotations

import random
import select
import threading
import time
from collections.abc import Iterator

import pytest

from stemkit.links.errors import LinkLostError
from stemkit.model.link import Link

from .far import KINDS, Pair

EVERY_BYTE = bytes(range(256))


@pytest.fixture(params=KINDS)
def pair(request: pytest.FixtureRequest) -> Iterator[Pair]:
    with KINDS[request.param]() as made:
        yield made


def read_all(link: Link, count: int, max_bytes: int = 4096) -> bytes:
    got = bytearray()
    while len(got) < count:
        data = link.read(max_bytes, 3.0)
        if not data:
            break
        got += data
    return bytes(got)


def test_reads_what_arrives_in_order(pair: Pair) -> None:
    link, far = pair
    far.send(EVERY_BYTE)
    far.send(b"then this")
    assert read_all(link, 265) == EVERY_BYTE + b"then this"


def test_reads_no_more_than_asked(pair: Pair) -> None:
    link, far = pair
    far.send(b"abcdefgh")
    assert read_all(link, 1, max_bytes=1) == b"a"
    pieces = []
    while sum(map(len, pieces)) < 7:
        pieces.append(link.read(3, 3.0))
        assert 1 <= len(pieces[-1]) <= 3
    assert b"".join(pieces) == b"bcdefgh"


def test_reads_as_soon_as_there_is_any(pair: Pair) -> None:
    link, far = pair
    threading.Timer(0.1, far.send, [b"x"]).start()
    started = time.monotonic()
    assert link.read(1000, 20.0) == b"x"
    assert time.monotonic() - started < 10


def test_gives_nothing_after_the_time(pair: Pair) -> None:
    link, _ = pair
    started = time.monotonic()
    assert link.read(10, 0.15) == b""
    assert time.monotonic() - started >= 0.14
    assert link.read(10, 0.0) == b""


def test_writes_every_byte(pair: Pair) -> None:
    link, far = pair
    link.write(EVERY_BYTE)
    link.write(b"")
    link.write(b"end")
    assert far.receive(259) == EVERY_BYTE + b"end"


def test_counts_what_waits(pair: Pair) -> None:
    link, far = pair
    assert link.waiting() == 0
    far.send(b"12345")
    deadline = time.monotonic() + 5
    while link.waiting() < 5 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert link.waiting() == 5
    assert link.read(2, 1.0) == b"12"
    assert link.waiting() == 3


def test_carries_much_both_ways_at_once(pair: Pair) -> None:
    link, far = pair
    there = random.Random(1).randbytes(60_000)
    back = random.Random(2).randbytes(60_000)
    received: list[bytes] = []
    threads = [
        threading.Thread(target=lambda: received.append(far.receive(len(there)))),
        threading.Thread(
            target=lambda: [far.send(back[i : i + 999]) for i in range(0, 60_000, 999)]
        ),
        threading.Thread(target=link.write, args=[there]),
    ]
    if hasattr(link, "written"):  # a replay receives what was written before it looks
        threads = [threads[1], threads[2]]
    for thread in threads:
        thread.start()
    assert read_all(link, len(back)) == back
    for thread in threads:
        thread.join(10)
    assert (received or [far.receive(len(there))])[0] == there


def read_until_lost(link: Link) -> None:
    for _ in range(100):
        link.read(10, 0.05)


def test_is_lost_when_the_other_side_hangs_up(pair: Pair) -> None:
    link, far = pair
    far.send(b"last words")
    assert read_all(link, 10) == b"last words"
    far.hang_up()
    with pytest.raises(LinkLostError) as lost:
        read_until_lost(link)
    assert link.name in lost.value.told()
    with pytest.raises(LinkLostError):
        link.read(10, 0.0)
    link.close()


def test_a_closed_link_is_lost(pair: Pair) -> None:
    link, _ = pair
    link.close()
    link.close()
    with pytest.raises(LinkLostError):
        link.read(1, 0.0)
    with pytest.raises(LinkLostError):
        link.write(b"x")
    with pytest.raises(LinkLostError):
        link.waiting()
    with pytest.raises(LinkLostError):
        link.set_lines(dtr=False, rts=False)
    with pytest.raises(LinkLostError):
        link.baud = 9600


def test_lines_may_always_be_set(pair: Pair) -> None:
    link, far = pair
    link.set_lines(dtr=True, rts=False)
    link.set_lines(dtr=False, rts=False)
    far.send(b"still here")
    assert read_all(link, 10) == b"still here"


def test_the_rate_can_be_changed_where_it_says_so(pair: Pair) -> None:
    link, far = pair
    before = link.baud
    link.baud = 57600
    assert link.baud == (57600 if link.capabilities.baud else before)
    far.send(b"still here")
    assert read_all(link, 10) == b"still here"


def test_a_descriptor_can_be_waited_on(pair: Pair) -> None:
    link, far = pair
    fd = link.fileno()
    if fd is None:
        assert not select.select([], [], [], 0)[0]
        return
    assert not select.select([fd], [], [], 0)[0]
    far.send(b"x")
    assert select.select([fd], [], [], 5)[0] == [fd]
    assert link.read(1, 0.0) == b"x"
