"""Text from a board, made harmless: nothing in it can move a terminal's cursor or hide itself."""

from __future__ import annotations

import re

# ECMA-48: CSI sequences, OSC/DCS/SOS/PM/APC strings up to their end, other escape sequences.
_SEQUENCES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]"
)
_COLOURS = re.compile(r"\x1b\[[\d;]*m")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def harmless(line: bytes, most: int = 300) -> str:
    """A line of a board as one line of printable text of at most `most` characters.

    Escape sequences go, a tab becomes a space, other control and hidden characters and bad UTF-8
    become `REPLACEMENT`.
    """
    text = line[: 4 * most].decode("utf-8", "replace")
    return harmless_text(text, most)


def harmless_text(text: str, most: int = 300) -> str:
    """`harmless` for text that is already decoded."""
    if not text.isprintable():
        text = _SEQUENCES.sub("", text)
        text = "".join(map(_harmless_letter, text))
    return text if len(text) <= most else text[: most - 1] + "…"


def without_sequences(text: str) -> str:
    """`text` without the colours and cursor moves in which a program dresses its lines up.

    What moved the cursor becomes a blank; all other controls stay.
    """
    if "\x1b" not in text:
        return text
    return _SEQUENCES.sub(" ", _COLOURS.sub("", text)).strip()


def has_controls(text: str) -> bool:
    """Whether a terminal could be moved or a reader deceived by `text` (a tab is allowed)."""
    return not (text.isprintable() or text.replace("\t", " ").isprintable())


def _harmless_letter(letter: str) -> str:
    # Not printable: controls, letters that reorder or hide text, lone surrogates, unassigned.
    if letter.isprintable():
        return letter
    return " " if letter in "\t\N{NO-BREAK SPACE}" else REPLACEMENT
