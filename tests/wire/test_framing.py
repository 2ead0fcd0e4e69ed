from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stemkit.wire.framing import LONGEST_LINE, LineSplitter
from wire.ways import pieces

ENDS = st.sampled_from([b"\n", b"\r\n", b"\r", b"\n\n"])
LINES = st.lists(st.tuples(st.binary(max_size=40), ENDS), max_size=12)


def wanted(lines: list[tuple[bytes, bytes]]) -> list[bytes]:
    whole = b"".join(line + end for line, end in lines).replace(b"\r", b"\n")
    return [line for line in whole.split(b"\n") if line]


@given(LINES)
def test_lines_come_out_however_they_are_cut(lines: list[tuple[bytes, bytes]]) -> None:
    data = b"".join(line + end for line, end in lines)
    for chunks in pieces(data):
        splitter = LineSplitter(first_line_cut=False)
        found = [line for chunk in chunks for line in splitter.feed(chunk)]
        assert found + splitter.end() == wanted(lines)


def test_the_first_line_is_dropped_where_it_may_be_cut() -> None:
    for chunks in pieces(b"alf a line\nwhole\r\nrest"):
        splitter = LineSplitter()
        assert [line for chunk in chunks for line in splitter.feed(chunk)] == [b"whole"]


def test_a_long_line_is_cut_once_and_the_next_is_whole() -> None:
    long = b"x" * 1_000_000
    for size in (1000, 4096, 5000, 1_000_010):
        splitter = LineSplitter(first_line_cut=False)
        data = b"a\n" + long + b"\nb\n"
        found = [
            line for i in range(0, len(data), size) for line in splitter.feed(data[i : i + size])
        ]
        assert found == [b"a", b"x" * LONGEST_LINE, b"b"]
        assert splitter.overlong == 1


def test_a_new_port_begins_anew() -> None:
    splitter = LineSplitter(first_line_cut=False)
    assert splitter.feed(b"half") == []
    splitter.restart()
    assert splitter.feed(b"other half\nwhole\n") == [b"whole"]
