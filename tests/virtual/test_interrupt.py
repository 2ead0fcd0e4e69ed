"""Ctrl-C stops what a virtual board runs, however the code got there."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.devices.errors import BoardExceptionError, BoardTimeLimitError
from stemkit.devices.session import Session
from stemkit.links import open_link
from stemkit.virtual import RunningBoard
from stemkit.virtual.paste import PasteWatch
from tests.conftest import StartBoards


@pytest.mark.parametrize("paste", [True, False], ids=["raw paste", "raw"])
@pytest.mark.parametrize("code", ["while True: pass", "import time\nwhile True: time.sleep(0.05)"])
def test_ctrl_c_stops_code(virtual_board: RunningBoard, paste: bool, code: str) -> None:
    link = open_link(virtual_board.port)
    with Session(link) as session:
        session.transport.use_raw_paste = paste
        session.start("print('runs')\n" + code)
        assert b"runs" in session.transport.until(b"runs", 5.0)
        session.interrupt()
        with pytest.raises(BoardExceptionError, match="KeyboardInterrupt"):
            session.finish(timeout_s=5.0)
        with pytest.raises(BoardTimeLimitError):
            session.exec(code, timeout_s=0.2)
        assert session.exec("print('still there')").strip() == b"still there"
    link.close()


def test_ctrl_c_at_the_raw_prompt_only_clears_the_line(virtual_board: RunningBoard) -> None:
    link = open_link(virtual_board.port)
    with Session(link) as session:
        session.exec("x = 1")
        link.write(b"y = 2\x03")
        time.sleep(0.05)
        assert session.exec("print(x)").strip() == b"1"
    link.close()


def test_ctrl_c_behind_late_output_does_not_restart_the_board(
    virtual_boards: StartBoards,
) -> None:
    """The code has ended, but a slow line still carries what it printed."""
    link = open_link(virtual_boards(paced=True)[0].port)
    with Session(link) as session:
        session.exec("kept = 1")
        session.start("while True: print('x')")
        time.sleep(0.1)
        for _ in range(5):
            session.interrupt()
            time.sleep(0.02)
    with Session(link) as session:
        assert session.exec("print(kept)").strip() == b"1"
    link.close()


def test_a_program_can_take_ctrl_c_as_data(virtual_board: RunningBoard) -> None:
    link = open_link(virtual_board.port)
    with Session(link) as session:
        session.start(
            "import micropython, sys\nmicropython.kbd_intr(-1)\nprint('go')\n"
            "data = sys.stdin.buffer.read(3)\nmicropython.kbd_intr(3)\nprint(data)"
        )
        assert b"go" in session.transport.until(b"go", 5.0)
        session.write(b"a\x03b")
        assert session.finish().strip() == b"b'a\\x03b'"
    link.close()


RUN = [
    ("host", b"\x05A\x01"),
    ("board", b"R\x01\x80\x00\x01"),
    ("host", b"print('>')\x04"),
    ("board", b"\x04>\r\n\x04\x04>"),
]


@given(st.lists(st.integers(1, 5), min_size=1, max_size=20))
def test_the_run_is_seen_in_pieces_of_any_size(sizes: list[int]) -> None:
    watch = PasteWatch()
    began, ended = 0, 0
    for _ in range(2):
        for who, data in RUN:
            rest = data
            for size in [*sizes, len(data)]:
                piece, rest = rest[:size], rest[size:]
                began += who == "host" and watch.from_host(piece)
                ended += who == "board" and watch.from_board(piece)
    assert (began, ended) == (2, 2)
