"""Sentences on a terminal: no line breaks inside a word, and none inside a command to type."""

from __future__ import annotations

import os
import re
from typing import Final, TextIO

# What stands for a space that must not become a line's end while a text is wrapped.
_HELD: Final = "\ue000"  # of the private use area: in nobody's text
_PYTHON: Final = r'(?:[^\s”]*[/\\])?python[\d.]*(?:\.exe)?|"[^"”]*python[\d.]*(?:\.exe)?"|py|uv'
_PROGRAMS: Final = rf"stemkit|sudo|pip|{_PYTHON}|udisksctl|usbipd|esptool|mpremote"
# A command stands in quotes or brackets, or behind a colon up to the sentence's end.
_COMMAND: Final = re.compile(
    rf"(?<=[“(])(?:{_PROGRAMS}) [^”)]*(?=[”)])|(?<=: )(?:{_PROGRAMS}) .*?(?=$|[.;)”](?:\s|$)| — )",
    re.MULTILINE,
)
# Two spaces or more part columns.
_FIRST_COLUMN: Final = re.compile(r" *(?:[^ ]+ )*[^ ]+ {2,}(?=[^ ])")
_LEAST_WIDTH: Final = 20


def held(text: str) -> str:
    """`text` with its commands made one word; `released` gives the spaces back."""
    return _COMMAND.sub(lambda found: found[0].replace(" ", _HELD), text)


def released(text: str) -> str:
    """`text` as it was before `held`."""
    return text.replace(_HELD, " ")


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes: a combining mark none, a wide letter two."""
    if text.isascii():
        return len(text)
    import unicodedata  # 2 ms that English does without

    return sum(
        0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1
        for c in text
    )


def wrapped(text: str, width: int) -> str:
    """`text` in lines of at most `width` cells.

    What continues a line stands under its second column, or is set in by two. Lines that fit stay
    as they are, and so does a word that is longer than a line.
    """
    return "\n".join(
        line if cells(line) <= width else _wrapped_line(line, width) for line in text.split("\n")
    )


def _wrapped_line(line: str, width: int) -> str:
    indent = " " * _hang(line, width)
    done: list[str] = []
    now = ""
    for gap, word in re.findall(r"( *)([^ ]+)", held(line)):
        if now.strip() and cells(now + gap + word) > width:
            done.append(now)
            now = f"{indent}{word}"
        else:
            now += gap + word
    return released("\n".join([*done, now]))


def _hang(line: str, width: int) -> int:
    """How far what continues `line` is set in: under its second column, where it has one."""
    first = _FIRST_COLUMN.match(line)
    if first is not None and cells(first[0]) <= width * 2 // 3:
        return cells(first[0])
    return len(line) - len(line.lstrip(" ")) + 2


def fitted(text: str, stream: TextIO) -> str:
    """`text` wrapped for the terminal that `stream` is; as it is for a pipe or a file."""
    if not stream.isatty():
        return text
    try:
        width = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        return text
    return wrapped(text, width) if width >= _LEAST_WIDTH else text
