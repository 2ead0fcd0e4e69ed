"""Tracebacks of MicroPython, as they come and damaged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.wire.traceback import Frame, Traceback, parse_traceback

WHOLE = """Traceback (most recent call last):
  File "<stdin>", line 10, in <module>
  File "lib/light.py", line 5, in read
TypeError: unsupported types for __add__: 'int', 'str'
"""


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_traceback(end: str) -> None:
    found = parse_traceback(WHOLE.replace("\n", end))
    assert found == Traceback(
        (Frame("<stdin>", 10, "<module>"), Frame("lib/light.py", 5, "read")),
        "TypeError",
        "unsupported types for __add__: 'int', 'str'",
    )


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ('  File "<stdin>", line 2\nSyntaxError: invalid syntax', "SyntaxError", "invalid syntax"),
        ("MemoryError: ", "MemoryError", ""),
        ("KeyboardInterrupt: ", "KeyboardInterrupt", ""),
        ("OSError: [Errno 19] ENODEV", "OSError", "[Errno 19] ENODEV"),
        ("ValueError: two\nlines", "ValueError", "two"),
        ("what is this?", "Exception", "what is this?"),
        ("", "Exception", ""),
    ],
)
def test_what_it_says(text: str, kind: str, message: str) -> None:
    found = parse_traceback(text)
    assert (found.kind, found.message) == (kind, message)


@given(st.text(max_size=200))
def test_any_text_gives_one(text: str) -> None:
    parse_traceback(text)


@given(st.text(alphabet=st.characters(exclude_characters='"', categories=["L", "N"]), max_size=30))
def test_noise_in_front_is_no_matter(noise: str) -> None:
    assert parse_traceback(f"{noise}\n{WHOLE}").frames == parse_traceback(WHOLE).frames
