"""A program's output as it comes: whole, byte by byte, and hostile."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.wire.harmless_output import HarmlessOutput


def shown(*pieces: bytes) -> str:
    output = HarmlessOutput()
    return "".join(map(output.feed, pieces)) + output.end()


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"hello\r\nworld\r\n", "hello\nworld\n"),
        ("Nhiệt độ: 23,5 °C\n".encode(), "Nhiệt độ: 23,5 °C\n"),
        (b"a\tb", "a\tb"),
        (b"\x1b[31mred\x1b[0m and \x1b]0;title\x07", "red and "),
        (b"\x07\x08\x00", "\ufffd\ufffd\ufffd"),
        (b"\xff\xfe", "\ufffd\ufffd"),
    ],
)
def test_what_is_shown(data: bytes, text: str) -> None:
    assert shown(data) == text


def test_a_question_is_shown_before_its_line_ends() -> None:
    assert HarmlessOutput().feed(b"How old are you? ") == "How old are you? "


@given(st.binary(max_size=80), st.lists(st.integers(0, 80), max_size=6))
def test_nothing_moves_the_cursor_however_it_comes(data: bytes, cuts: list[int]) -> None:
    places = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    pieces = [data[a:b] for a, b in itertools.pairwise(places)]
    text = shown(*pieces)
    assert all(letter.isprintable() or letter in "\n\t" for letter in text)


@given(st.text(st.characters(categories=["L", "N", "P"], include_characters=" \n"), max_size=60))
def test_plain_text_comes_out_as_it_is(text: str) -> None:
    data = text.encode()
    assert shown(data) == text
    assert shown(*(bytes([byte]) for byte in data)) == text
