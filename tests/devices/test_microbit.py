"""The session and the question on the real firmware of a micro:bit V1, in QEMU.

It is the smallest board: MicroPython 1.9, 9 kB of heap, a receive ring of 64 bytes, no raw paste.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.devices.errors import BoardExceptionError
from stemkit.devices.identity import probe
from stemkit.devices.prompt import Reached, reach_prompt
from stemkit.devices.session import Session
from stemkit.links import open_link
from stemkit.model.link import Link

QEMU = ("qemu-system-arm", "-M", "microbit", "-nographic", "-monitor", "none", "-serial", "pty")
pytestmark = pytest.mark.debian("qemu-system-arm")


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    import uflash

    hex_file = Path(uflash.__file__).parent / "micropython-microbit-v1.1.1.hex"
    machine = subprocess.Popen(
        [*QEMU, "-device", f"loader,file={hex_file}"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert machine.stdout is not None
    said = re.search(r"/dev/pts/\d+", machine.stdout.readline())
    assert said
    yield said.group(0)
    machine.kill()
    machine.wait()


@pytest.fixture
def link(port: str) -> Iterator[Link]:
    opened = open_link(port)
    try:
        reach_prompt(Session(opened))
        yield opened
    finally:
        opened.close()


def test_who_it_is(link: Link) -> None:
    Session(link).leave()
    identity = probe(link)
    assert (identity.version, identity.platform) == ("1.1.1", "microbit")
    assert identity.machine == "micro:bit with nRF51822"
    assert len(identity.unique_id) == 16


def test_code_longer_than_its_receive_ring(link: Link) -> None:
    with Session(link) as session:
        assert session.exec("#" * 600 + "\nx = 42\n" + "#" * 600 + "\nprint(x)").strip() == b"42"
        assert not session.transport.use_raw_paste


def test_no_code_is_no_reset(link: Link) -> None:
    with Session(link) as session:
        session.exec("kept = 1")
        assert session.exec("") == b""
        assert session.exec("print(kept)").strip() == b"1"


def test_too_little_memory_is_the_boards_own_error(link: Link) -> None:
    with Session(link) as session, pytest.raises(BoardExceptionError, match="MemoryError"):
        session.exec("x = bytearray(20000)")


def test_a_program_is_stopped_and_runs_again(link: Link) -> None:
    with Session(link) as session:
        session.exec("f = open('main.py', 'w')\nf.write(\"while True: print('hi')\")\nf.close()")
        assert session.restart_program()
        assert b"hi" in session.transport.until(b"hi", 5.0)
        assert reach_prompt(session) is Reached.POLITELY
        session.exec("import os\nos.remove('main.py')")
