"""Why nothing comes any more, from a board's last words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.wire.silence import Cause, silence_of

PROMPT = b"MicroPython v1.24.1 on 2024-11-29; Raspberry Pi Pico with RP2040\r\n>>> "
TRACEBACK = (
    b"temp:21.5\r\nTraceback (most recent call last):\r\n"
    b'  File "main.py", line 3, in <module>\r\n  File "main.py", line 9, in measure\r\n'
    b"OSError: [Errno 19] ENODEV\r\n"
)


@pytest.mark.parametrize(
    ("said", "cause", "text"),
    [
        (b"", Cause.UNKNOWN, ""),
        (b"temp:21.5\r\ntemp:21.6\r\n", Cause.UNKNOWN, ""),
        (b"temp:21.5\r\n>>> temp:21.6\r\n", Cause.UNKNOWN, ""),
        (b"temp:21.5\r\n" + PROMPT, Cause.PROMPT, ""),
        (b">>> ", Cause.PROMPT, ""),
        (TRACEBACK + PROMPT, Cause.ERROR, "OSError: [Errno 19] ENODEV (main.py, 9)"),
        (TRACEBACK[:-12], Cause.ERROR, "OSError: [Errno (main.py, 9)"),
        (b"temp:1\r\nCode done running.\r\n\r\nPress any key", Cause.ENDED, ""),
        (
            b'Traceback (most recent call last):\r\n  File "\x1b[2Jx", line 1\r\nA: \x1b]0;b\x07c',
            Cause.ERROR,
            "A: c (x, 1)",
        ),
    ],
)
def test_last_words(said: bytes, cause: Cause, text: str) -> None:
    found = silence_of(said)
    assert (found.cause, found.text) == (cause, text)
    assert found.certain == (said.endswith(b">>> ") or cause is Cause.ENDED)


@pytest.mark.parametrize(
    ("said", "cause", "text"),
    [
        (b"", Cause.UNKNOWN, ""),
        (b"0 1 2 3", Cause.UNKNOWN, ""),
        (b"0 1 2 " * 50, Cause.NO_LINE_END, ""),
        (b"hello\r\nworld\r\n" + b"0 1 2 " * 50, Cause.NO_LINE_END, ""),
        (b"hello\r\n\x1b[2Jthe door is open\r\n\r\n", Cause.WORDS, "the door is open"),
        (b"hello\r\n" + PROMPT, Cause.PROMPT, ""),
        (TRACEBACK, Cause.ERROR, "OSError: [Errno 19] ENODEV (main.py, 9)"),
    ],
)
def test_the_words_of_a_board_that_talks_on(said: bytes, cause: Cause, text: str) -> None:
    found = silence_of(said, talks=True)
    assert (found.cause, found.text) == (cause, text)


@given(st.binary(max_size=200), st.sampled_from([b"", TRACEBACK, PROMPT]), st.binary(max_size=99))
def test_any_last_words_are_told_harmlessly(before: bytes, said: bytes, after: bytes) -> None:
    found = silence_of(before + said + after)
    assert found.text.isprintable()
    assert len(found.text) < 200
