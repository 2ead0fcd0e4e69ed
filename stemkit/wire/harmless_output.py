"""A program's output as it comes, made harmless for a terminal."""

from __future__ import annotations

import codecs
from typing import Final

from stemkit.wire.harmless import harmless_text

_ESCAPE: Final = "\x1b"
# A sequence that is not over by then is none.
_LONGEST_SEQUENCE: Final = 64


class HarmlessOutput:
    """Feed it bytes; it gives text in which only line ends and tabs move the cursor.

    What is complete is given at once: also a line that has not ended, such as a question.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._held = ""

    def feed(self, data: bytes) -> str:
        """The text to show for `data`."""
        text = self._held + self._decoder.decode(data)
        self._held = ""
        start = text.rfind(_ESCAPE)
        if start >= 0 and len(text) - start < _LONGEST_SEQUENCE and not _is_over(text[start:]):
            text, self._held = text[:start], text[start:]
        if text.endswith("\r"):
            # It may be the first half of a line end.
            text, self._held = text[:-1], "\r" + self._held
        return _shown(text)

    def end(self) -> str:
        """What was still held back."""
        text = self._held + self._decoder.decode(b"", final=True)
        self._held = ""
        return _shown(text)


def _is_over(sequence: str) -> bool:
    """Whether an escape sequence is complete; text behind it shows that it is."""
    if len(sequence) == 1:
        return False
    if sequence[1] == "[":
        return any("@" <= letter <= "~" for letter in sequence[2:])
    if sequence[1] in "]PX^_":
        return "\x07" in sequence
    return "0" <= sequence[-1] <= "~"


def _shown(text: str) -> str:
    lines = text.replace("\r\n", "\n").split("\n")
    return "\n".join("\t".join(_part(part) for part in line.split("\t")) for line in lines)


def _part(text: str) -> str:
    return harmless_text(text, len(text) + 1)
