"""What a board says while it starts, and what is made of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from stemkit.actions.boards.line import BoardLine
from stemkit.actions.flashing import boot
from stemkit.actions.flashing.boot import Booting
from stemkit.actions.flashing.errors import BrownOutError, NoBootError, NotBootingError
from stemkit.links.errors import PortMissingError
from stemkit.links.memory import memory_pair
from stemkit.loaders.errors import StoppedError
from stemkit.model.link import Link

ROM = b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\n"
BROWN_OUT = ROM + b"\r\nBrownout detector was triggered\r\n\r\n"
BLANK = (
    b"rst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)\r\ninvalid header: 0xffffffff\r\n"
)


@contextmanager
def saying(text: bytes, every_s: float) -> Iterator[Link]:
    """A board that says `text` again and again, and hears nothing."""
    near, far = memory_pair()
    over = threading.Event()

    def speak() -> None:
        while not over.wait(every_s):
            far.write(text)

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield near
    finally:
        over.set()
        thread.join()


def booting(
    link: Link | Callable[[], Link],
    limit_s: float = 8.0,
    stopped: Callable[[], bool] = lambda: False,
    on_silence: Callable[[], None] = lambda: None,
) -> Booting:
    reach = link if callable(link) else lambda: link
    line = BoardLine(lambda: "x", lambda port, baud: reach(), 115200, stopped)
    return Booting(line, stopped, on_silence, limit_s)


def test_a_brown_out_is_told_as_such() -> None:
    with saying(BROWN_OUT, 0.1) as link, pytest.raises(BrownOutError) as error:
        booting(link).identity()
    assert "hub" in error.value.remedy_told()


def test_what_the_rom_says_of_an_image_that_it_does_not_run_is_told() -> None:
    with saying(BLANK, 0.1) as link, pytest.raises(NotBootingError) as error:
        booting(link).identity()
    assert "invalid header: 0xffffffff" in error.value.told()


def test_control_characters_of_the_board_are_not_told() -> None:
    text = b"\x1b[2J\x07 csum err:0x1!=0x2\x1b[0m\r\n"
    with saying(text, 0.1) as link, pytest.raises(NotBootingError) as error:
        booting(link).identity()
    assert "\x1b" not in error.value.told()
    assert "csum err:0x1!=0x2" in error.value.told()


def test_a_silent_board_ends_with_the_limit_and_a_person_is_asked_to_press_reset() -> None:
    near, _far = memory_pair()
    asked: list[float] = []
    began_s = time.monotonic()
    with pytest.raises(NoBootError):
        booting(near, 5.0, on_silence=lambda: asked.append(time.monotonic())).identity()
    assert time.monotonic() - began_s < 12
    assert len(asked) == 1


def test_a_port_that_does_not_come_back_ends_with_the_limit() -> None:
    def gone() -> Link:
        raise PortMissingError(port="x")

    with pytest.raises(NoBootError) as error:
        booting(gone, 0.5).identity()
    assert "x" in error.value.told()


def test_a_stop_ends_the_wait() -> None:
    began_s = time.monotonic()
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    with saying(b"", 0.1) as link, pytest.raises(StoppedError):
        booting(link, 20.0, stop.is_set).identity()
    assert time.monotonic() - began_s < 5


def test_a_board_that_never_stops_talking_is_asked_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(boot, "_TALKS_S", 0.5)
    with saying(b"temperature: 21.5\r\n", 0.02) as link, pytest.raises(NoBootError) as error:
        booting(link, 4.0).identity()
    assert "temperature" in error.value.told()
