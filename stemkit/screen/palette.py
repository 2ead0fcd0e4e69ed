"""Colours by what they mean, and what this terminal can show."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from typing import Final

from stemkit.screen.canvas import Style

# Colours of the terminal's own palette: they fit light and dark backgrounds and old consoles.
LINES: Final = ("cyan", "yellow", "magenta", "green", "red", "blue", "bright_cyan", "bright_yellow")

MEANINGS: Final = {
    "": "",
    "dim": "dim",
    "bold": "bold",
    "title": "bold reverse",
    "alarm": "bold white on red",
    "good": "green",
    "warn": "yellow",
    "bad": "bold red",
    "record": "bold red",
    "cursor": "bold",
    "selected": "reverse",
    "key": "bold",
    **{f"line{i}": colour for i, colour in enumerate(LINES, 1)},
}
"""Style of each meaning, in rich's words."""

PLAIN: Final = {
    name: " ".join(word for word in style.split() if word in ("bold", "reverse", "dim"))
    for name, style in MEANINGS.items()
} | {"alarm": "bold reverse", "bad": "bold", "record": "bold"}
"""The same without colour (NO_COLOR)."""


def line_meaning(n: int) -> str:
    """The meaning of line `n` (from 0)."""
    return f"line{n % len(LINES) + 1}"


def has_colour(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether colours are wanted (https://no-color.org) and the terminal has any."""
    terminal = environ.get("TERM", "")
    # terminfo's names of terminals without colour end so: xterm-mono, ansi-m.
    plain = terminal in ("dumb", "vt100", "vt220") or terminal.endswith(("-mono", "-m"))
    return not (environ.get("NO_COLOR") or plain)


def canvas_style(environ: Mapping[str, str] = os.environ) -> Style:
    """The finest letters that this terminal is likely to show; `STEMKIT_CANVAS` overrides it.

    The old Windows console (without Windows Terminal's WT_SESSION) has no braille in its fonts,
    the Linux text console has only a few hundred letters, and a locale that is not UTF-8 has none.
    """
    wanted = environ.get("STEMKIT_CANVAS", "")
    if wanted in list(Style):
        return Style(wanted)
    locale = next((environ[n] for n in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(n)), "")
    if sys.platform == "win32":
        return Style.BRAILLE if environ.get("WT_SESSION") else Style.BLOCK
    if environ.get("TERM") == "linux":
        return Style.BLOCK
    if locale and "utf" not in locale.lower():
        return Style.ASCII
    return Style.BRAILLE
