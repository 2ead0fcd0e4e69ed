"""Wiring with bars of power as on a breadboard, for pictures.py: several parts, a battery.

The source (`feeds` tells it from plain wiring) names what the board feeds (`3V3`, `5V`, or both:
then the first part has a divider, whose row is free at the board), a `note`, and each `[[part]]`
with a `name`, a `colour` and `pins` of [pin of the part, bar or pin of the board]; a third word
`divider` puts 1 kΩ in the wire and 2 kΩ from there to GND: 5 V become 3.3 V. With `battery` (its
name) there is a bar `+` too, and the battery's minus is on GND. The first part begins with its two
pins of power.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

DARK, INK = "#334155", "#111827"
WIRES = ("#2563eb", "#ca8a04", "#059669", "#9333ea", "#0891b2", "#db2777", "#65a30d")
COLOURS = {"3V3": "#db2777", "5V": "#dc2626", "+": "#ea580c", "GND": INK}
BAR_X = {"3V3": 175, "5V": 202, "GND": 230, "+": 260}
ROW, TOP, BOARD_X, PART_X, WIDTH = 34, 24, 150, 430, 640


def drawing(source: dict[str, Any]) -> str:
    """The picture, its words as `{Vietnamese|English}`."""
    parts = source["part"]
    board_end = TOP + sum(ROW * _rows(part) + 26 for part in parts) + 6
    end = board_end + (74 if "battery" in source else 0)
    height = end + 34
    shapes = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}"'
        f' height="{height}" font-family="sans-serif" font-size="15">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _box(20, 10, BOARD_X - 20, board_end - 10, "#d1fae5"),
        _text(34, board_end - 10, "Bo mạch|Board", 'font-weight="bold"'),
        *_bars(source, board_end, end - 6),
    ]
    y, wires = TOP, iter(WIRES * 3)
    for part in parts:
        tall = ROW * _rows(part)
        shapes.append(_box(PART_X, y, 190, tall + 6, part.get("colour", "#dbeafe")))
        style = 'text-anchor="end" font-weight="bold"'
        shapes.append(_text(PART_X + 182, y + tall // 2 + 8, part["name"], style))
        for pin in part["pins"]:
            y += ROW
            colour = COLOURS.get(pin[1]) or next(wires)
            shapes += _wire(pin, y - 12, colour)
            y += ROW * ("divider" in pin)
        y += 26
    note = _text(WIDTH // 2, height - 12, source["note"], 'text-anchor="middle" font-size="14"')
    return "\n".join([*shapes, note, "</svg>", ""])


def _rows(part: dict[str, Any]) -> int:
    return len(part["pins"]) + any("divider" in pin for pin in part["pins"])


def _bars(source: dict[str, Any], board_end: int, end: int) -> Iterator[str]:
    """The bars, and what feeds them."""
    used = {pin[1] for part in source["part"] for pin in part["pins"]}
    for name, row in zip(
        (source["feeds"][0], "GND", *source["feeds"][1:]), (1, 2, 5), strict=False
    ):
        if name in used:
            x, y = BAR_X[name], TOP + row * ROW - 12
            yield _line(f"M{x} {TOP}V{end if name == 'GND' else board_end - 14}", name, 5)
            yield _line(f"M{BOARD_X} {y}H{x}", name, 5)
            yield _dot(BOARD_X, y) + _dot(x, y, COLOURS[name])
            yield _text(BOARD_X - 8, y + 5, name, 'text-anchor="end"')
    if "battery" in source:
        yield _box(20, board_end + 6, 160, 60, "#fee2e2")
        yield _text(32, board_end + 41, source["battery"], 'font-weight="bold"')
        yield _line(f"M{BAR_X['+']} {TOP}V{board_end + 22}", "+", 5)
        for sign, bar, y in (("+", "+", board_end + 22), ("−", "GND", board_end + 50)):
            yield _line(f"M180 {y}H{BAR_X[bar]}", bar, 5)
            yield _dot(180, y) + _dot(BAR_X[bar], y, COLOURS[bar])
            yield _text(172, y + 5, sign, 'text-anchor="end"')


def _wire(pin: list[str], y: int, colour: str) -> Iterator[str]:
    start = BAR_X.get(pin[1], BOARD_X)
    yield f'<path d="M{start} {y}H{PART_X}" stroke="#ffffff" stroke-width="9"/>'
    yield f'<path d="M{start} {y}H{PART_X}" stroke="{colour}" stroke-width="4"/>'
    if start == BOARD_X:
        yield _dot(start, y) + _text(start - 8, y + 5, pin[1], 'text-anchor="end"')
    else:
        yield _dot(start, y, colour)
    if "divider" in pin:
        bar = BAR_X["GND"]
        yield f'<path d="M300 {y}V{y + ROW}H{bar}" stroke="{colour}" stroke-width="4" fill="none"/>'
        yield _dot(300, y, colour) + _dot(bar, y + ROW, INK)
        yield _resistor(365, y, "1 kΩ") + _resistor(268, y + ROW, "2 kΩ")
    yield _dot(PART_X, y) + _text(PART_X + 12, y + 5, pin[0])


def _resistor(x: int, y: int, value: str) -> str:
    return (
        f'<rect x="{x - 26}" y="{y - 11}" width="52" height="22" rx="4" fill="#fde9c8"'
        f' stroke="{DARK}" stroke-width="1.5"/>'
        + _text(x, y + 5, value, 'text-anchor="middle" font-size="13"')
    )


def _box(x: int, y: int, width: int, height: int, fill: str) -> str:
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="12" fill="{fill}"'
        f' stroke="{DARK}" stroke-width="2"/>'
    )


def _line(path: str, bar: str, width: int) -> str:
    return f'<path d="{path}" stroke="{COLOURS[bar]}" stroke-width="{width}"/>'


def _dot(x: int, y: int, colour: str = DARK) -> str:
    return f'<circle cx="{x}" cy="{y}" r="5" fill="{colour}"/>'


def _text(x: int, y: int, words: str, style: str = "") -> str:
    words = f"{{{words}}}" if "|" in words else words
    return f'<text x="{x}" y="{y}" fill="{INK}"{style and " "}{style}>{words}</text>'
