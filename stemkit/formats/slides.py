"""A lesson's text cut into slides: one for each of its parts, more where a part is long."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from stemkit.formats.markdown import Block

# About as many lines as a class reads from the last row.
_MOST_LINES: Final = 13.0
_LINE_LETTERS: Final = 68
_PICTURE_LINES: Final = 9.0


@dataclass(frozen=True)
class Slide:
    """One slide."""

    heading: Block | None
    blocks: Sequence[Block]
    is_continued: bool
    """It goes on with what the slide before began."""

    @property
    def lines(self) -> float:
        """How many lines it takes, about."""
        return sum(map(lines, self.blocks))


def slides(text: Sequence[Block]) -> list[Slide]:
    """The slides; every block is on exactly one of them, in its order."""
    found: list[Slide] = []
    for heading, blocks in _sections(text):
        cut = list(_cut(blocks))
        found += [Slide(heading, part, number > 0) for number, part in enumerate(cut or [[]])]
    return found


def lines(block: Block) -> float:
    """How many lines a block takes on a slide, about."""
    together = 0.0
    for token in block.tokens:
        if token.type == "inline":
            together += 0.4 + math.ceil(len(token.content) / _LINE_LETTERS)
            together += _PICTURE_LINES * sum(c.type == "image" for c in token.children or [])
        elif token.type in ("fence", "code_block"):
            together += 1.5 + token.content.count("\n")
    if block.kind == "table":
        # Cells of a row stand beside each other.
        together = 1.7 * sum(token.type == "tr_open" for token in block.tokens)
    return together


def _sections(text: Sequence[Block]) -> Iterator[tuple[Block | None, list[Block]]]:
    heading: Block | None = None
    blocks: list[Block] = []
    for block in text:
        if 0 < block.level <= 2:
            if heading or blocks:
                yield heading, blocks
            heading, blocks = block, []
        else:
            blocks.append(block)
    if heading or blocks:
        yield heading, blocks


def _cut(blocks: Sequence[Block]) -> Iterator[list[Block]]:
    part: list[Block] = []
    for block in blocks:
        if part and sum(map(lines, part)) + lines(block) > _MOST_LINES:
            # What announces the next thing (“Type:”, a smaller heading) goes with it.
            behind = [part.pop()] if _announces(part[-1]) else []
            if part:
                yield part
            part = behind
        part.append(block)
    if part:
        yield part


def _announces(block: Block) -> bool:
    return block.level > 0 or block.words.rstrip().endswith(":")
