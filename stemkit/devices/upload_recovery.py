"""What to do when an upload is interrupted: try again, more carefully, or say why it is over."""

from __future__ import annotations

import contextlib
import time
from dataclasses import dataclass
from typing import Final, NoReturn

from stemkit.devices.dialogue import ReceiverDeafError, ReceiverGoneError
from stemkit.devices.errors import NoPromptError
from stemkit.devices.receiver import Facts
from stemkit.devices.session import Session
from stemkit.devices.upload_errors import (
    BoardFullError,
    BoardMemoryError,
    BoardWriteError,
    ReadOnlyBoardError,
    ReceiverRefusedError,
    UploadFailedError,
)
from stemkit.errors import BoardError
from stemkit.events import Noted, Sink
from stemkit.words import N_, tr

_INTERRUPTS: Final = b"\r\x03\x03"
# A board that was reset is back at its prompt after this.
_BOOT_S: Final = 8.0
_QUIET_S: Final = 0.03
_TRIES_IN_A_ROW: Final = 5
_TRIES: Final = 40
_ETIMEDOUT: Final = 110
_ENOSPC: Final = 28
_EROFS: Final = 30


@dataclass(frozen=True, slots=True)
class Size:
    """Window and buffer of a stream, and the free memory from which they are taken."""

    window_bits: int
    room_bytes: int
    from_bytes: int


# The smallest heap in which an upload goes, less what was in use before, is more than window and
# buffer: code that is compiled meanwhile, tables, gaps. tests/benchmarks/bench_upload_memory.py
# measures it, with words of 32 bits as a board's: 53, 24, 12 and 10 kB.
SIZES: Final = (
    Size(15, 8192, 1_000_000),
    Size(13, 4608, 60_000),
    Size(10, 1280, 14_000),
    Size(0, 1024, 0),
)
# Ports whose heap is small however much of it is free now: an upload may take 10 kB of it.
_LARGEST: Final = {"esp8266": 3}


class Recovery:
    """The state of one upload's misfortunes."""

    def __init__(self, session: Session, board: str, sink: Sink) -> None:
        self._session, self._board, self._sink = session, board, sink
        self._tries = self._all_tries = self._squeezed = self._write_failures = 0
        self._free_memory = 0
        self._least = self._empty = self._emptied = False
        self._slow_baud = session.link.baud
        self.deflate = True
        self.fast = True
        self.carefully = False
        self.needed_kb = self.free_kb = 0
        """What the files need and what was free, in kB."""

    def sizes(self, facts: Facts) -> tuple[int, int]:
        """Window bits (0: nothing is deflated) and buffer bytes for this board."""
        fitting = [i for i, size in enumerate(SIZES) if facts.free_memory >= size.from_bytes]
        place = max(fitting[0], _LARGEST.get(facts.platform, 0)) + self._squeezed
        size = SIZES[min(place, len(SIZES) - 1)]
        self._least = place >= len(SIZES) - 1
        self._free_memory = facts.free_memory
        if fitting[0] + self._squeezed >= len(SIZES) - 1 and self.deflate:
            self._note(N_("Little memory is free: the files are sent as they are."))
        return (size.window_bits if self.deflate else 0), size.room_bytes

    @property
    def tried(self) -> bool:
        """Whether this is not the first try."""
        return self._all_tries > 0

    def got_through(self) -> None:
        """A block of files has arrived: the line is not dead."""
        self._tries = 0

    def board_full(self) -> NoReturn:
        """Say that there is no room."""
        raise BoardFullError(port=self._session.link.name, needed=self.needed_kb, free=self.free_kb)

    def after(self, error: ReceiverGoneError | ReceiverDeafError) -> None:
        """Bring the board back to its raw prompt, or raise what a person must know."""
        self._tries += 1
        self._all_tries += 1
        if isinstance(error, ReceiverGoneError):
            self._judge(error)
        if self._tries > _TRIES_IN_A_ROW or self._all_tries > _TRIES:
            raise UploadFailedError(port=self._session.link.name) from error
        self.carefully = self._tries > 1
        self.fast = self.fast and self._tries < 2
        if isinstance(error, ReceiverGoneError):
            # Its last words, at the rate that it has gone back to; an interrupt in the middle of
            # them would meet the prompt.
            if self._session.link.baud != self._slow_baud:
                self._session.link.baud = self._slow_baud
            while self._session.transport.port.read_some(_QUIET_S):
                pass
        else:
            self.let_go()
        self._to_prompt()

    def let_go(self) -> None:
        """Free the board from the receiver, at the rate that both are at now."""
        link = self._session.link
        with contextlib.suppress(BoardError):
            link.write(_INTERRUPTS)
            if link.baud != self._slow_baud:
                # The board goes back to its rate a moment after the interrupt.
                time.sleep(0.05)
                link.baud = self._slow_baud

    def _to_prompt(self) -> None:
        session = self._session
        try:
            session.enter(_BOOT_S)
            if self._empty or self._tries == 3:
                # It empties the memory and ends what timers and threads of a program go on with.
                session.soft_reset()
                self._empty, self._emptied = False, True
        except NoPromptError:
            if self._tries >= 2:
                raise
            session.enter(_BOOT_S)

    def _judge(self, error: ReceiverGoneError) -> None:
        port = self._session.link.name
        last = (error.trace.strip().splitlines() or [""])[-1]
        if last.startswith("MemoryError"):
            self._squeeze(error)
        elif last.startswith(("ImportError", "AttributeError")):
            if not self.deflate:
                raise ReceiverRefusedError(port=port, reason=last) from error
            self._without_deflate()
        elif error.errno == _ENOSPC:
            self.board_full()
        elif error.errno == _EROFS:
            raise ReadOnlyBoardError(port=port) from error
        elif error.errno not in (None, _ETIMEDOUT):
            self._write_failures += 1
            if self._write_failures > 1:
                raise BoardWriteError(port=port, reason=last) from error

    def _squeeze(self, error: ReceiverGoneError) -> None:
        """Too little memory: empty it once, then use less."""
        if self._emptied and self._least:
            free = self._free_memory // 1000
            raise BoardMemoryError(port=self._session.link.name, free=free) from error
        if self._emptied:
            self._squeezed += 1
        self._empty = True

    def _without_deflate(self) -> None:
        self.deflate = False
        self._note(N_("This board's MicroPython cannot unpack: the files are sent as they are."))

    def _note(self, message: str) -> None:
        self._sink(Noted(self._board, tr(message)))
