"""The contract of a link, kept by the ports of boards: virtual ones, and a real one.

`STEMKIT_TEST_BOARD=/dev/ttyUSB0 pytest tests/links` runs this on a board with MicroPython.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest

from stemkit.links import open_link
from stemkit.links.errors import LinkLostError
from stemkit.model.link import Link
from tests.conftest import StartBoards

REAL = os.environ.get("STEMKIT_TEST_BOARD", "")
ALL = bytes(range(32, 127))


@pytest.fixture(params=["pty", "socket", "rfc2217", "real"])
def link(request: pytest.FixtureRequest, virtual_boards: StartBoards) -> Iterator[Link]:
    """A board at its raw prompt, with nothing waiting."""
    if request.param == "real" and not REAL:
        pytest.skip("STEMKIT_TEST_BOARD names no board")
    port = REAL if request.param == "real" else virtual_boards(port=request.param)[0].port
    opened = open_link(port)
    opened.write(b"\r\x03\x03\r\x01")
    assert b"raw REPL" in read_until(opened, b"exit\r\n>")
    yield opened
    opened.close()


def read_until(link: Link, end: bytes) -> bytes:
    got = bytearray()
    deadline = time.monotonic() + 10
    while not got.endswith(end) and time.monotonic() < deadline:
        got += link.read(4096, 0.5)
    return bytes(got)


def run(link: Link, code: bytes) -> bytes:
    link.write(code + b"\x04")
    answer = read_until(link, b"\x04\x04>")
    return answer.removeprefix(b"OK").removesuffix(b"\x04\x04>")


def test_every_byte_goes_both_ways(link: Link) -> None:
    assert run(link, b"print(" + repr(ALL).encode() + b" == bytes(range(32, 127)))") == b"True\r\n"
    code = b"import sys\nsys.stdout.buffer.write(bytes(b for b in range(256) if b != 4))"
    assert run(link, code) == bytes(b for b in range(256) if b != 4)


def test_reads_in_pieces_and_waits_no_longer_than_asked(link: Link) -> None:
    link.write(b"print('abcdef')\x04")
    deadline = time.monotonic() + 10
    while link.waiting() < 14 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert link.read(3, 1.0) == b"OKa"
    assert read_until(link, b">") == b"bcdef\r\n\x04\x04>"
    started = time.monotonic()
    assert link.read(10, 0.2) == b""
    assert 0.19 <= time.monotonic() - started < 5


def test_opening_and_closing_resets_nothing(link: Link) -> None:
    assert run(link, b"kept = 42") == b""
    link.close()
    with pytest.raises(LinkLostError):
        link.write(b"x")
    again = open_link(link.name)
    again.write(b"\r\x03\x01")
    read_until(again, b"exit\r\n>")
    assert run(again, b"print(kept)") == b"42\r\n"
    again.close()
