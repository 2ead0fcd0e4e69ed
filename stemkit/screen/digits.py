"""How many decimals each channel is shown with: a number that changes its width cannot be read."""

from __future__ import annotations

import math

from stemkit.screen.axes import value_label

MOST_PLACES = 4
# At 20 pictures a second: a swing that comes back within five seconds keeps its digits.
_LOOKS_BEFORE_MORE = 100


class Digits:
    """Decimals by (board, label). They are at most those that the values themselves have."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], _Channel] = {}

    def label(self, key: tuple[str, str], value: float, span: float | None = None) -> str:
        """`value` with three digits more than an axis of `span` has; None: four digits in all."""
        if not math.isfinite(value):
            return value_label(value, 0)
        kept = self._kept.setdefault(key, _Channel())
        kept.look(value)
        wanted = 4 - kept.whole if span is None else _places(span)
        return value_label(value, max(0, min(wanted, kept.places)))


class _Channel:
    def __init__(self) -> None:
        self.places = 0
        """The most decimals that a value had."""
        self.whole = -MOST_PLACES
        """Digits in front of the point of the largest of the newest values (0.02: -1)."""
        self._smaller = 0

    def look(self, value: float) -> None:
        while self.places < MOST_PLACES and round(value, self.places) != value:
            self.places += 1
        whole = math.floor(math.log10(abs(value)) + 1e-12) + 1 if value else -MOST_PLACES
        self._smaller = self._smaller + 1 if whole < self.whole else 0
        if whole > self.whole or self._smaller > _LOOKS_BEFORE_MORE:
            self.whole, self._smaller = whole, 0


def _places(span: float) -> int:
    return 3 - math.ceil(math.log10(span)) if span > 0 and math.isfinite(span) else 2
