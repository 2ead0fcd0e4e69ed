"""Makes the output of the unix MicroPython that of a board: line ends, banner, prompt."""

from __future__ import annotations

from collections import deque
from typing import Final

# What pyexec prints when a prompt starts (MicroPython, shared/runtime/pyexec.c).
_HELP: Final = b'\r\nType "help()" for more information.\r\n'
_RAW_PROMPT: Final = b"raw REPL; CTRL-B to exit\r\n>"
_PROMPT: Final = b">>> "
_TAIL: Final = max(len(_RAW_PROMPT), len(_HELP))


class Output:
    """Feed it what MicroPython printed; it gives back what the board's line shows.

    A board sends each new line as CR LF, and bytes of `sys.stdout.buffer` as they are: those are
    announced by `raw_follows`. From `prompt_follows` on, every banner names the board instead of
    the unix port; where the prompt is to start in raw mode the first friendly one is left out.
    """

    def __init__(self, banner: bytes, raw_mode: bool) -> None:
        self.raw_mode = raw_mode
        """The prompt's mode: what was shown last."""
        self._banner = banner
        self._unix = b""
        self._at = 0
        self._prompt_at = 0
        self._raw: deque[tuple[int, int]] = deque()
        self._leave_out = False
        self._held = b""
        self._tail = b""
        self._after_return = False

    @property
    def holds(self) -> bool:
        """Bytes are held back that may be the beginning of a banner."""
        return bool(self._held) and not self._leave_out

    def prompt_follows(self, printed: int, unix_banner: bytes) -> None:
        """The prompt starts with `unix_banner` after the next `printed` bytes."""
        self._prompt_at = self._at + printed
        self._unix = unix_banner
        self._leave_out = self.raw_mode

    def raw_follows(self, printed: int, count: int) -> None:
        """After the next `printed` bytes come `count` that are not text."""
        self._raw.append((self._at + printed, self._at + printed + count))

    def feed(self, data: bytes) -> bytes:
        """The bytes to show for `data`."""
        shown = b""
        while data:
            start, end = self._raw[0] if self._raw else (self._at + len(data), 0)
            if start <= self._at:
                part, data = data[: end - self._at], data[end - self._at :]
                shown += self.flush() + part
                if self._at + len(part) == end:
                    self._raw.popleft()
                self._after_return = False
            else:
                stop = start if self._at >= self._prompt_at else min(start, self._prompt_at)
                part, data = data[: stop - self._at], data[stop - self._at :]
                shown += self._text(part)
            self._at += len(part)
        return shown

    def flush(self) -> bytes:
        """Give up what is held: no more came."""
        if self._leave_out:
            return b""
        held, self._held = self._held, b""
        return self._lines(held)

    def _text(self, data: bytes) -> bytes:
        if self._at < self._prompt_at or not self._unix:
            return self._lines(data)
        data, self._held = self._held + data, b""
        if self._leave_out:
            end = data.find(_PROMPT)
            if end < 0:
                self._held = data
                return b""
            self._leave_out = False
            data = data[end + len(_PROMPT) :]
        return self._lines(self._renamed(data))

    def _renamed(self, data: bytes) -> bytes:
        data = data.replace(self._unix, self._banner)
        start = data.rfind(self._unix[:1], -len(self._unix))
        while start >= 0:
            if self._unix.startswith(data[start:]):
                self._held = data[start:]
                return data[:start]
            start = data.find(self._unix[:1], start + 1)
        return data

    def _lines(self, data: bytes) -> bytes:
        if not data:
            return b""
        if b"\n" in data:
            first = b""
            if self._after_return and data[:1] == b"\n":
                first, data = b"\n", data[1:]
            rest = data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
            data = first + rest
        self._after_return = data[-1:] == b"\r"
        seen = self._tail + data
        raw, friendly = seen.rfind(_RAW_PROMPT), seen.rfind(_HELP)
        if raw >= 0 or friendly >= 0:
            self.raw_mode = raw > friendly
        self._tail = seen[-_TAIL:]
        return data
