"""Makes the prompt of the unix MicroPython look like the board's in the stream of its output."""

from __future__ import annotations

from typing import Final

# What pyexec prints when a prompt starts (MicroPython, shared/runtime/pyexec.c).
_HELP: Final = b'\r\nType "help()" for more information.\r\n'
_RAW: Final = b"raw REPL; CTRL-B to exit\r\n>"
_PROMPT: Final = b">>> "
_TAIL: Final = max(len(_RAW), len(_HELP))


class BannerFilter:
    """Feed it all output; it gives back what the board's line shows.

    From `prompt_follows` on, every banner names the board instead of the unix port; where the
    prompt is to start in raw mode the first friendly one is left out. `raw` follows the mode.
    """

    def __init__(self, banner: bytes, raw: bool) -> None:
        self._banner = banner
        self._unix = b""
        self.raw = raw
        self._before = 0
        self._leave_out = False
        self._held = b""
        self._tail = b""

    @property
    def holds(self) -> bool:
        """Bytes are held back that may be the beginning of a banner."""
        return bool(self._held)

    def prompt_follows(self, printed: int, unix_banner: bytes) -> None:
        """The prompt starts with `unix_banner` after the next `printed` bytes."""
        self._before = printed
        self._unix = unix_banner
        self._leave_out = self.raw

    def feed(self, data: bytes) -> bytes:
        """The bytes to show for `data`."""
        if self._before:
            # Still the program's own output.
            own, data = data[: self._before], data[self._before :]
            self._before -= len(own)
            return self._see(own) + (self.feed(data) if data else b"")
        data, self._held = self._held + data, b""
        if self._leave_out:
            end = data.find(_PROMPT)
            if end < 0:
                self._held = data
                return b""
            self._leave_out = False
            data = data[end + len(_PROMPT) :]
        return self._see(self._renamed(data))

    def flush(self) -> bytes:
        """Give up what is held: no more came."""
        if self._leave_out:
            return b""
        data, self._held = self._held, b""
        return self._see(data)

    def _renamed(self, data: bytes) -> bytes:
        if not self._unix:
            return data
        data = data.replace(self._unix, self._banner)
        start = data.rfind(self._unix[:1], -len(self._unix))
        while start >= 0:
            if self._unix.startswith(data[start:]):
                self._held = data[start:]
                return data[:start]
            start = data.find(self._unix[:1], start + 1)
        return data

    def _see(self, data: bytes) -> bytes:
        """Follow the mode: which of the two prompts was shown last."""
        seen = self._tail + data
        raw, friendly = seen.rfind(_RAW), seen.rfind(_HELP)
        if raw >= 0 or friendly >= 0:
            self.raw = raw > friendly
        self._tail = seen[-_TAIL:]
        return data
