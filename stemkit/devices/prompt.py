"""Getting to the prompt of a board that does not come by itself.

First politely: Ctrl-C, as a person would press it. Then firmly: Ctrl-C many times a second, for a
program that catches it, for a board that boots again and again and for one that wakes only now and
then; where DTR and RTS are reset wires, a reset, and Ctrl-C before the program can switch the
interrupt character off. A prompt that a timer keeps writing into is cleaned by a soft reset that
does not start `main.py` (safe boot). Last, where somebody sits there, the person is asked to press
reset, and Ctrl-C goes on meanwhile.
"""

from __future__ import annotations

import enum
import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass

from stemkit.devices.errors import (
    BoardConfusedError,
    BoardExceptionError,
    EmptyBoardError,
    NoPromptError,
    PressResetError,
)
from stemkit.devices.session import INTERRUPT, Session, no_prompt
from stemkit.wire.esp_rom import read_rom_text

POLITE_S = 1.5
INSIST_S = 0.7
# ROM, MicroPython's own start and a boot.py: an ESP32 needs about a second, an ESP8266 two.
AFTER_RESET_S = 2.3
# A chip marks one interrupt at a time, 87 us a byte at 115200 baud: a short stream of them gets
# into the handler of a program that catches the first, a pause lets the board's answer through.
# Behind USB the whole stream arrives at once and is one interrupt: so each second one has gaps.
_STREAM = INTERRUPT * 16
_GAP_S = 0.0002
_EVERY_S = 0.01
_RESET_PULSE_S = 0.1
_PROMPT = b">>> "
# What only MicroPython writes.
_SIGNS = (_PROMPT, b"MicroPython", b"MPY: ", b"raw REPL", b"Traceback (most recent call last)")


class Reached(enum.Enum):
    """What it took."""

    POLITELY = "politely"
    BY_INSISTING = "by insisting"
    BY_RESET = "by reset"
    WITH_HELP = "with help"


@dataclass(frozen=True, slots=True)
class Firmness:
    """How far to go. The defaults end within 5 seconds."""

    reset_by_lines: bool = False
    """DTR and RTS of this port are the board's reset wires (an ESP board behind a bridge chip)."""
    runs_micropython: bool = False
    """It is known to, so that silence means a stuck program and not another device."""
    how_to_reset: str = ""
    """For this kind of board, in the person's language."""
    person_s: float = 0.0
    """How long to wait for the person; 0: nobody is there."""


def nobody(how: str) -> None:
    """The default for asking the person: nobody is there."""


def reach_prompt(
    session: Session,
    firmness: Firmness | None = None,
    ask_person: Callable[[str], None] = nobody,
) -> Reached:
    """Bring `session` to its raw prompt, by more force where it needs that.

    `ask_person` is called once with `how_to_reset` where only a person can help. Raises
    `PressResetError`, `EmptyBoardError`, `SilentBoardError` or `ChattyBoardError` when nothing
    helped.
    """
    firmness = firmness or Firmness()
    try:
        session.enter(POLITE_S)
        return clean(session, Reached.POLITELY)
    except NoPromptError as error:
        heard = error.heard
    _refuse_empty(session, heard)
    insisting = Insisting(session)
    if insisting.until(INSIST_S):
        return clean(session, Reached.BY_INSISTING)
    if firmness.reset_by_lines and session.link.capabilities.modem_lines:
        _reset(session)
    if insisting.until(AFTER_RESET_S):
        return clean(session, Reached.BY_RESET)
    heard += insisting.heard
    _refuse_empty(session, heard)
    if firmness.person_s:
        ask_person(firmness.how_to_reset)
        if insisting.until(firmness.person_s):
            return clean(session, Reached.WITH_HELP)
    raise _hopeless(session, firmness, heard)


class Insisting:
    """Ctrl-C again and again, and what came meanwhile."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.heard = b""

    def until(self, seconds: float) -> bool:
        """Whether the raw prompt was reached within that time."""
        session = self._session
        deadline = time.monotonic() + seconds
        for spread in itertools.cycle((False, True)):
            if time.monotonic() >= deadline:
                return False
            self._press(spread)
            self.heard = (self.heard + session.transport.port.read_some(_EVERY_S))[-4000:]
            if self.heard.endswith(_PROMPT):
                # Each Ctrl-C that it still gets is answered with another prompt.
                session.wait_quiet(0.05, 0.5)
                try:
                    session.enter(1.5)
                except NoPromptError:
                    continue  # `main.py` started after all
                return True
        return False

    def _press(self, spread: bool) -> None:
        link = self._session.link
        if not spread:
            link.write(_STREAM)
            return
        for at in range(len(_STREAM)):
            link.write(_STREAM[at : at + 1])
            time.sleep(_GAP_S)


def _reset(session: Session) -> None:
    """Pull EN low and let go, with the boot pin high: the chip starts what is in its flash."""
    session.link.set_lines(dtr=False, rts=True)
    time.sleep(_RESET_PULSE_S)
    session.link.set_lines(dtr=False, rts=False)


def clean(session: Session, reached: Reached) -> Reached:
    """Make sure that the prompt answers in order; a soft reset ends what writes into it."""
    try:
        session.exec("", timeout_s=5.0)
    except (BoardConfusedError, BoardExceptionError):
        session.enter(POLITE_S)
        session.soft_reset(5.0)
        session.exec("", timeout_s=5.0)
    return reached


def _refuse_empty(session: Session, heard: bytes) -> None:
    if read_rom_text(heard).blank:
        raise EmptyBoardError(port=session.link.name, heard=heard)


def _hopeless(session: Session, firmness: Firmness, heard: bytes) -> NoPromptError:
    if firmness.runs_micropython or any(sign in heard for sign in _SIGNS):
        return PressResetError(port=session.link.name, how=firmness.how_to_reset, heard=heard)
    return no_prompt(session.link.name, heard)
