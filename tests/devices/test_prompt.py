"""Boards that do not come to their prompt by themselves."""

from __future__ import annotations

import threading
import time

import pytest

from stemkit.devices.errors import (
    ChattyBoardError,
    EmptyBoardError,
    PressResetError,
    SilentBoardError,
)
from stemkit.devices.prompt import Firmness, Reached, reach_prompt
from stemkit.devices.session import Session
from stemkit.errors import StemkitError
from stemkit.links import open_link
from stemkit.links.memory import MemoryLink, memory_pair
from stemkit.model.link import LinkCapabilities
from stemkit.virtual import RunningBoard

from .virtual_time import OneSidedLink, VirtualTime

PRINTING = "while True: print('hello')"
TIGHT = "while True: pass"
SLEEPING = "import time\nwhile True: time.sleep(10)"
ASKING = "while True: input('name? ')"
TIDYING = "import time\ntry:\n while True: time.sleep(0.01)\nexcept KeyboardInterrupt: print('bye')"


@pytest.mark.parametrize("program", [PRINTING, TIGHT, SLEEPING, ASKING, TIDYING])
def test_a_program_is_interrupted(virtual_board: RunningBoard, program: str) -> None:
    start_main(virtual_board, program)
    link = open_link(virtual_board.port)
    session = Session(link)
    assert reach_prompt(session) is Reached.POLITELY
    assert session.exec("print(6 * 7)").strip() == b"42"
    link.close()


def start_main(board: RunningBoard, program: str) -> None:
    link = open_link(board.port)
    session = Session(link)
    session.enter()
    session.exec(f"f = open('main.py', 'w')\nf.write({program!r})\nf.close()")
    assert session.restart_program()
    time.sleep(0.2)
    link.close()


class Chip:
    """A chip with DTR and RTS wired to reset: it obeys Ctrl-C only just after a reset."""

    def __init__(self, boots: bytes, obeys_s: float) -> None:
        self.near, self.far = memory_pair("COM9")
        self.boots, self.obeys_s = boots, obeys_s
        self.resets = 0
        self.ready_s = float("inf")
        self.prompt = False
        self.link = _Wired(self)
        threading.Thread(target=self._run, args=[self.far], daemon=True).start()

    def reset(self) -> None:
        self.resets += 1
        self.prompt = False
        self.far.write(self.boots)
        self.ready_s = time.monotonic() + 0.3

    def _run(self, far: MemoryLink) -> None:
        try:
            while True:
                self._take(far, far.read(100, 0.01))
        except StemkitError:
            pass

    def _take(self, far: MemoryLink, data: bytes) -> None:
        now = time.monotonic()
        if b"\x03" in data and self.ready_s <= now < self.ready_s + self.obeys_s:
            self.prompt = True
        if self.prompt and b"\x01" in data:
            far.write(b"raw REPL; CTRL-B to exit\r\n>")
        elif self.prompt and b"\x05A\x01" in data:
            far.write(b"R\x00")
        elif self.prompt and b"\x04" in data:
            far.write(b"OK\x04\x04>")
        elif self.prompt and b"\x03" in data:
            far.write(b"\r\n>>> ")


class _Wired(MemoryLink):
    """The memory link of a `Chip`, with its modem lines."""

    def __init__(self, chip: Chip) -> None:
        near = chip.near
        super().__init__(near.name, near._incoming, near._outgoing, near.baud)
        self.chip = chip
        self.seen: list[tuple[bool, bool]] = []

    @property
    def capabilities(self) -> LinkCapabilities:
        return LinkCapabilities(modem_lines=True, baud=True)

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        self.seen.append((dtr, rts))
        if self.seen[-2:] == [(False, True), (False, False)]:
            self.chip.reset()


BOOT = b"ets Jul 29 2019 12:21:46\r\nrst:0x1 (POWERON_RESET)\r\n"


def test_reset_wires_help_where_ctrl_c_does_not() -> None:
    chip = Chip(BOOT, obeys_s=5.0)
    session = Session(chip.link)
    assert reach_prompt(session, Firmness(reset_by_lines=True)) is Reached.BY_RESET
    assert chip.resets == 1
    assert session.entered


def test_lines_that_are_no_reset_wires_are_left_alone() -> None:
    chip = Chip(BOOT, obeys_s=5.0)
    with pytest.raises(SilentBoardError):
        reach_prompt(Session(chip.link))
    assert chip.link.seen == []


def test_a_person_presses_reset() -> None:
    chip = Chip(BOOT, obeys_s=5.0)
    asked: list[str] = []

    def ask(how: str) -> None:
        asked.append(how)
        threading.Timer(0.5, chip.reset).start()

    firmness = Firmness(how_to_reset="Press EN.", person_s=10.0)
    assert reach_prompt(Session(chip.link), firmness, ask) is Reached.WITH_HELP
    assert asked == ["Press EN."]


def test_a_program_that_lets_nobody_in_gives_words_for_the_person(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = VirtualTime(monkeypatch)
    link = OneSidedLink(clock, boots=b"MicroPython starts\r\n")
    with pytest.raises(PressResetError) as stuck:
        reach_prompt(Session(link), Firmness(reset_by_lines=True, how_to_reset="Press EN."))
    assert "Press EN." in stuck.value.remedy_told()
    assert link.resets == 1
    assert clock.now_s < 5


@pytest.mark.parametrize(
    ("says", "error"),
    [
        (b"Temp: 23.5\r\n", ChattyBoardError),
        (b"", SilentBoardError),
        (BOOT + b"invalid header: 0xffffffff\r\n", EmptyBoardError),
    ],
)
def test_other_devices_are_told_within_five_seconds(
    says: bytes, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = VirtualTime(monkeypatch)
    with pytest.raises(error):
        reach_prompt(Session(OneSidedLink(clock, says)))
    assert clock.now_s < 5
