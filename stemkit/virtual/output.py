"""Makes the output of the unix MicroPython that of a board: line ends, banner, prompt."""

from __future__ import annotations

from typing import Final

# What pyexec prints when a prompt starts (MicroPython, shared/runtime/pyexec.c).
_HELP: Final = b'\r\nType "help()" for more information.\r\n'
_RAW_PROMPT: Final = b"raw REPL; CTRL-B to exit\r\n>"
_PROMPT: Final = b">>> "
_TAIL: Final = max(len(_RAW_PROMPT), len(_HELP) + len(_PROMPT))


class Output:
    """Feed it what MicroPython printed; it gives back what the board's line shows.

    A board sends each new line as CR LF, and bytes of `sys.stdout.buffer` as they are: those come
    behind `mark` (bytes that nobody can guess) and their count as u32. From `prompt_follows` on,
    every banner names the board instead of the unix port; where the prompt is to start in raw mode
    the first friendly one is left out.
    """

    def __init__(self, banner: bytes, raw_mode: bool, mark: bytes) -> None:
        self.raw_mode = raw_mode
        """The prompt's mode: what was shown last."""
        self.at_prompt = False
        """The prompt that `prompt_follows` told of was shown."""
        self._banner = banner
        self._unix = b""
        self._mark = mark
        self._at = 0
        self._prompt_at = 0
        self._raw_left = 0
        self._rest = b""
        self._leave_out = False
        self._held = b""
        self._tail = b""
        self._after_return = False

    @property
    def holds(self) -> bool:
        """Bytes are held back that may be the beginning of a banner or a mark."""
        return bool(self._held or self._rest) and not self._leave_out

    def prompt_follows(self, printed: int, unix_banner: bytes) -> None:
        """The prompt starts with `unix_banner` after the next `printed` bytes."""
        self._prompt_at = self._at + len(self._rest) + printed
        self._unix = unix_banner
        self._leave_out = self.raw_mode

    def feed(self, data: bytes) -> bytes:
        """The bytes to show for `data`."""
        data, self._rest = self._rest + data, b""
        shown = b""
        while data:
            if self._raw_left:
                part, data = data[: self._raw_left], data[self._raw_left :]
                self._raw_left -= len(part)
                self._after_return = False
                self._at += len(part)
                shown += part
                continue
            end = data.find(self._mark)
            if end < 0:
                end = len(data) - _overlap(data, self._mark)
                shown += self._text(data[:end])
                self._rest = data[end:]
                break
            shown += self._text(data[:end]) + self._flush_held()
            head = end + len(self._mark) + 4
            if head > len(data):
                self._rest = data[end:]
                break
            self._raw_left = int.from_bytes(data[head - 4 : head], "little")
            self._at += head - end
            data = data[head:]
        return shown

    def flush(self) -> bytes:
        """Give up what is held: no more came."""
        rest, self._rest = self._rest, b""
        return self._text(rest) + self._flush_held()

    def _flush_held(self) -> bytes:
        if self._leave_out:
            return b""
        held, self._held = self._held, b""
        return self._lines(held)

    def _text(self, data: bytes) -> bytes:
        own = data[: max(0, self._prompt_at - self._at)]
        self._at += len(data)
        data = data[len(own) :]
        return self._lines(own) + (self._prompt_text(data) if data else b"")

    def _prompt_text(self, data: bytes) -> bytes:
        if not self._unix:
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
        end = len(data) - _overlap(data, self._unix)
        self._held = data[end:]
        return data[:end]

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
        if self._unix and (raw >= 0 or _HELP + _PROMPT in seen):
            self.at_prompt = True
        self._tail = seen[-_TAIL:]
        return data


def _overlap(data: bytes, pattern: bytes) -> int:
    """Length of the longest end of `data` that `pattern` begins with (less than all of it)."""
    start = data.find(pattern[:1], max(0, len(data) - len(pattern) + 1))
    while start >= 0:
        if pattern.startswith(data[start:]):
            return len(data) - start
        start = data.find(pattern[:1], start + 1)
    return 0
