"""The output filter: line ends, raw bytes, the banner, and the prompt's mode."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stemkit.virtual.output import Output

UNIX = b"MicroPython 9458e3a23f on 2026-07-05; linux [GCC 14.2.1] version"
BOARD = b"MicroPython v1.24.1 on 2024-11-29; Generic ESP32 module with ESP32"
MARK = b"\x01nobody guesses\n"
HELP = b'\r\nType "help()" for more information.\r\n'


def fed(output: Output, data: bytes, size: int) -> bytes:
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    return b"".join(output.feed(piece) for piece in pieces) + output.flush()


@given(st.binary(max_size=60), st.integers(1, 70))
def test_new_lines_become_cr_lf_however_the_bytes_come(data: bytes, size: int) -> None:
    whole = fed(Output(BOARD, False, MARK), data, len(data) or 1)
    assert fed(Output(BOARD, False, MARK), data, size) == whole
    assert whole.replace(b"\r\n", b"\n") == data.replace(b"\r\n", b"\n")


@given(st.binary(max_size=30), st.binary(max_size=30), st.integers(1, 40))
def test_raw_bytes_pass_as_they_are(text: bytes, raw: bytes, size: int) -> None:
    output = Output(BOARD, False, MARK)
    shown = fed(output, text + MARK + len(raw).to_bytes(4, "little") + raw + b"\n", size)
    assert shown.endswith(raw + b"\r\n")
    assert len(shown) <= 2 * len(text) + len(raw) + 2


@given(st.integers(1, 200))
def test_banner_names_the_board_however_it_comes(size: int) -> None:
    output = Output(BOARD, False, MARK)
    output.prompt_follows(3, UNIX)
    shown = fed(output, b"abc" + UNIX + HELP + b">>> ", size)
    assert shown == b"abc" + BOARD + HELP + b">>> "
    assert not output.raw_mode


@given(st.integers(1, 200))
def test_prompt_that_starts_raw_shows_no_banner(size: int) -> None:
    output = Output(BOARD, True, MARK)
    output.prompt_follows(5, UNIX)
    raw = b"\r\nraw REPL; CTRL-B to exit\r\n>"
    assert fed(output, b"boot\n" + UNIX + HELP + b">>> " + raw, size) == b"boot\r\n" + raw
    assert output.raw_mode


def test_mode_follows_what_was_shown_last() -> None:
    output = Output(BOARD, False, MARK)
    output.feed(b"\r\nraw REPL; CTRL-B to exit\r\n>")
    assert output.raw_mode
    output.feed(HELP)
    assert not output.raw_mode
