"""Pictures of the lessons: `update` draws them from `.ci/pictures/`, `check` sees that they are so.

`.ci/pictures/<lesson>/<name>.svg` is a drawing with its words as `{Vietnamese|English}`;
`<name>.toml` is wiring: `board` (if it is not just that), and `[[part]]` with a `name` (its lines)
and `rows` of [pin of the board, pin of the part, colour, resistor in the wire, resistor from the
wire to the row below], or, with `feeds`, wiring over bars of power (bars.py). Each gives
`lessons/<lesson>/vi/<name>.svg` and the same in `en/`.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

import bars

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / ".ci" / "pictures"
LANGUAGES = ("vi", "en")
WORDS = re.compile(r"\{([^{}|]*)\|([^{}|]*)\}")
COLOURS = {
    "red": "#dc2626",
    "black": "#111827",
    "blue": "#2563eb",
    "yellow": "#ca8a04",
    "green": "#059669",
}
ROW, LEFT, RIGHT, WIDTH = 45, 210, 380, 600
INK, DARK = "#111827", "#334155"
HINT = (
    "{Màu dây chỉ để dễ nhìn: hãy nối theo tên chân."
    "|The colours only help the eye: go by the names of the pins.}"
)


def wiring(source: str) -> str:
    """The drawing of a wiring: the board on the left, its parts on the right."""
    table = tomllib.loads(source)
    if "feeds" in table:
        return bars.drawing(table)
    parts = table["part"]
    shapes: list[str] = []
    y = 20
    for part in parts:
        shapes += _part(part, y)
        y += ROW * len(part["rows"]) + 35
    height = y + 25
    board = [
        _box(30, 20, LEFT - 30, y - 35, "#d1fae5"),
        _text(
            85,
            y // 2,
            _words(table.get("board", "Bo mạch|Board")),
            'text-anchor="middle" font-weight="bold"',
        ),
    ]
    hint = _text(WIDTH // 2, height - 12, HINT, 'text-anchor="middle" font-size="14"')
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" font-family="sans-serif" font-size="16">'
    )
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>'
    return "\n".join([head, ground, *board, *shapes, hint, "</svg>", ""])


def _part(part: dict, top: int) -> Iterator[str]:
    rows, name = part["rows"], part["name"]
    middle = top + (ROW * len(rows) + 20) // 2
    yield _box(RIGHT, top, WIDTH - RIGHT - 30, ROW * len(rows) + 20, "#dbeafe")
    style = 'text-anchor="middle" font-weight="bold" font-size="15"'
    for n, line in enumerate(name):
        yield _text(RIGHT + 130, middle + 6 + 20 * n - 10 * (len(name) - 1), _words(line), style)
    for number, row in enumerate(rows):
        yield from _wire(row, top + 32 + ROW * number)


def _wire(row: list[str], y: int) -> Iterator[str]:
    at_board, at_part, colour, *resistors = row
    in_wire, to_below = (*resistors, "", "")[:2]
    line = f'stroke="{COLOURS[colour]}" stroke-width="5" stroke-linecap="round"'
    yield f'<path d="M{LEFT} {y}H{RIGHT}" {line}/>'
    if to_below:
        x = LEFT + 45
        yield f'<path d="M{x} {y}V{y + ROW}" {line}/>'
        yield f'<circle cx="{x}" cy="{y}" r="5" fill="{DARK}"/>'
        yield _resistor(x, y + ROW // 2, to_below)
    if in_wire:
        yield _resistor((LEFT + RIGHT) // 2 + 30, y, in_wire)
    for x in (LEFT, RIGHT):
        yield f'<circle cx="{x}" cy="{y}" r="6" fill="{DARK}"/>'
    yield _text(LEFT - 12, y + 6, _words(at_board), 'text-anchor="end"')
    yield _text(RIGHT + 12, y + 6, _words(at_part))


def _resistor(x: int, y: int, value: str) -> str:
    box = _box(x - 28, y - 11, 56, 22, "#fde9c8", rounded=4)
    return box + _text(x, y + 5, value, 'text-anchor="middle" font-size="14"')


def _box(x: int, y: int, width: int, height: int, fill: str, rounded: int = 12) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="{rounded}" fill="{fill}"'
        f' stroke="{DARK}" stroke-width="2"/>'
    )


def _text(x: int, y: int, words: str, style: str = "") -> str:
    return f'<text x="{x}" y="{y}" fill="{INK}"{style and " "}{style}>{words}</text>'


def _words(text: str) -> str:
    """`Vietnamese|English` as the drawing holds it."""
    return f"{{{escape(text)}}}" if "|" in text else escape(text)


def pictures() -> Iterator[tuple[Path, str]]:
    """Every picture of the lessons that is made here, and what must be in it."""
    for path in sorted(SOURCES.glob("*/*.*")):
        source = path.read_text("utf-8")
        drawing = wiring(source) if path.suffix == ".toml" else source
        for group, language in enumerate(LANGUAGES, 1):
            folder = ROOT / "lessons" / path.parent.name / language
            yield folder / f"{path.stem}.svg", WORDS.sub(rf"\{group}", drawing)


def main(words: list[str]) -> int:
    """`update` or `check`."""
    if words not in (["update"], ["check"]):
        print(__doc__)
        return 2
    wrong = 0
    for path, drawing in pictures():
        if path.is_file() and path.read_text("utf-8") == drawing:
            continue
        wrong += 1
        print(path.relative_to(ROOT))
        if words == ["update"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(drawing, "utf-8", newline="\n")
    return int(bool(wrong) and words == ["check"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
