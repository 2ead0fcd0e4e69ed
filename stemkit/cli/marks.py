"""The marks that begin a line, in the colours that every command uses."""

from __future__ import annotations

import os
import re
import sys
from typing import Final, TextIO

# Green is well, yellow wants a look, red is wrong, blue says what to do.
_COLOURS: Final = {"✓": "1;32", "!": "1;33", "?": "1;33", "✗": "1;31", "→": "1;36"}
_MARK: Final = re.compile(rf"^( *)([{''.join(_COLOURS)}])(?= )", re.MULTILINE)


def coloured(text: str, stream: TextIO) -> str:
    """`text` with the mark that begins a line in its colour, where `stream` shows colours."""
    if not _shows_colours(stream):
        return text
    return _MARK.sub(lambda found: f"{found[1]}{_painted(found[2], _COLOURS[found[2]])}", text)


def heading(text: str, stream: TextIO, *, bad: bool = False) -> str:
    """`text` with what stands before its first colon bold, or red and bold."""
    if not _shows_colours(stream):
        return text
    head, colon, rest = text.partition(":")
    return _painted(head + colon, "1;31" if bad else "1") + rest


def _painted(text: str, colour: str) -> str:
    return f"\x1b[{colour}m{text}\x1b[0m"


def _shows_colours(stream: TextIO) -> bool:
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    # An old Windows console would show the codes themselves; the new terminal says its name.
    return sys.platform != "win32" or "WT_SESSION" in os.environ
