"""A link with the face of a pyserial port."""

from __future__ import annotations

import time

import pytest

from stemkit.links.memory import memory_pair
from stemkit.loaders.errors import LoaderTimeoutError, StoppedError
from stemkit.loaders.esp_port import PortFace


def test_read_waits_for_all_that_was_asked() -> None:
    near, far = memory_pair()
    face = PortFace(near)
    far.write(b"abc")
    assert face.read(2) == b"ab"
    face.timeout = 0.05
    assert face.read(5) == b"c"
    assert not face.starved
    assert face.read(1) == b""
    assert face.starved


def test_a_read_ends_with_its_timeout() -> None:
    face = PortFace(memory_pair()[0])
    face.timeout = 0.3
    start_s = time.monotonic()
    face.read(1)
    assert 0.25 < time.monotonic() - start_s < 1.5


def test_a_board_that_trickles_cannot_stretch_the_limit() -> None:
    near, far = memory_pair()
    face = PortFace(near)
    face.timeout = 10.0

    def read_for_ever() -> None:
        with face.within(0.3):
            while True:
                far.write(b"x")
                face.read(1)
                time.sleep(0.01)

    with pytest.raises(LoaderTimeoutError):
        read_for_ever()
    face.flushInput()
    far.write(b"y")
    assert face.read(1) == b"y"


def test_a_stop_is_seen_while_reading_and_writing() -> None:
    near, _ = memory_pair()
    stop = False
    face = PortFace(near, lambda: stop)
    face.write(b"before")
    stop = True
    with pytest.raises(StoppedError):
        face.write(b"after")
    with pytest.raises(StoppedError):
        face.read(1)
    with face.within(1.0, stoppable=False):
        face.write(b"to the end")


def test_what_was_written_arrives_in_order() -> None:
    near, far = memory_pair()
    data = bytes(range(256)) * 100
    assert PortFace(near).write(data) == len(data)
    got = b""
    while len(got) < len(data):
        got += far.read(65536, 1.0)
    assert got == data


def test_flushing_forgets_what_has_arrived() -> None:
    near, far = memory_pair()
    face = PortFace(near)
    far.write(b"old" * 1000)
    face.flushInput()
    far.write(b"new")
    assert face.read(3) == b"new"
    assert face.inWaiting() == 0


def test_lines_are_set_one_by_one_as_esptool_does() -> None:
    near, _ = memory_pair()
    face = PortFace(near)
    face.setDTR(True)
    assert near.lines == (True, False)
    face.setRTS(True)
    assert near.lines == (True, True)
    face.setDTR(False)
    assert near.lines == (False, True)
    assert (face.dtr, face.rts) == (False, True)


def test_closing_leaves_the_link_open() -> None:
    near, far = memory_pair()
    face = PortFace(near)
    face.close()
    far.write(b"x")
    assert near.read(1, 1.0) == b"x"
