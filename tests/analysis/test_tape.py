from __future__ import annotations

from bisect import bisect_left, bisect_right
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from stemkit.analysis.tape import Tape

PIECES = st.lists(st.integers(0, 700), max_size=20)


@given(kept=st.integers(1, 2000), pieces=PIECES)
def test_the_newest_rows_are_kept_in_their_order(kept: int, pieces: list[int]) -> None:
    tape, added = Tape(2, kept), 0
    for n in pieces:
        tape.add([float(added + i) for i in range(n)], [float(-added - i) for i in range(n)])
        added += n
        assert min(added, kept) <= len(tape) <= kept + kept // 4 + max(pieces)
        newest = [float(i) for i in range(added - len(tape), added)]
        assert list(tape.column(0)) == newest
        assert list(tape.column(1)) == [-t for t in newest]
        a, b = len(tape) // 3, len(tape) // 2
        assert [list(part) for part in tape.rows(a, b)] == [newest[a:b], [-t for t in newest[a:b]]]


@given(kept=st.integers(1, 2000), low=st.floats(-10, 9000), high=st.floats(-10, 9000))
def test_rows_between(kept: int, low: float, high: float) -> None:
    tape = Tape(2, kept)
    for start in range(0, 8000, 100):
        times = [float(i // 2) for i in range(start, start + 100)]
        tape.add(times, times)
    times = list(tape.column(0))
    expected = times[bisect_left(times, low) : bisect_right(times, high)]
    assert [list(part) for part in tape.between(low, high)] == [expected, expected]


def test_what_was_given_out_stays_as_it_was() -> None:
    tape = Tape(1, 600)
    tape.add([float(i) for i in range(600)])
    seen = tape.column(0)
    for start in range(600, 5000, 50):
        tape.add([float(i) for i in range(start, start + 50)])
    assert list(seen) == [float(i) for i in range(600)]


def test_few_pieces_of_memory_are_taken() -> None:
    tape, pieces, rows = Tape(1, 10_000), set(), 0
    sizes = []
    for _ in range(2000):
        tape.add([0.0] * 16)
        rows += 16
        piece = tape._columns[0]
        if id(piece) not in pieces:
            pieces = {id(piece)}
            sizes.append(len(piece))
    assert sizes[-1] == 12_500
    assert len(sizes) <= 4 + rows // 2500
    assert all(a <= b for a, b in pairwise(sizes))


def test_fewer_rows_are_kept_from_now_on() -> None:
    tape = Tape(1, 8000)
    for _ in range(100):
        tape.add([0.0] * 100)
    tape.kept = 1000
    for _ in range(20):
        tape.add([1.0] * 100)
    assert 1000 <= len(tape) <= 1250
