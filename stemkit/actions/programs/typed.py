"""Lines that a person types, or that a pipe brings, taken when somebody wants one."""

from __future__ import annotations

import io
import queue
import sys
import threading
from typing import Final

END: Final = b"\x04"
"""In place of a line: Ctrl-D was typed, or the pipe has ended."""


class Typed:
    """The lines of this program's standard input.

    Nothing is read before the first is asked for: a program that asks nothing takes nothing away
    from a shell, and a job in the background is not stopped for reading.
    """

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._reader: threading.Thread | None = None
        self._ended = False

    def line(self) -> bytes | None:
        """The next line without its end, None while there is none, `END` when no more come."""
        if self._reader is None:
            self._reader = threading.Thread(target=self._read, name="typed lines", daemon=True)
            self._reader.start()
        if self._ended:
            return END
        try:
            line = self._lines.get_nowait()
        except queue.Empty:
            return None
        self._ended = line == END and not _is_terminal()
        return line

    def _read(self) -> None:
        # The raw stream: a thread that waits in a buffered one keeps a program from ending.
        raw = getattr(getattr(sys.stdin, "buffer", None), "raw", None)
        rest = b""
        while raw is not None and (data := _some(raw)) is not None:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                self._lines.put(line.rstrip(b"\r"))
            if not data:
                if rest:
                    self._lines.put(rest)
                    rest = b""
                self._lines.put(END)
                if not _is_terminal():
                    return  # a terminal can go on after Ctrl-D
        self._lines.put(END)


def _some(raw: io.RawIOBase) -> bytes | None:
    """What there is, b"" at the end; None where standard input cannot be read."""
    try:
        return raw.read(4096) or b""
    except (OSError, ValueError):
        return None


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
