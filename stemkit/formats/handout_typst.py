"""A handout as typst source: A4 pages, or slides of 16:9."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stemkit.formats.handout import Handout, Part
from stemkit.formats.markdown_typst import PREAMBLE, quoted, to_typst
from stemkit.formats.slides import Slide, slides

_COMMON: Final = """\
#set text(font: text-font, lang: language, hyphenate: false)
#set document(title: title, author: authors)
#set table(stroke: 0.5pt + luma(170), inset: 0.55em, fill: (_, y) => if y == 0 { luma(238) })
#set table.cell(breakable: false)
#show table.cell.where(y: 0): set text(weight: "semibold")
#show heading: set text(fill: rgb("#0b3f75"))
#show link: set text(fill: rgb("#0b57a4"))
#show raw: set text(size: 1.15em)
"""
_PAGE: Final = """\
#set page(paper: "a4", margin: (x: 18mm, top: 16mm, bottom: 18mm), footer: context {
  set text(size: 8pt, fill: luma(90))
  grid(columns: (1fr, auto), rights, [#counter(page).display("1 / 1", both: true)])
})
#set text(size: 10.5pt)
#set par(leading: 0.62em, spacing: 0.95em)
#show heading.where(level: 1): set text(size: 17pt)
#show heading.where(level: 2): set text(size: 12.5pt)
#show heading: set block(above: 1.3em, below: 0.7em)
#text(size: 8.5pt, fill: luma(90), facts.join([ · ]))
#if blanks.len() > 0 {
  grid(columns: blanks.map(_ => 1fr), gutter: 14pt,
    ..blanks.map(words => block(width: 100%, inset: (bottom: 3pt), stroke: (bottom: 0.5pt), {
      text(size: 9pt, words + ":")
    })))
}
#if warning != "" {
  block(stroke: 1.2pt + rgb("#0b57a4"), radius: 3pt, inset: 6pt, text(weight: "semibold", warning))
}
"""
_SLIDES: Final = """\
#set page(paper: "presentation-16-9", margin: (x: 44pt, top: 30pt, bottom: 34pt),
  footer: context {
    set text(size: 9pt, fill: luma(90))
    grid(columns: (1fr, auto), title, [#counter(page).display("1 / 1", both: true)])
  })
#set par(leading: 0.6em, spacing: 0.85em)
#set list(spacing: 0.85em)
#set enum(spacing: 0.85em)
#show heading: set block(above: 0pt, below: 0pt)
#show heading.where(level: 1): set text(size: 32pt)
#show heading.where(level: 2): set text(size: 26pt)
#show heading.where(level: 3): set text(size: 1.05em)
// A drawing stays large where letters must shrink.
#let picture = picture.with(width: () => 700pt, height: () => 265pt)
// The largest letters with which all of a slide is seen.
#let fit(body) = layout(space => {
  let set-in(size) = block(width: space.width, { set text(size: size); body })
  let sizes = (26pt, 24pt, 22.5pt, 21pt, 19pt, 17pt, 15pt, 13.5pt, 12pt, 10.5pt, 9pt, 7.5pt, 6pt)
  let fitting = sizes.find(size => measure(set-in(size)).height <= space.height)
  set-in(if fitting == none { sizes.last() } else { fitting })
})
#let slide(head, body, at: top) = {
  grid(rows: (auto, 1fr), row-gutter: 24pt, align: (top, at), head, fit(body))
  pagebreak(weak: true)
}
"""


def page_typst(handout: Handout, font: str) -> str:
    """The source of the A4 pages."""
    parts = [_part(part, _names(part, handout)) for part in handout.parts]
    return _head(handout, font) + PREAMBLE + _COMMON + _PAGE + "\n".join(parts)


def slides_typst(handout: Handout, font: str) -> str:
    """The source of the slides, a page each."""
    shown = "\n".join(
        _slide(slide, _names(part, handout))
        for part in handout.parts
        for slide in slides(part.blocks)
    )
    return _head(handout, font) + PREAMBLE + _COMMON + _SLIDES + shown


def _slide(slide: Slide, names: Mapping[str, str]) -> str:
    heading = to_typst([slide.heading], names).strip() if slide.heading else ""
    if slide.is_continued:
        heading = heading.removesuffix("];") + '#" …";];'
    at = ", at: horizon" if slide.heading and slide.heading.level == 1 else ""
    return f"#slide([{heading}], [{to_typst(slide.blocks, names)}]{at});"


def _part(part: Part, names: Mapping[str, str]) -> str:
    before = "#pagebreak();\n" if part.on_new_page else ""
    return before + to_typst(part.blocks, names)


def _names(part: Part, handout: Handout) -> dict[str, str]:
    return {name: path for name, path in part.pictures.items() if path in handout.files}


def _head(handout: Handout, font: str) -> str:
    values = {
        "text-font": quoted(font),
        "language": quoted(handout.language),
        "title": quoted(handout.title),
        "authors": _array(handout.lesson.authors),
        "rights": quoted(handout.rights),
        "facts": _array(handout.facts),
        "blanks": _array(handout.blanks),
        "warning": quoted(handout.warning),
    }
    return "".join(f"#let {name} = {value}\n" for name, value in values.items())


def _array(texts: object) -> str:
    assert isinstance(texts, (list, tuple))
    return f"({''.join(f'{quoted(text)}, ' for text in texts)})"
