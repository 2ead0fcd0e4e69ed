"""A running program's questions: what it asks with `input()` is answered from this computer.

MicroPython's own `input()` leaves out every letter that is not ASCII (micropython issue 7585: of
"Hoàng Yến" arrives "Hong Yn") and edits the line on the board. While a program runs, its `input` is
one that takes a whole line from the host instead, where it was edited and shown already; the board
says when it wants one, so that a pipe never fills its small receive ring. A board whose built-in
functions cannot be replaced (micro:bit) keeps its own, and its echo is left out of the output.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Final

from stemkit.devices.errors import BoardExceptionError
from stemkit.devices.session import INTERRUPT, Session
from stemkit.errors import BoardError

OWN_FILE: Final = "<input>"
"""The file that a traceback names for our `input`."""

_WISH: Final = b"\x1f?"
_END: Final = "\x04"
_INPUT: Final = f"""
import sys
def input(prompt=""):
 print(prompt, end="\\x1f?")
 line = sys.stdin.readline()
 if line[:1] in ("", "{_END}"): raise EOFError
 return line.rstrip("\\r\\n")
"""
_INSTALL: Final = f"""
def f():
 import builtins
 n = {{}}
 exec(compile({_INPUT!r}, {OWN_FILE!r}, "exec"), n)
 builtins.input = n["input"]
f()
del f
"""
_REMOVE: Final = "import builtins\ndel builtins.input,builtins"

Lines = Callable[[], bytes | None]
"""Gives the next line without its end; None while there is none yet; b"\\x04" when no more come."""


class Asking:
    """The questions of the program that `session` is about to start."""

    def __init__(self, session: Session, lines: Lines, program: bytes) -> None:
        self._session, self._lines = session, lines
        self._wishes = 0
        self._held = self._echo = b""
        self._ours = False
        self._program = program
        self._eager = b"stdin" in program
        """The program may read the line by itself: what is typed goes to it at once."""

    def install(self) -> None:
        """Give the board our `input`, where it can be replaced."""
        try:
            self._session.exec(_INSTALL)
            self._ours = True
        except BoardExceptionError:
            self._eager = self._eager or b"input" in self._program

    def remove(self) -> None:
        """Give back the board's own, once the program has ended."""
        if self._ours:
            with contextlib.suppress(BoardError):
                self._session.write(INTERRUPT)  # a line that came too late lies at the prompt
                self._session.exec(_REMOVE)

    def heard(self, data: bytes) -> bytes:
        """Output without the board's wishes and its echo; what may be half of one is held back."""
        data = self._held + data
        self._wishes += data.count(_WISH)
        data = data.replace(_WISH, b"")
        if self._echo and self._echo in data:
            data = data.replace(self._echo, b"", 1)
            self._echo = b""
        kept = max(_half(data, _WISH), _half(data, self._echo))
        self._held = data[len(data) - kept :]
        return data[: len(data) - kept]

    def attend(self) -> None:
        """Answer, where an answer is wanted and there is one."""
        if not (self._wishes or (self._eager and not self._echo)):
            return
        line = self._lines()
        if line is None:
            return
        self._wishes = max(0, self._wishes - 1)
        if self._ours:
            self._session.write(line + b"\n")
        elif line == _END.encode():
            self._eager = False
            self._session.write(line)
        else:
            self._session.write(line + b"\r")
            if b"stdin" not in self._program:
                self._echo = bytes(byte for byte in line if 32 <= byte < 127) + b"\r\n"


def _half(data: bytes, mark: bytes) -> int:
    """How many bytes at the end of `data` could be the beginning of `mark`."""
    sizes = range(min(len(mark) - 1, len(data)), 0, -1)
    return next((size for size in sizes if data.endswith(mark[:size])), 0)
