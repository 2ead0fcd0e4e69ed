"""Blocks of a text as typst source in which every word is a string: none can become code."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote

from stemkit.formats.markdown import Block, web_link

if TYPE_CHECKING:
    from markdown_it.tree import SyntaxTreeNode

PREAMBLE: Final = """\
#let picture-width() = 38em.to-absolute()
#let picture-height() = 40em.to-absolute()
#let picture(path, words, width: picture-width, height: picture-height) = layout(space => {
  let natural = measure(image(path))
  let most = calc.min(space.width, width())
  let scale = calc.min(1.2, most / natural.width, height() / natural.height)
  align(center, block(above: 1em, below: 1em, breakable: false, {
    image(path, alt: words, width: natural.width * scale)
    if words != "" { text(size: 0.85em, fill: luma(90), words) }
  }))
})
#let fence(words, lang) = block(
  width: 100%, fill: luma(244), inset: 8pt, radius: 3pt, breakable: true,
  raw(words, block: true, lang: lang),
)
#let whole(words) = box(raw(words))
#let blank = box(height: 1.6em, width: 3em)
"""
"""What a page must define before the source that `to_typst` makes."""
# What is longer than a line may be broken where it must be: no page cuts it.
_LONG: Final = re.compile(r"(\S{48})(?=\S)")
_HYPHENED: Final = re.compile(r"((?<!\S)(?=\S*-)\S{2,48}(?!\S))")
_LANGUAGE: Final = re.compile(r"[a-z0-9]{1,12}")


def to_typst(text: Sequence[Block], pictures: Mapping[str, str]) -> str:
    """Typst markup; the page begins with `PREAMBLE`.

    `pictures` are paths among the page's files by name in the text. A picture without a path is
    told by its words alone; so is a link that leads nowhere.
    """
    from markdown_it.tree import SyntaxTreeNode

    made = _Made(pictures)
    return "\n".join(made.all(SyntaxTreeNode(block.tokens)) for block in text)


def quoted(text: str) -> str:
    """A typst string of this very text."""
    shown = "".join(c if c.isprintable() else f"\\u{{{ord(c):x}}}" for c in _escaped(text))
    return f'"{shown}"'


def _breakable(text: str) -> str:
    return quoted(_LONG.sub("\\1\u200b", text))


def _code(text: str) -> str:
    """Code in a line; `--all` and `03-soil` are not torn apart behind a hyphen."""
    pieces = [piece for piece in _HYPHENED.split(text) if piece]
    return "".join(
        f"#whole({quoted(piece)});" if _HYPHENED.fullmatch(piece) else f"#raw({_breakable(piece)});"
        for piece in pieces
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


class _Made:
    """Makes the source of one node after the other."""

    def __init__(self, pictures: Mapping[str, str]) -> None:
        self._pictures = pictures

    def all(self, node: SyntaxTreeNode) -> str:
        """All that is in a node."""
        return "".join(self.one(child) for child in node.children)

    def one(self, node: SyntaxTreeNode) -> str:
        """One node; what is not known is shown by what is in it."""
        match node.type:
            case "text":
                return f"#{_breakable(node.content)};"
            case "softbreak":
                return " "
            case "hardbreak":
                return "#linebreak();"
            case "code_inline":
                return _code(node.content)
            case "strong" | "em":
                name = {"strong": "strong", "em": "emph"}[node.type]
                return f"#{name}[{self.all(node)}];"
            case "link":
                return self._link(node)
            case "image":
                return self._image(node)
            case "hr":
                return "#line(length: 100%, stroke: 0.5pt + luma(160));\n\n"
            case _:
                return self._block(node)

    def _block(self, node: SyntaxTreeNode) -> str:
        match node.type:
            case "heading":
                return f"#heading(level: {node.tag[1]})[{self.all(node)}];\n\n"
            case "paragraph":
                return f"{self.all(node)}\n\n"
            case "blockquote":
                return f"#quote(block: true)[{self.all(node)}];\n\n"
            case "bullet_list":
                return f"#list({self._items(node)});\n\n"
            case "ordered_list":
                start = int(node.attrs.get("start", 1))
                return f"#enum(start: {start}, {self._items(node)});\n\n"
            case "fence" | "code_block":
                return self._fence(node)
            case "table":
                return self._table(node)
            case _:
                return self.all(node)

    def _items(self, node: SyntaxTreeNode) -> str:
        return " ".join(f"[{self.all(item)}]," for item in node.children)

    def _fence(self, node: SyntaxTreeNode) -> str:
        word = node.info.split(" ")[0] if node.type == "fence" else ""
        lang = f'"{word}"' if _LANGUAGE.fullmatch(word) else "none"
        return f"#fence({_breakable(node.content.rstrip(chr(10)))}, {lang});\n\n"

    def _table(self, node: SyntaxTreeNode) -> str:
        parts = {child.type: child for child in node.children}
        head = [self._cells(row) for row in parts["thead"].children]
        body = [self._cells(row) for row in parts["tbody"].children] if "tbody" in parts else []
        # An empty cell is one that a student writes into, and its column takes what is left.
        widths = ["auto" if all(column) else "1fr" for column in zip(*body, strict=True)]
        columns = f"({', '.join(widths)},)" if widths else str(len(head[0]))
        rows = "\n".join(" ".join(f"[{cell or '#blank;'}]," for cell in row) for row in body)
        named = " ".join(f"[{cell}]," for row in head for cell in row)
        return f"#table(columns: {columns}, table.header({named}),\n{rows}\n);\n\n"

    def _cells(self, row: SyntaxTreeNode) -> list[str]:
        return ["".join(map(self.one, cell.children)).replace('#"";', "") for cell in row.children]

    def _link(self, node: SyntaxTreeNode) -> str:
        address = web_link(str(node.attrs.get("href", "")))
        words = self.all(node)
        return f"#link({quoted(address)})[{words}];" if address else words

    def _image(self, node: SyntaxTreeNode) -> str:
        path = self._pictures.get(unquote(str(node.attrs.get("src", ""))), "")
        words = node.content
        if not path:
            return f"#emph({quoted(words)});"
        return f"#picture({quoted(path)}, {quoted(words)});"
