"""Bytes that mean harm: no crash, nothing reaches a terminal, memory stays flat."""

from __future__ import annotations

import math
import random
import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from stemkit.model.reading import Described, Happening, Item, Readings
from stemkit.wire.harmless import harmless
from stemkit.wire.lines import LineReader
from wire.ways import listen, values

NASTY = [
    b"\x1b[2J\x1b]0;owned\x07",
    b"\x9b31m",
    b"\x00" * 7,
    b"\xff\xfe\xc3\x28",
    "\u202eevil\u2066".encode(),
    b"temp:" + b"9" * 5000,
    b"1e999,-1e999,nan",
    b"{" * 2000,
    b'{"a":' * 900,
    b"[" * 4000,
    b"(1," * 1000,
    b">a:1;" * 800,
    b"a:1," * 1000,
    b"a=" * 2000,
    b"#: v=1 " + b"ch=x;;;; " * 400,
    b"#: v=1 board=\x1b[31m",
    b",~1@2*ffff",
    b"temp:\x1b[31m1",
    b'"' * 3000,
    b" " * 4000 + b":",
    b"1\t" * 2000,
    b"-" * 4000,
    b"." * 4000,
    b"\r\n\r\r\n",
    b"Time (seconds),a\n1e308,1",
    b"\xd9\xa1\xd9\xa2:\xd9\xa3",
]


def printable(items: list[Item]) -> bool:
    words: list[str] = []
    for item in items:
        if isinstance(item, Readings):
            words += item.labels
            assert all(v != v or math.isfinite(v) for column in item.columns for v in column)
        elif isinstance(item, Happening):
            words += [str(value) for value in item.detail.values()]
        elif isinstance(item, Described):
            words.append(repr(item.description))
    return all(word.isprintable() for word in words)


@given(
    st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(NASTY), st.just(b"\n")), max_size=30)
)
def test_any_bytes(chunks: list[bytes]) -> None:
    _, items = listen(chunks)
    assert printable(items)


@given(st.binary(max_size=200))
def test_harmless_text_is_printable_and_one_line(junk: bytes) -> None:
    assert harmless(junk).isprintable()


@given(st.text(max_size=100))
def test_harmless_text_of_any_letters(text: str) -> None:
    shown = harmless(text.encode("utf-8", "surrogatepass"))
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_vietnamese_is_left_alone() -> None:
    assert harmless("Nhiệt độ: 23 °C".encode()) == "Nhiệt độ: 23 °C"


def test_colours_of_a_log_are_taken_away() -> None:
    assert harmless(b"\x1b[0;32mI (31) boot: ok\x1b[0m") == "I (31) boot: ok"


def test_junk_between_lines_costs_only_its_own_line() -> None:
    dice = random.Random(3)
    for nasty in NASTY:
        good = b"temp:1,hum:2\n"
        data = good * 6 + nasty + b"\n" + good * 6
        cuts = sorted(dice.randrange(len(data)) for _ in range(5))
        chunks = [data[a:b] for a, b in zip([0, *cuts], [*cuts, len(data)], strict=True)]
        _, items = listen(chunks)
        rows = [row for row in values(items) if row == {"temp": 1.0, "hum": 2.0}]
        assert len(rows) == 12, nasty
        assert printable(items)


def test_values_that_are_none_are_gaps() -> None:
    _, items = listen([b"a:nan,b:1e999,c:-inf,d:1\n" * 6])
    assert values(items) == [{"a": None, "b": None, "c": None, "d": 1.0}] * 6


def test_memory_stays_flat() -> None:
    dice = random.Random(7)
    reader = LineReader("b1")

    def feed(n: int) -> None:
        for i in range(n):
            junk = dice.choice(NASTY) if i % 3 else dice.randbytes(dice.randrange(400))
            reader.feed(junk + (b"\n" if i % 5 else b""), float(i))
            if i % 1000 == 0:
                reader.feed(b"x" * 1_000_000, float(i))

    feed(4000)
    tracemalloc.start()
    try:
        feed(500)
        before, _ = tracemalloc.get_traced_memory()
        feed(4000)
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert after - before < 200_000
