"""A project's page, report and poster: one text in Markdown with pictures, as HTML or typst."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from stemkit.formats.markdown import Block
from stemkit.formats.markdown_html import to_html
from stemkit.formats.markdown_typst import PREAMBLE, quoted, to_typst
from stemkit.formats.plain_names import plain_name
from stemkit.model.contest import PageSetup

PICTURE_TYPES: Final = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".webp": "image/webp",
}
_BEGINS: Final = {b"\x89PNG": ".png", b"\xff\xd8\xff": ".jpg", b"RIFF": ".webp", b"GIF8": ".gif"}
_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
_STYLE: Final = """
body { margin: 0; color: #1a1c1e; background: #fff; line-height: 1.5;
  font-family: "Be Vietnam Pro", "Segoe UI", "Noto Sans", "DejaVu Sans", Arial, sans-serif }
main { max-width: 52rem; margin: 0 auto; padding: 1.2rem; overflow-wrap: anywhere }
h1, h2, h3 { line-height: 1.25; break-after: avoid }
h2, h3 { color: #0b3f75 }
table { border-collapse: collapse; margin: 1em 0; width: 100% }
th, td { border: 1px solid #c3c8ce; padding: .3em .6em; text-align: left; vertical-align: top }
th { background: #f0f3f6 }
thead:not(:has(th:not(:empty))) { display: none }
.picture { display: block; text-align: center; margin: .8em 0; break-inside: avoid }
.picture img { max-width: 100%; height: auto }
.caption { display: block; color: #5b6168; font-size: .85em }
pre { background: #f0f3f6; padding: .7em 1em; white-space: pre-wrap }
"""
_TYPST: Final = """\
#set text(font: text-font, lang: language, size: text-size, hyphenate: false)
#set document(title: title, author: authors)
#set par(leading: 0.65em, spacing: 1em, justify: false)
#set table(stroke: 0.5pt + luma(170), inset: 0.5em, fill: (_, y) => if y == 0 { luma(238) })
#set table.cell(breakable: false)
#show heading: set text(fill: rgb("#0b3f75"))
#show heading.where(level: 1): set text(size: 1.5em)
#show heading.where(level: 2): set text(size: 1.15em)
"""
_PAPERS: Final = {"A0": "a0", "A1": "a1", "A3": "a3", "A4": "a4", "letter": "us-letter"}


@dataclass(frozen=True)
class Report:
    """A text to be set."""

    title: str
    language: str
    authors: Sequence[str]
    blocks: Sequence[Block]
    pictures: Mapping[str, bytes]
    """By their names in the text; the ending says what they are."""
    setup: PageSetup = field(default_factory=PageSetup)
    columns: int = 1


def report_html(report: Report) -> bytes:
    """One page that needs no other file, runs nothing and fetches nothing."""
    addresses = {
        name: f"data:{PICTURE_TYPES[PurePosixPath(name).suffix.lower()]};base64,"
        + base64.b64encode(data).decode()
        for name, data in report.pictures.items()
    }
    setup = report.setup
    paper = f"{setup.paper} landscape" if setup.landscape else setup.paper
    margins = (setup.top_mm, setup.right_mm, setup.bottom_mm, setup.left_mm)
    page = f"@page {{ size: {paper}; margin: {' '.join(f'{mm:g}mm' for mm in margins)} }}\n"
    size = f"body {{ font-size: {setup.text_pt:g}pt }}"
    printed = f"@media print {{ main {{ max-width: none; padding: 0 }} {size} }}\n"
    wide = f"main {{ max-width: none; columns: {report.columns} }}"
    columns = f"@media (min-width: 70rem) {{ {wide} }}\n"
    style = _STYLE + page + printed + (columns if report.columns > 1 else "")
    return (
        f'<!DOCTYPE html>\n<html lang="{report.language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(report.title)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n<main>\n{to_html(report.blocks, addresses)}</main>\n</body>\n</html>\n"
    ).encode()


def typst_files(report: Report) -> dict[str, bytes]:
    """The pictures under the paths by which the typst source names them."""
    return {path: report.pictures[name] for name, path in _typst_paths(report).items()}


def _typst_paths(report: Report) -> dict[str, str]:
    # A text names a picture from where it lies itself (`../media/a.png`); a page's files lie below
    # the page. The ending is that of the contents: phones and chats give wrong ones.
    paths = {}
    for number, (name, data) in enumerate(report.pictures.items(), 1):
        ending = PurePosixPath(name).suffix.lower()
        known = next((own for begin, own in _BEGINS.items() if data.startswith(begin)), ending)
        paths[name] = f"{number}-{plain_name(PurePosixPath(name).stem)}{known}"
    return paths


def report_typst(report: Report, font: str, text_pt: float | None = None) -> str:
    """Typst source within the margins of `setup`; its files are `typst_files`."""
    setup = report.setup
    authors = "".join(f"{quoted(name)}, " for name in report.authors)
    names = _typst_paths(report)
    margins = {
        "left": setup.left_mm,
        "right": setup.right_mm,
        "top": setup.top_mm,
        "bottom": setup.bottom_mm,
    }
    margin = ", ".join(f"{side}: {mm:g}mm" for side, mm in margins.items())
    flipped = "true" if setup.landscape else "false"
    head = (
        f"#let text-font = {quoted(font)}\n#let language = {quoted(report.language)}\n"
        f"#let title = {quoted(report.title)}\n#let authors = ({authors})\n"
        f"#let text-size = {text_pt or setup.text_pt:g}pt\n"
        f"#set page(paper: {quoted(_PAPERS[setup.paper])}, flipped: {flipped},"
        f' columns: {report.columns}, margin: ({margin}), numbering: "1 / 1")\n'
    )
    return head + PREAMBLE + _TYPST + to_typst(report.blocks, names)
