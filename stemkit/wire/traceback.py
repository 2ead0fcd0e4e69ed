"""A MicroPython traceback: where a program stopped, and why."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_FRAME: Final = re.compile(
    r'\s*File "(?P<file>[^"]*)", line (?P<line>\d+)(?:, in (?P<function>.*))?'
)
_ERROR: Final = re.compile(r"(?P<kind>[A-Za-z_][\w.]*)(?:: ?(?P<message>.*))?$")


@dataclass(frozen=True, slots=True)
class Frame:
    """A place in a program."""

    file: str
    """`<stdin>` for what was given at the prompt."""
    line: int
    """From 1."""
    function: str
    """`<module>` outside of functions; empty where it is not said."""


@dataclass(frozen=True, slots=True)
class Traceback:
    """Why a program stopped."""

    frames: tuple[Frame, ...]
    """From the outermost to the place itself; empty where none is known."""
    kind: str
    """Name of the exception: `NameError`."""
    message: str
    """What it says; may be empty."""

    @property
    def summary(self) -> str:
        """Kind and message in one line."""
        return f"{self.kind}: {self.message}" if self.message else self.kind


def parse_traceback(text: str) -> Traceback:
    """Read the last traceback in `text`; any text gives one, at worst without a place."""
    lines = [line.rstrip("\r") for line in text.strip("\r\n").split("\n")]
    frames = [_frame(match) for match in map(_FRAME.match, lines) if match]
    # Messages can have several lines; the error is the first line behind the last frame.
    places = [i for i, line in enumerate(lines) if _FRAME.match(line)]
    rest = lines[places[-1] + 1 :] if places else lines
    rest = [line for line in rest if not line.startswith("Traceback ")]
    first = next((line for line in rest if line.strip()), "").strip()
    found = _ERROR.match(first)
    kind = found["kind"] if found else "Exception"
    message = (found["message"] or "" if found else first).strip()
    return Traceback(tuple(frames), kind, message)


def _frame(match: re.Match[str]) -> Frame:
    return Frame(match["file"], int(match["line"][:9]), (match["function"] or "").strip())
