"""Numbers, times and check sums that a board adds; gaps, resets and damage that they show."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.model.reading import Gap, Kind, Readings
from stemkit.wire.tail import DamagedTail, Tail, crc16, split_tail, with_tail
from wire.ways import kinds, listen, pieces, story, values


def lines(first: int, last: int, *, ms: int = 10, at: int = 0) -> bytes:
    body = b"temp:%d.5,hum:%d"
    return b"".join(with_tail(body % (n, n), n, at + n * ms) + b"\n" for n in range(first, last))


def lost(items: list[object]) -> list[int]:
    return [item.lost for item in items if isinstance(item, Gap)]


def test_the_check_value_of_the_standard() -> None:
    # CRC-16/IBM-3740 in the catalogue of parametrised CRC algorithms.
    assert crc16(b"123456789") == 0x29B1


@given(st.binary(max_size=60), st.integers(0, 1 << 20), st.integers(0, 1 << 34))
def test_a_tail_comes_back(body: bytes, seq: int, ticks_ms: int) -> None:
    line = with_tail(body, seq, ticks_ms)
    assert split_tail(line) == Tail(body, seq % (1 << 16), ticks_ms % (1 << 30))


@given(st.data())
def test_a_flipped_bit_is_seen(data: st.DataObject) -> None:
    line = bytearray(with_tail(b"temp:23.51,hum:60", 7, 1234))
    at = data.draw(st.integers(0, len(line) - 1))
    line[at] ^= 1 << data.draw(st.integers(0, 7))
    try:
        found = split_tail(bytes(line))
    except DamagedTail:
        return
    # The tail may be gone altogether, or its CRC's letters have changed their case.
    assert found is None or bytes(line).lower() == with_tail(b"temp:23.51,hum:60", 7, 1234)


def test_tailed_lines_are_readings_with_both_clocks() -> None:
    for chunks in pieces(lines(0, 40)):
        reader, items = listen(chunks)
        assert values(items) == [{"temp": n + 0.5, "hum": n} for n in range(40)]
        rows = [item for item in items if isinstance(item, Readings)]
        assert [s for row in rows for s in row.seqs or ()] == list(range(40))
        assert [ms for row in rows for ms in row.board_ms or ()] == [n * 10 for n in range(40)]
        assert reader.counts.lost == 0
        assert reader.tails


def test_missing_lines_are_counted_at_their_place() -> None:
    data = lines(0, 20) + lines(23, 40)
    for chunks in pieces(data):
        reader, items = listen(chunks)
        assert lost(items) == [3]
        assert reader.counts.lost == 3
        at = next(i for i, told in enumerate(story(items)) if told == ("lost", 3))
        assert story(items)[at + 1][2] == ("23.5", "23.0")


@pytest.mark.parametrize("start", [65500, 65535, (1 << 16) * 3 - 10])
def test_the_line_number_wraps(start: int) -> None:
    data = lines(start, start + 50) + lines(start + 52, start + 60)
    for chunks in pieces(data):
        assert lost(listen(chunks)[1]) == [2]


def test_the_tick_counter_wraps_without_a_reset() -> None:
    data = lines(0, 60, at=(1 << 30) - 300)
    for chunks in pieces(data):
        _, items = listen(chunks)
        rows = [item for item in items if isinstance(item, Readings)]
        stamps = [ms for row in rows for ms in row.board_ms or ()]
        assert [b - a for a, b in itertools.pairwise(stamps)] == [10] * 59
        assert Kind.RESTARTED not in kinds(items)


def test_a_damaged_line_gives_no_values_and_counts_as_lost() -> None:
    damaged = lines(7, 8).replace(b"7.5", b"9.5")
    for chunks in pieces(lines(0, 7) + damaged + lines(8, 12)):
        reader, items = listen(chunks)
        assert [row["hum"] for row in values(items)] == [n for n in range(12) if n != 7]
        assert reader.counts.damaged == 1
        assert lost(items) == [1]


def test_a_line_that_lost_its_tail_gives_no_values() -> None:
    for chunks in pieces(lines(0, 7) + b"temp:7.5,hum:\n" + lines(8, 12)):
        reader, items = listen(chunks)
        assert [row["hum"] for row in values(items)] == [n for n in range(12) if n != 7]
        assert reader.counts.damaged + reader.counts.unread == 1


@pytest.mark.parametrize("boot", [b"", b"MPY: soft reboot\n", b"ets Jul 29 2019\nrst:0x1\n"])
def test_a_reset_begins_a_new_segment_and_loses_nothing(boot: bytes) -> None:
    plain = b"temp:1,hum:2\n" * 3 if boot else b""
    for chunks in pieces(lines(0, 20) + boot + plain + lines(0, 20)):
        reader, items = listen(chunks)
        assert kinds(items).count(Kind.RESTARTED) == 1
        assert lost(items) == []
        assert reader.timeline.segment == 1
        assert len(values(items)) == 40 + len(plain.splitlines())


def test_a_board_that_stops_adding_tails_was_reset() -> None:
    for chunks in pieces(lines(0, 20) + b"temp:1,hum:2\n" * 5):
        reader, items = listen(chunks)
        assert len(values(items)) == 25
        assert kinds(items).count(Kind.RESTARTED) == 1
        assert not reader.tails


def test_a_program_may_print_between_its_lines() -> None:
    for chunks in pieces(lines(0, 10) + b"hello there\n" + lines(10, 20)):
        reader, items = listen(chunks)
        assert len(values(items)) == 20
        assert reader.counts.unread == 1
        assert lost(items) == []
