"""The line on which each key of a TOML document stands, which `tomllib` does not tell.

Works on text that `tomllib` has accepted, so it need not judge, only skip: comments, the four
kinds of string (TOML 1.0, "String"), brackets.
"""

from __future__ import annotations

import re
import tomllib
from typing import Final

Path = tuple[str | int, ...]
"""Keys and array positions from the top of the document to a value."""

_BLANK: Final = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY: Final = re.compile(r"""[ \t]*("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[A-Za-z0-9_-]+)[ \t]*""")
_DEEPEST_KEY: Final = 32
# Where a key of too many parts begins: a line, a header or a table, or behind a comma.
_DEEP_KEY: Final = re.compile(
    rf"(?:^|[\[{{,]){_KEY.pattern}(?:\.{_KEY.pattern}){{{_DEEPEST_KEY}}}", re.MULTILINE
)
_STRING: Final = re.compile(
    r'"""(?:[^\\]|\\.)*?"{3,5}' r"|'''.*?'{3,5}" r'|"(?:[^"\\\n]|\\.)*"' r"|'[^'\n]*'", re.DOTALL
)
_BARE: Final = re.compile(r"[^,\]}\n#]*")


def deep_key(text: str) -> int | None:
    """The line of a dotted key that no person wrote; `text` need not be valid.

    Readers of TOML take time with the square of a key's parts, so this is asked before one reads.
    """
    found = _DEEP_KEY.search(text)
    return None if found is None else text.count("\n", 0, found.start()) + 1


def lines_of(text: str) -> dict[Path, int]:
    """Line (from 1) of every table header, key and array element in valid TOML `text`."""
    return _Walk(text).document()


class _Walk:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[Path, int] = {}
        self.counts: dict[Path, int] = {}
        self._line_at = (0, 1)

    def document(self) -> dict[Path, int]:
        table: Path = ()
        self._blank()
        while self.at < len(self.text):
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._blank()
        return self.lines

    def _header(self) -> Path:
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        keys = self._dotted()
        path: Path = ()
        for number, key in enumerate(keys):
            path = (*path, key)
            if array and number == len(keys) - 1:
                self.counts[path] = self.counts.get(path, -1) + 1
            self._note(path)
            if path in self.counts:
                path = (*path, self.counts[path])
                self._note(path)
        self.at += 2 if array else 1
        return path

    def _pair(self, table: Path) -> None:
        path = table
        for key in self._dotted():
            path = (*path, key)
            self._note(path)
        self.at += 1  # the equals sign
        self._value(path)

    def _value(self, path: Path) -> None:
        self._blank()
        first = self.text[self.at]
        if first in "\"'":
            self.at = self._match(_STRING).end()
        elif first == "[":
            self._list(path)
        elif first == "{":
            self._inline_table(path)
        else:
            self.at = self._match(_BARE).end()

    def _list(self, path: Path) -> None:
        self.at += 1
        number = 0
        while self._next_char() != "]":
            self._note((*path, number))
            self._value((*path, number))
            number += 1
            if self._next_char() == ",":
                self.at += 1
        self.at += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._next_char() != "}":
            self._pair(path)
            if self._next_char() == ",":
                self.at += 1
        self.at += 1

    def _dotted(self) -> list[str]:
        keys = []
        while True:
            match = self._match(_KEY)
            self.at = match.end()
            keys.append(_plain(match.group(1)))
            if self.text[self.at] != ".":
                return keys
            self.at += 1

    def _note(self, path: Path) -> None:
        before, line = self._line_at
        line += self.text.count("\n", before, self.at)
        self._line_at = (self.at, line)
        self.lines.setdefault(path, line)

    def _blank(self) -> None:
        self.at = self._match(_BLANK).end()

    def _next_char(self) -> str:
        self._blank()
        return self.text[self.at]

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str]:
        match = pattern.match(self.text, self.at)
        assert match is not None, "only valid TOML is walked"
        return match


def _plain(key: str) -> str:
    if key[0] in "\"'":
        return str(tomllib.loads(f"key = {key}")["key"])
    return key
