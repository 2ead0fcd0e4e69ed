"""Why a board prints no readings, from the last that it printed. Pure."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from stemkit.wire.harmless import harmless, harmless_text
from stemkit.wire.traceback import parse_traceback


class Cause(enum.StrEnum):
    """What the last words of a board tell; the value is its name in JSON and in recordings."""

    UNKNOWN = ""
    ERROR = "error"
    """Its program ended with an exception."""
    ENDED = "ended"
    """Its program came to its end."""
    PROMPT = "prompt"
    """It waits at Python's prompt."""
    NO_LINE_END = "no-line-end"
    """Its program prints, and never begins a new line."""
    WORDS = "words"
    """Its program prints lines in which no readings are found."""


@dataclass(frozen=True, slots=True)
class Silence:
    """Why nothing comes."""

    cause: Cause
    text: str = ""
    """The error in the board's words, harmless to print: `OSError: [Errno 19] ENODEV (a.py, 9)`."""
    certain: bool = False
    """Python's prompt came after it: the program has ended. One that goes on may print an error."""

    def detail(self) -> dict[str, object]:
        """As a happening's detail."""
        if not self.cause:
            return {}
        return {"why": str(self.cause), **({"text": self.text} if self.text else {})}


_TRACEBACK: Final = b"Traceback (most recent call last):"
_PROMPT: Final = re.compile(rb"(?:^|[\r\n])>>> ?$")
# CircuitPython tells it itself (its supervisor's words).
_DONE: Final = b"Code done running."
# So much without a line end is no line that is just being printed.
_LONG: Final = 200


def silence_of(last_bytes: bytes, *, talks: bool = False) -> Silence:
    """Why a board that printed `last_bytes` last prints no readings; `talks`: it still prints."""
    done = _DONE in last_bytes
    prompt = _PROMPT.search(last_bytes) is not None
    at = last_bytes.rfind(_TRACEBACK)
    if at >= 0:
        text = last_bytes[at:].decode("utf-8", "replace")
        error = parse_traceback(text)
        place = error.frames[-1] if error.frames else None
        said = harmless_text(error.summary, 120)
        where = f" ({harmless(place.file.encode(), 40)}, {place.line})" if place else ""
        return Silence(Cause.ERROR, said + where, certain=done or prompt)
    if done:
        return Silence(Cause.ENDED, certain=True)
    if prompt:
        return Silence(Cause.PROMPT, certain=True)
    if not talks:
        return Silence(Cause.UNKNOWN)
    *lines, begun = last_bytes.replace(b"\r", b"\n").split(b"\n")
    if len(begun) > _LONG:
        return Silence(Cause.NO_LINE_END)
    last = next((line.strip() for line in reversed(lines) if line.strip()), b"")
    return Silence(Cause.WORDS, harmless(last, 60)) if last else Silence(Cause.UNKNOWN)
