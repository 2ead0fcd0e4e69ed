"""A handout as one HTML file: no scripts, nothing fetched, fit for screen and printer."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from stemkit.formats.handout import PICTURE_TYPES, Handout, Part
from stemkit.formats.markdown_html import to_html
from stemkit.formats.slides import Slide, slides

# Whatever a text smuggles in, the reader's browser runs no script and asks no network.
_POLICY: Final = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)
_COMMON: Final = """
:root { color-scheme: light dark; --ink: #1a1c1e; --paper: #fff; --soft: #5b6168; --line: #c3c8ce;
  --shade: #f0f3f6; --accent: #0b57a4 }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e8ea; --paper: #16181b; --soft: #a4abb3;
  --line: #4a5058; --shade: #23272c; --accent: #7db8f5 } }
* { box-sizing: border-box }
body { margin: 0; color: var(--ink); background: var(--paper); line-height: 1.5;
  font-family: "Be Vietnam Pro", "Segoe UI", "Noto Sans", "DejaVu Sans", Arial, sans-serif;
  overflow-wrap: break-word }
h1, h2, h3 { line-height: 1.25; break-after: avoid }
h2, h3 { color: var(--accent) }
a { color: var(--accent) }
code { font-family: "DejaVu Sans Mono", Consolas, Menlo, monospace; font-size: 0.92em }
pre { background: var(--shade); border-radius: 6px; padding: 0.7em 1em; break-inside: avoid;
  white-space: pre-wrap }
table { border-collapse: collapse; margin: 1em 0; width: 100% }
th, td { border: 1px solid var(--line); padding: 0.35em 0.6em; text-align: left;
  vertical-align: top; min-width: 4.2em }
th { background: var(--shade) }
td:empty { min-width: 5em; height: 2.4em }
tr, .picture { break-inside: avoid }
.picture { display: block; text-align: center; margin: 0.6em 0 }
.picture img { max-width: 100%; background: #fff; border-radius: 6px }
.caption { display: block; color: var(--soft); font-size: 0.85em }
blockquote { margin: 1em 0; padding: 0 1em; border-left: 4px solid var(--line) }
footer { color: var(--soft); font-size: 0.8em }
@media print { :root { --ink: #000; --paper: #fff; --soft: #444; --line: #999; --shade: #f2f2f2;
  --accent: #0b3f75 } a { text-decoration: none } }
"""
_PAGE: Final = """
@page { size: A4; margin: 16mm 17mm }
main { max-width: 46em; margin: 0 auto; padding: 1.2em }
.facts { color: var(--soft); font-size: 0.85em; margin: 0 0 1em }
.facts span + span::before { content: " · " }
.blanks { display: flex; gap: 1.5em; font-size: 0.9em }
.blanks span { flex: 1; border-bottom: 1px solid var(--line); padding-bottom: 0.2em }
.warning { border: 2px solid var(--accent); border-radius: 6px; padding: 0.3em 0.8em;
  font-weight: 600 }
.picture img { max-height: 36em }
.new-page { break-before: page; border-top: 1px solid var(--line); padding-top: 1em }
footer { border-top: 1px solid var(--line); margin-top: 2em; padding-top: 0.5em }
@media print { main { max-width: none; padding: 0 } body { font-size: 10.5pt }
  .new-page { border: 0; padding: 0 } }
"""
_SLIDES: Final = """
@page { size: 338mm 190mm; margin: 0 }
html { scroll-snap-type: y mandatory }
.slide { min-height: 100vh; scroll-snap-align: start; padding: 4vmin 6vmin; display: flex;
  flex-direction: column; font-size: calc(var(--k) * min(1vw, 1.78vh));
  border-bottom: 1px solid var(--line); break-after: page; break-inside: avoid }
.slide > * { margin-block: 0.35em }
.slide h1 { font-size: 1.9em } .slide h2 { font-size: 1.45em }
.slide li { margin-block: 0.25em }
.slide .picture img { height: 46vh; object-fit: contain }
.slide td:empty { height: 1.6em }
.slide footer { margin-top: auto; font-size: min(0.6em, 1.4vw); display: flex;
  justify-content: space-between }
.cover { justify-content: center }
@media print { html { font-size: 16px } .slide { min-height: 189mm; height: 189mm;
  padding: 10mm 16mm; font-size: calc(var(--k) * 3.38mm); border: 0 }
  .slide .picture img { height: 88mm } }
"""


def page_html(handout: Handout) -> bytes:
    """The handout to read and to print."""
    addresses = _addresses(handout)
    facts = "".join(f"<span>{html.escape(fact)}</span>" for fact in handout.facts)
    blanks = "".join(f"<span>{html.escape(blank)}:</span>" for blank in handout.blanks)
    head = f'<p class="facts">{facts}</p>\n'
    head += f'<p class="blanks">{blanks}</p>\n' if blanks else ""
    head += f'<p class="warning">{html.escape(handout.warning)}</p>\n' if handout.warning else ""
    body = "\n".join(_section(part, addresses) for part in handout.parts)
    foot = f"<footer>{html.escape(handout.rights)}</footer>"
    return _document(handout, _PAGE, f"<main>\n{head}{body}\n{foot}\n</main>")


def slides_html(handout: Handout) -> bytes:
    """The handout to be shown: a slide fills the window, space and arrows go on."""
    addresses = _addresses(handout)
    shown = [(slide, part) for part in handout.parts for slide in slides(part.blocks)]
    body = "\n".join(
        _slide(handout, slide, part, addresses, f"{number} / {len(shown)}")
        for number, (slide, part) in enumerate(shown, 1)
    )
    return _document(handout, _SLIDES, body)


def _slide(
    handout: Handout, slide: Slide, part: Part, addresses: Mapping[str, str], number: str
) -> str:
    known = _known(part, addresses)
    heading = to_html([slide.heading], known) if slide.heading else ""
    if slide.is_continued:
        heading = heading.replace("</h", " …</h")
    cover = " cover" if slide.heading and slide.heading.level == 1 else ""
    # Letters of an eye-filling size, smaller the more there is to show.
    size = min(2.1, max(1.15, 30 / (slide.lines + 4)))
    foot = f"<footer><span>{html.escape(handout.title)}</span><span>{number}</span></footer>"
    return (
        f'<section class="slide{cover}" style="--k: {size:.2f}">\n{heading}'
        f"{to_html(slide.blocks, known)}{foot}</section>"
    )


def _section(part: Part, addresses: Mapping[str, str]) -> str:
    place = ' class="new-page"' if part.on_new_page else ""
    return f"<section{place}>\n{to_html(part.blocks, _known(part, addresses))}</section>"


def _known(part: Part, addresses: Mapping[str, str]) -> dict[str, str]:
    return {name: addresses[path] for name, path in part.pictures.items() if path in addresses}


def _addresses(handout: Handout) -> dict[str, str]:
    return {
        path: f"data:{PICTURE_TYPES[PurePosixPath(path).suffix.lower()]};base64,"
        + base64.b64encode(data).decode()
        for path, data in handout.files.items()
    }


def _document(handout: Handout, style: str, body: str) -> bytes:
    title, language = html.escape(handout.title), html.escape(handout.language)
    return (
        f'<!DOCTYPE html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_COMMON}{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    ).encode()
