"""The keys: one table for what they do, the help page and the bar at the bottom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from stemkit.screen.picture import Row, fitted, padded, width
from stemkit.words import N_, current_language, tr, translation


@dataclass(frozen=True, slots=True)
class Key:
    """One key."""

    shown: str
    """As it stands on the keyboard."""
    does: str
    """What it does, a marked sentence."""
    bar: str = ""
    """A marked word for the bar at the bottom; keys without one are in the help only."""


KEYS: Final = (
    Key("space", N_("stop the picture, or let it go on (a recording goes on)"), N_("pause")),
    Key("← →", N_("move back and forth in time; with the cursor: move it (Shift: faster)")),
    Key("+ −", N_("show less or more time"), N_("zoom")),
    Key("↑ ↓", N_("move a held axis; among the tiles: choose one")),
    Key("c", N_("cursor with the values at its place"), N_("cursor")),
    Key("v", N_("begin a selection at the cursor, or give it up")),
    Key("1–9", N_("hide a channel, or show it again")),
    Key("o", N_("all channels in one picture, or each in its own")),
    Key("b", N_("one board after the other, then all together"), N_("board")),
    Key("a", N_("hold the axis as it is, or let it follow the readings"), N_("axis")),
    Key("s", N_("statistics of the selection, or of what is in sight"), N_("statistics")),
    Key("t", N_("lay a curve: line, parabola, growth or decay, wave, damped wave")),
    Key("f", N_("a new channel from a formula, such as f = temp*1.8+32"), N_("formula")),
    Key("k", N_("calibrate a channel: tell what it should show now")),
    Key("u", N_("controls that the program on the board offers"), N_("controls")),
    Key("g", N_("all boards as tiles; Enter opens one"), N_("tiles")),
    Key("e", N_("what happened, and what boards print besides readings"), N_("text")),
    Key("r", N_("begin or end a recording"), N_("record")),
    Key("m", N_("mark this moment, with a word if you like"), N_("mark")),
    Key("w", N_("keep channels, formulas and view as a set-up file")),
    Key("l", N_("Tiếng Việt / English"), "VI/EN"),
    Key("?", N_("this help"), N_("help")),
    Key("q", N_("leave (a recording is ended and kept)"), N_("quit")),
)
_WANTED: Final = ("space", "+ −", "r", "c", "s", "m", "g", "b", "f", "a", "e", "u", "l")
"""In this order keys come into the bar while there is room."""


def key_bar(columns: int) -> Row:
    """The bar at the bottom: as many keys as fit, help and quit always."""
    return _key_bar(columns, current_language())


@lru_cache(maxsize=8)
def _key_bar(columns: int, language: str) -> Row:
    words = {key: translation(key.bar, language) for key in KEYS if key.bar}
    sizes = {key: width(key.shown) + width(word) + 3 for key, word in words.items()}
    named = {key.shown: key for key in words}
    always = [named["?"], named["q"]]
    room = columns - sum(sizes[key] for key in always)
    chosen = []
    for key in map(named.__getitem__, _WANTED):
        if sizes[key] <= room:
            room -= sizes[key]
            chosen.append(key)
    row: Row = []
    for key in [*chosen, *always]:
        row += [(key.shown, "key"), (f" {words[key]}  ", "dim")]
    return fitted(row, columns)


def help_rows(columns: int) -> list[Row]:
    """The help page."""
    room = max(width(key.shown) for key in KEYS) + 2
    title = tr(N_("The keys"))
    rows = [fitted([(f" {title} ", "title")], columns)]
    for key in KEYS:
        name = padded(f" {key.shown}", room + 1)
        rows.append(fitted([(name, "key"), (tr(key.does), "")], columns))
    return rows
