"""Values in brackets: Mu's tuples `(1, 2.5)`, Python's lists, Serial Studio's frames."""

from __future__ import annotations

import re
from collections.abc import Hashable

from stemkit.model.reading import MISSING
from stemkit.wire.forms.row import Row, Shape, numbered, shape_of_cells
from stemkit.wire.numbers import cell

# The last two are the start and end of a frame in Serial Studio's projects, old ones and new ones
# (its "Quick Plot" takes bare numbers).
_FRAMES = (("/*", "*/"), ("$", ";"))
_BRACKETS = (("(", ")"), ("[", "]"), *_FRAMES)


class Sequence:
    """Numbers without names, between brackets."""

    name = "tuple"
    waits = False

    def __init__(self) -> None:
        self._n = 0
        self.n = 0
        """How many values the reading before had, if it was a frame of Serial Studio's."""

    @property
    def shape_of_last(self) -> Hashable:
        """Lines agree that have equally many values."""
        return self._n

    def read(self, text: str) -> list[Row] | None:
        """See `Form.read`."""
        text = text.strip()
        for opening, closing in _BRACKETS:
            if text.startswith(opening) and text.endswith(closing):
                rows = self._inner(text[len(opening) : -len(closing)])
                if rows:
                    self.n = self._n if (opening, closing) in _FRAMES else 0
                return rows
        return None

    def shape(self, text: str, row: Row) -> Shape | None:
        """See `Form.shape`."""
        inner = re.sub(r"[^-+.\deE,]", " ", text)
        return shape_of_cells(inner, ",", row.labels)

    def _inner(self, text: str) -> list[Row] | None:
        parts = [part.strip() for part in text.split(",")]
        if len(parts) > 1 and not parts[-1]:
            parts.pop()
        values = [MISSING if part == "None" else cell(part) for part in parts]
        known = tuple(value for value in values if value is not None)
        if not known or len(known) < len(values):
            return None
        self._n = len(known)
        return [Row(numbered(self._n), known)]


def without_frame(text: str) -> str:
    """A frame of Serial Studio's with blanks for what begins and ends it; other lines unchanged."""
    for opening, closing in _FRAMES:
        inner = text.strip().removeprefix(opening).removesuffix(closing)
        if len(opening) + len(inner) + len(closing) == len(text.strip()):
            at = text.index(inner, text.index(opening) + len(opening))
            return inner.rjust(at + len(inner)).ljust(len(text))
    return text
