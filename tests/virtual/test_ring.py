"""The receive ring of a program whose time on the processor the system does not tell rightly."""

from __future__ import annotations

import os
import pty
import random
import select
import time
import tty
from collections.abc import Iterator

import pytest

from stemkit.virtual.loop import Loop
from stemkit.virtual.ring import Receiver, Ring
from tests.virtual.terminal import waiting


class StoodStill:
    """A program in a virtual machine that gets no processor: it reads in no time at all."""

    def __init__(self) -> None:
        self.terminal, self.slave = pty.openpty()
        tty.setraw(self.slave)
        os.set_blocking(self.terminal, False)

    def unread(self) -> int:
        return waiting(self.slave)

    def has_unread(self) -> bool:
        return bool(select.select([self.slave], [], [], 0)[0])

    def usage_s(self) -> tuple[float, float, int]:
        return 1.25, 0.5, 7

    def is_held_up(self) -> bool:
        return False

    def heeds_interrupt(self) -> bool:
        return False

    def read(self) -> bytes:
        count = waiting(self.slave)
        return os.read(self.slave, count) if count else b""


@pytest.fixture
def program() -> Iterator[StoodStill]:
    program = StoodStill()
    yield program
    os.close(program.terminal)
    os.close(program.slave)


@pytest.mark.parametrize("lossless", [True, False])
def test_a_full_ring_goes_on_when_it_was_read(program: StoodStill, lossless: bool) -> None:
    loop = Loop()
    receiver = Receiver(loop, program, Ring(260, lossless=lossless), lambda: None)
    data = random.Random(1).randbytes(20_000)
    heard = b""
    deadline = time.monotonic() + 20
    receiver.give(data[:260])
    for at in range(260, len(data), 260):
        # A reader that is quick enough for the line loses nothing, full ring or not.
        while not (piece := program.read()) and time.monotonic() < deadline:
            loop.step(0.001)
        heard += piece
        while not receiver.give(b"") and time.monotonic() < deadline:
            heard += program.read()
        receiver.give(data[at : at + 260])
    while len(heard) < len(data) and time.monotonic() < deadline:
        heard += program.read()
        loop.step(0.001)
    assert heard == data
