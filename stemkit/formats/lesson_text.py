"""A lesson's text (Markdown): its headings, and what it links to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it.token import Token

_FARAWAY: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: its level (1 is the title) and its line."""

    level: int
    line: int


@dataclass(frozen=True, slots=True)
class Target:
    """What a link or picture points at, as written (`%20` and the like undone), and its line."""

    path: str
    line: int
    is_picture: bool

    @property
    def is_faraway(self) -> bool:
        """It names a scheme (`https:`, `mailto:`): nothing beside the text."""
        return bool(_FARAWAY.match(self.path))


@dataclass(frozen=True, slots=True)
class LessonText:
    """What is checked of a text. Lines count from 1."""

    headings: tuple[Heading, ...]
    targets: tuple[Target, ...]
    html_lines: tuple[int, ...]
    """Where raw HTML stands, which handouts leave out."""


def read_text(text: str) -> LessonText:
    """Read Markdown (CommonMark with tables); anything is valid Markdown."""
    from markdown_it import MarkdownIt

    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    headings: list[Heading] = []
    targets: list[Target] = []
    html: list[int] = []
    line = 1
    for token in tokens:
        line = token.map[0] + 1 if token.map else line
        if token.type == "heading_open":
            headings.append(Heading(int(token.tag[1]), line))
        elif token.type == "html_block":
            html.append(line)
        _inline(token.children or [], line, targets, html)
    return LessonText(tuple(headings), tuple(targets), tuple(html))


def _inline(tokens: list[Token], line: int, targets: list[Target], html: list[int]) -> None:
    from urllib.parse import unquote

    for token in tokens:
        if token.type in ("softbreak", "hardbreak"):
            line += 1
        elif token.type == "html_inline":
            html.append(line)
        elif token.type in ("link_open", "image"):
            path = str(token.attrs.get("href") or token.attrs.get("src") or "")
            targets.append(Target(unquote(path), line, token.type == "image"))
