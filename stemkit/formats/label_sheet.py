"""A page of labels to print and cut: number, name and a code that a phone reads.

The only module that imports segno.
"""

from __future__ import annotations

import html
from collections.abc import Sequence
from typing import Final

from stemkit.model.kit import KitBoard

# Three columns of 63 mm and eight rows of 34 mm: labels of this size are sold as A4 sheets, and
# plain paper can be cut along the lines.
_STYLE: Final = """
@page { size: A4; margin: 8mm 7mm }
* { box-sizing: border-box }
body { margin: 0; font-family: "Be Vietnam Pro", "Segoe UI", "Noto Sans", Arial, sans-serif }
main { display: grid; grid-template-columns: repeat(3, 63mm); gap: 1mm 2.5mm }
article { height: 34mm; border: 0.2mm dashed #999; border-radius: 2mm; padding: 2mm;
  display: grid; grid-template-columns: 1fr 26mm; align-items: center; break-inside: avoid }
b { font-size: 42pt; line-height: 1 }
p { margin: 0; font-size: 10pt; overflow-wrap: anywhere }
small { font: 7pt monospace; color: #333 }
svg { width: 26mm; height: 26mm }
"""


def code_text(board: KitBoard) -> str:
    """What a board's code says: `STEM 7 240ac4e29526`."""
    return f"STEM {board.number} {board.unique_id}"


def label_sheet(boards: Sequence[KitBoard], title: str, language: str) -> bytes:
    """One self-contained HTML page, UTF-8; a label a board, in their order."""
    labels = "\n".join(_label(board) for board in boards)
    page = (
        f'<!DOCTYPE html>\n<html lang="{html.escape(language)}">\n<head><meta charset="utf-8">'
        f"<title>{html.escape(title)}</title>\n<style>{_STYLE}</style></head>\n"
        f"<body><main>\n{labels}\n</main></body>\n</html>\n"
    )
    return page.encode()


def _label(board: KitBoard) -> str:
    return (
        f"<article><div><b>{board.number}</b><p>{html.escape(board.name)}</p>"
        f"<small>{html.escape(board.model)}<br>{html.escape(board.unique_id)}</small></div>"
        f"{_code(code_text(board))}</article>"
    )


def _code(text: str) -> str:
    import segno

    svg: str = segno.make(text, error="m", micro=False).svg_inline(border=2, omitsize=True)
    return svg
