"""The faulty link does what was asked of it, the same every time; replay keeps time."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.links.errors import LinkLostError
from stemkit.links.faulty import Faults, FaultyLink
from stemkit.links.memory import MemoryLink, memory_pair
from stemkit.links.replay import ReplayLink, at_baud
from stemkit.model.link import Link

DATA = bytes(range(256)) * 20


def faulty(faults: Faults, seed: int = 1) -> tuple[FaultyLink, MemoryLink]:
    near, far = memory_pair()
    return FaultyLink(near, faults, seed), far


def read_rest(link: Link) -> bytes:
    got = bytearray()
    while data := link.read(4096, 0.05):
        got += data
    return bytes(got)


def read_to_the_end(link: Link, size: int) -> bytes:
    """Everything until the link is lost; it must be lost within ten silent seconds."""
    got = bytearray()
    try:
        while data := link.read(size, 10.0):
            got += data
    except LinkLostError:
        return bytes(got)
    pytest.fail("the link was not lost")


@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=30), seed=st.integers(0, 5))
def test_faults_do_not_depend_on_the_size_of_chunks(sizes: list[int], seed: int) -> None:
    faults = Faults(drop=0.02, flip=0.02)
    whole, whole_far = faulty(faults, seed)
    whole.write(DATA)
    pieces, pieces_far = faulty(faults, seed)
    rest = DATA
    for size in [*sizes, len(DATA)]:
        pieces.write(rest[:size])
        rest = rest[size:]
    expected = whole_far.read(1 << 20, 0.0)
    assert pieces_far.read(1 << 20, 0.0) == expected
    assert 0.9 * len(DATA) < len(expected) < len(DATA)


def test_another_seed_is_another_fate() -> None:
    first, first_far = faulty(Faults(flip=0.01), 1)
    second, second_far = faulty(Faults(flip=0.01), 2)
    first.write(DATA)
    second.write(DATA)
    one, two = first_far.read(1 << 20, 0), second_far.read(1 << 20, 0)
    assert len(one) == len(two) == len(DATA)
    assert one != two


def test_flips_turn_one_bit() -> None:
    link, far = faulty(Faults(flip=1.0))
    far.write(b"\x00" * 100)
    assert all(byte.bit_count() == 1 for byte in read_rest(link))


@pytest.mark.parametrize("chunk", [1, 7, 4096])
def test_cut_while_reading(chunk: int) -> None:
    link, far = faulty(Faults(cut_read_at=100))
    far.write(DATA)
    assert read_to_the_end(link, chunk) == DATA[:100]
    with pytest.raises(LinkLostError):
        link.write(b"x")


def test_cut_while_writing_sends_what_came_before() -> None:
    link, far = faulty(Faults(cut_write_at=100))
    link.write(DATA[:60])
    with pytest.raises(LinkLostError):
        link.write(DATA[60:])
    assert far.read(4096, 0.1) == DATA[:100]
    with pytest.raises(LinkLostError):
        far.read(1, 0.1)


def test_stall_delays_and_loses_nothing() -> None:
    link, far = faulty(Faults(stall_every=2000, stall_s=0.1))
    far.write(DATA)
    started = time.monotonic()
    got = bytearray()
    while len(got) < len(DATA):
        got += link.read(4096, 1.0)
    assert bytes(got) == DATA
    assert time.monotonic() - started >= 0.2


def test_latency_is_added_once() -> None:
    link, far = faulty(Faults(latency_s=0.1))
    far.write(b"late")
    started = time.monotonic()
    assert link.read(10, 0.0) == b""
    assert link.waiting() == 0
    assert link.read(10, 5.0) == b"late"
    assert 0.09 <= time.monotonic() - started < 2


def test_replay_keeps_the_pace_of_the_recording() -> None:
    data = b"x" * 640
    started = time.monotonic()
    link = ReplayLink(at_baud(data, 32_000))
    assert read_to_the_end(link, 4096) == data
    assert 0.19 <= time.monotonic() - started < 3


def test_replay_runs_faster_on_request() -> None:
    link = ReplayLink([(0.0, b"a"), (3600.0, b"b")], speed=float("inf"))
    assert link.read(10, 0.0) == b"ab"
    with pytest.raises(ValueError, match="speed"):
        ReplayLink([], speed=0)
