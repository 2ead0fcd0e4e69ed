"""Lists of labels and values: `temp:23.5,hum:60` (the native form), `temp: 23.5 hum: 60`, `k=v`.

Arduino's plotters separate by comma, tab or space; `;` and `&` are taken too.
"""

from __future__ import annotations

import re

from stemkit.model.reading import MISSING
from stemkit.wire.forms.row import Row, Shape, label
from stemkit.wire.numbers import NUMBER, cell

_CELLS = {mark: re.compile(rf"{mark}\s*({NUMBER.pattern})(?=[\s;,&]|$)", re.ASCII) for mark in ":="}


class Labelled:
    """Every cell must be a label and a value: text that only resembles one is not a reading."""

    name = "labels"
    waits = False
    shape_of_last = "labels"

    def read(self, text: str) -> list[Row] | None:
        """See `Form.read`."""
        mark = ":" if ":" in text else "="
        if mark not in text:
            return None
        pairs: dict[str, float] = {}
        empty = True
        for part in _parts(text, mark):
            name, found, value_text = part.partition(mark)
            known = label(name)
            value = _value(value_text.strip())
            if not found or known is None or value is None or not _is_name(known):
                return None
            pairs[known] = value
            empty = empty and not value_text.strip()
        # Labels alone are Arduino's heading, or the beginning of a sentence.
        return None if empty else [Row(tuple(pairs), tuple(pairs.values()))]

    def shape(self, text: str, row: Row) -> Shape | None:
        """See `Form.shape`."""
        if ";" in text and "," in text:
            return None  # A decimal comma is not seen by the pattern.
        mark = ":" if ":" in text else "="
        spans = [match.span(1) for match in _CELLS[mark].finditer(text)]
        return Shape(row.labels, tuple(spans)) if len(spans) == len(row.labels) else None


def _parts(text: str, mark: str) -> list[str]:
    separator = next((s for s in (";", ",", "\t", "&") if s in text), None)
    if separator is not None:
        parts = [part for part in text.split(separator) if part.strip()]
        if all(part.count(mark) == 1 for part in parts):
            return parts
        text = text.replace(separator, " ")
    # Only spaces are left to separate; those around the mark belong to its cell.
    words = " ".join(text.split()).replace(f" {mark}", mark).replace(f"{mark} ", mark)
    return [words] if words.count(mark) == 1 else words.split(" ")


def _is_name(text: str) -> bool:
    # `12:30` is a time, and `OSError: 28` is Python's.
    return any(letter.isalpha() for letter in text) and not text.endswith(("Error", "Exception"))


def _value(text: str) -> float | None:
    if "," in text and text.count(",") == 1:
        text = text.replace(",", ".")  # Only `;` leaves a comma inside a cell: a decimal comma.
    return MISSING if text == "" else cell(text)
