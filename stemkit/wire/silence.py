"""Why a board has stopped printing readings, from the last that it printed. Pure."""

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


def silence_of(last_bytes: bytes) -> Silence:
    """Why a board that printed `last_bytes` last prints nothing more."""
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
    return Silence(Cause.PROMPT, certain=True) if prompt else Silence(Cause.UNKNOWN)
