"""Text in Markdown (CommonMark with tables), read into blocks that pages are made of.

Such text comes from others: HTML in it is left out, and a link leads to the web or nowhere.
"""

from __future__ import annotations

import re
import string
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_HTML: Final = ("html_block", "html_inline")
_WEB: Final = re.compile(r"https?://[^\s\x00-\x1f]+", re.IGNORECASE)
# The space between a number and its unit (60 %, 25 °C, 12 cm).
_UNIT: Final = re.compile(r"(?<=\d) (?=[%°Ω]|(?:[mµkM]?(?:s|g|m|V|A|W|Hz|B)|cm|dB|kΩ|lux|ml)\b)")
_ESCAPED: Final = str.maketrans({c: f"\\{c}" for c in string.punctuation})


@dataclass(frozen=True)
class Block:
    """One thing of a text from top to bottom: a heading, a paragraph, a list, a table..."""

    tokens: tuple[Token, ...]

    @property
    def kind(self) -> str:
        """`heading`, `paragraph`, `bullet_list`, `fence`..., as markdown-it calls it."""
        return self.tokens[0].type.removesuffix("_open")

    @property
    def level(self) -> int:
        """Of a heading from 1, else 0."""
        return int(self.tokens[0].tag[1]) if self.kind == "heading" else 0

    @property
    def words(self) -> str:
        """Its text alone."""
        return "".join(map(_words, self.tokens))


def reader() -> MarkdownIt:
    """The parser, as every reader of such text uses it."""
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table")


def blocks(text: str) -> list[Block]:
    """The blocks of a text in order, composed (NFC); anything is valid Markdown."""
    found: list[Block] = []
    together: list[Token] = []
    depth = 0
    for token in reader().parse(unicodedata.normalize("NFC", text)):
        depth += token.nesting
        if token.type not in _HTML:
            together.append(_harmless(token))
        if depth == 0 and together:
            found.append(Block(tuple(together)))
            together = []
    return found


def pictures(text: Sequence[Block]) -> list[str]:
    """What pictures are called, as their links say (`%20` undone), each once."""
    from urllib.parse import unquote

    inline = [child for block in text for token in block.tokens for child in token.children or []]
    paths = [unquote(str(child.attrs.get("src", ""))) for child in inline if child.type == "image"]
    return list(dict.fromkeys(paths))


def web_link(address: str) -> str:
    """`address` where it leads to the web, else nothing."""
    return address if _WEB.fullmatch(address) else ""


def plain(text: str) -> str:
    """A text that means itself: as Markdown it shows these very words, on one line."""
    return " ".join(text.split()).translate(_ESCAPED)


def _harmless(token: Token) -> Token:
    """The token without raw HTML in it; a number and its unit stay on one line."""
    if token.children:
        token.children = [child for child in token.children if child.type not in _HTML]
        for child in token.children:
            if child.type == "text":
                child.content = _UNIT.sub("\u00a0", child.content)
    return token


def _words(token: Token) -> str:
    if token.children:
        return "".join(map(_words, token.children))
    if token.type in ("softbreak", "hardbreak"):
        return " "
    return token.content if token.type in ("text", "code_inline", "fence", "code_block") else ""
