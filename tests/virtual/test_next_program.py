"""A host that is quicker than the board's side: the next program opens what the last one closed."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.storage import catalogue
from stemkit.virtual.plan import BoardPlan, Plan
from stemkit.virtual.profile import Profile
from stemkit.virtual.supervisor import Supervisor
from stemkit.virtual.world import board_spec
from stemkit.wire.esp_rom import SYNC, answers_sync


@pytest.fixture
def supervisor(tmp_path: Path) -> Iterator[Supervisor]:
    """In this process, so that a test decides what it sees in one look."""
    model = catalogue.boards()["esp32"]
    spec = board_spec(model, bytes(6)).to_json()
    board = BoardPlan("v1", Profile.of(model), spec, 0, paced=False, blank=True)
    made = Supervisor(Plan((board,), str(tmp_path), "", stop_with_stdin=False))
    made.start()
    yield made
    made.close()


def opened(supervisor: Supervisor) -> int:
    port = supervisor.boards["v1"].port
    assert port is not None
    fd = os.open(port.name, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(fd)
    return fd


def heard(supervisor: Supervisor, fd: int, during_s: float) -> bytes:
    found, loop = b"", supervisor.loop
    ends_s = loop.now_s() + during_s
    while loop.now_s() < ends_s:
        loop.step(0.01)
        try:
            found += os.read(fd, 4096)
        except BlockingIOError:
            continue
    return found


def test_a_loader_that_the_next_program_met_stays(supervisor: Supervisor) -> None:
    # Half a firmware: the chip's watchdog restarts it every second while nobody loads.
    supervisor.boards["v1"].family.flash.program(0x1000, b"\xe9\x03\x02\x20" + bytes(60))
    first = opened(supervisor)
    os.write(first, SYNC)
    assert answers_sync(heard(supervisor, first, 0.1))
    seconds: list[int] = []

    def busy(what: int) -> None:
        # The look that saw the first program go comes after the second has begun.
        if not seconds:
            seconds.append(opened(supervisor))
            os.write(seconds[0], SYNC)

    meanwhile, wakes = os.pipe()
    supervisor.loop.watch(meanwhile, busy)
    supervisor.loop.step(0.05)
    os.write(wakes, b"x")
    os.close(first)
    supervisor.loop.step(0.1)
    said = heard(supervisor, seconds[0], 1.3)
    assert answers_sync(said)
    assert b"RTCWDT_RTC_RESET" not in said
    os.write(seconds[0], SYNC)
    assert answers_sync(heard(supervisor, seconds[0], 0.1))
    supervisor.loop.unwatch(meanwhile)
    for fd in (seconds[0], meanwhile, wakes):
        os.close(fd)
