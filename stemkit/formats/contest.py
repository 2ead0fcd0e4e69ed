"""A contest profile (`*.toml`) -> `Contest`.

title = { vi = "...", en = "..." }
year = 2026
source = "https://..."

[[rule]]
id = "abstract"
what = { vi = "Tóm tắt", en = "Abstract" }
do = { vi = "Viết report/abstract.md", en = "Write report/abstract.md" }
files = ["report/abstract.md"]     # or field = "question", people = true, recording = true
most_words = 250
verified = true                    # compared with the source
source = "https://..."             # where it is not the profile's

[report]
paper = "A4"
left_mm = 30
"""

from __future__ import annotations

from typing import Final

from stemkit.formats.toml_file import Table, TomlFile
from stemkit.model.contest import Bounds, Contest, Needs, PageSetup, Rule
from stemkit.model.text import Text
from stemkit.words import N_

PAPERS: Final[dict[str, tuple[float, float]]] = {
    "A0": (841.0, 1189.0),
    "A1": (594.0, 841.0),
    "A3": (297.0, 420.0),
    "A4": (210.0, 297.0),
    "letter": (215.9, 279.4),
}
"""Width and height in mm (ISO 216, ANSI Y14.1), upright."""
FIELDS: Final = ("title", "question", "club", "board", "date", "licence", "supervisor", "keywords")
_MOST: Final = 1_000_000


def parse_contest(data: bytes, path: str, id: str) -> Contest:
    """Read a profile that is known as `id`; raises `DataFileError` with every mistake."""
    file = TomlFile(data, path)
    root = file.root
    rules = tuple(_rule(table) for table in root.tables("rule"))
    ids = [rule.id for rule in rules]
    if len(set(ids)) != len(ids):
        root.wrong("rule", N_("Two rules have the same “id”."))
    contest = Contest(
        id=id,
        title=root.text("title"),
        year=root.integer("year", low=2000, high=2100),
        source=root.string("source"),
        rules=rules,
        report=_pages(root.table("report", optional=True)),
        poster=_pages(root.table("poster", optional=True)),
    )
    file.finish()
    return contest


def _rule(table: Table) -> Rule:
    needs, field = _needs(table)
    return Rule(
        id=table.string("id", pattern="[a-z0-9-]+"),
        what=table.text("what"),
        do=table.text("do") if "do" in table else Text("", ""),
        needs=needs,
        files=table.strings("files"),
        field=field,
        least=table.integer("least", 1, low=0, high=_MOST),
        most=table.integer("most", low=0, high=_MOST) if "most" in table else None,
        bounds=_bounds(table),
        optional=table.boolean("optional", default=False),
        verified=table.boolean("verified", default=False),
        source=table.string("source", ""),
    )


def _needs(table: Table) -> tuple[Needs, str]:
    asked = [
        need for need in Needs if str(need) in table or (need is Needs.FILE and "files" in table)
    ]
    field = table.word("field", FIELDS) if "field" in table else ""
    for need in (Needs.PEOPLE, Needs.RECORDING, Needs.SIGNATURE):
        if need in table:
            table.boolean(str(need))
    if len(asked) != 1:
        table.wrong("id", N_("A rule asks for one of: files, field, people, recording, signature."))
        return Needs.FILE, field
    return asked[0], field


def _bounds(table: Table) -> Bounds:
    def whole(key: str) -> int | None:
        return table.integer(key, low=1, high=1 << 40) if key in table else None

    return Bounds(
        most_bytes=whole("most_bytes"),
        most_words=whole("most_words"),
        most_pages=whole("most_pages"),
        landscape=table.boolean("landscape") if "landscape" in table else None,
        paper=table.word("paper", list(PAPERS)) if "paper" in table else "",
        most_seconds=table.number("most_seconds", low=1, high=1e6)
        if "most_seconds" in table
        else None,
    )


def _pages(table: Table) -> PageSetup:
    default = PageSetup()

    def length(key: str, value: float) -> float:
        return table.number(key, value, low=0.0, high=200.0)

    return PageSetup(
        paper=table.word("paper", list(PAPERS), default.paper),
        landscape=table.boolean("landscape", default=default.landscape),
        left_mm=length("left_mm", default.left_mm),
        right_mm=length("right_mm", default.right_mm),
        top_mm=length("top_mm", default.top_mm),
        bottom_mm=length("bottom_mm", default.bottom_mm),
        text_pt=table.number("text_pt", default.text_pt, low=6.0, high=72.0),
        most_pages=table.integer("most_pages", low=1, high=500) if "most_pages" in table else None,
    )
