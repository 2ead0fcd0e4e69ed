"""What to do when an upload is interrupted: try again, more carefully, or say why it is over."""

from __future__ import annotations

import contextlib
import time
from typing import Final

from stemkit.devices.dialogue import ReceiverDeafError, ReceiverGoneError
from stemkit.devices.errors import NoPromptError
from stemkit.devices.session import Session
from stemkit.devices.upload_errors import (
    BoardFullError,
    BoardMemoryError,
    BoardWriteError,
    ReceiverRefusedError,
    UploadFailedError,
)
from stemkit.errors import BoardError
from stemkit.events import Noted, Sink
from stemkit.words import N_, tr

_INTERRUPTS: Final = b"\r\x03\x03"
# A board that was reset is back at its prompt after this.
_BOOT_S: Final = 8.0
_TRIES_IN_A_ROW: Final = 5
_TRIES: Final = 40
_ETIMEDOUT: Final = 110
_ENOSPC: Final = 28

# What a transfer uses of the board's heap besides window and buffer, and how both are chosen.
_SIZES: Final = ((13, 3072), (12, 4096), (11, 2048), (10, 1280), (0, 1280))


class Recovery:
    """The state of one upload's misfortunes."""

    def __init__(self, session: Session, board: str, sink: Sink) -> None:
        self._session, self._board, self._sink = session, board, sink
        self._tries = self._all_tries = self._squeezed = self._write_failures = 0
        self._slow_baud = session.link.baud
        self.deflate = True
        self.fast = True
        self.carefully = False

    def sizes(self, free_memory: int) -> tuple[int, int]:
        """Window bits and buffer bytes for a transfer on a board with so much free memory."""
        return _SIZES[0]

    def got_through(self) -> None:
        """A block of files has arrived: the line is not dead."""
        self._tries = 0

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
            if self._tries == 3:
                # A program's timer or thread can go on after an interrupt; not after this.
                session.soft_reset()
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
            raise BoardFullError(port=port, needed="?", free="?") from error
        elif error.errno not in (None, _ETIMEDOUT):
            self._write_failures += 1
            if self._write_failures > 1:
                raise BoardWriteError(port=port, reason=last) from error

    def _squeeze(self, error: ReceiverGoneError) -> None:
        self._squeezed += 1
        if self._squeezed > len(_SIZES):
            raise BoardMemoryError(port=self._session.link.name, free="?") from error

    def _without_deflate(self) -> None:
        self.deflate = False
        text = tr(N_("This board's MicroPython cannot unpack: the files are sent as they are."))
        self._sink(Noted(self._board, text))
