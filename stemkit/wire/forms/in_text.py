"""Numbers in text: `Humidity: 45.00 %  Temperature: 23.00 *C`, `Distance is 17 cm`.

A channel is named by the words before its number. Only lines whose words are the same each time
are believed.
"""

from __future__ import annotations

import re
from collections.abc import Hashable

from stemkit.model.reading import MOST_CHANNELS
from stemkit.wire.forms.row import Row, Shape, label
from stemkit.wire.numbers import number

# A number, with a label in front and a unit behind where they touch it. No dates, times,
# addresses, versions or hexadecimal numbers.
_TOKEN = re.compile(
    r"(?:([^\W\d][\w%°²³µ]*)[:=])?([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)([^\W\d]{0,4}|[%°*²³µ]\w{0,4})"
)
_EDGES = "()[]{}<>,;!\"'"
_MOST_WORDS = 3
_UNIT = re.compile(
    r"%|[°*]?[CF]|°|K|[ckm]?m|m?s|k?Hz|m?V|m?A|W|[hk]?Pa|lx|lux|dB|k?g|bpm|ppm|µT|rpm", re.ASCII
)

# Degrees as programs write them that have no degree sign.
_SPELLED = {"C": "°C", "*C": "°C", "F": "°F", "*F": "°F"}


class InText:
    """The weakest form: it waits for agreement."""

    name = "text"
    waits = True

    def __init__(self) -> None:
        self._words: tuple[str, ...] = ()
        self.units: dict[str, str] = {}
        """Unit that followed each channel's number."""

    @property
    def shape_of_last(self) -> Hashable:
        """Lines agree whose words are the same."""
        return self._words

    def read(self, text: str) -> list[Row] | None:
        """See `Form.read`."""
        pairs: dict[str, float] = {}
        words: list[str] = []
        before: list[str] = []
        last = ""
        for token in text.split():
            match = _TOKEN.fullmatch(token.strip(_EDGES))
            value = number(match[2]) if match else None
            if match is None or value is None:
                words.append(token)
                if last and not before and _UNIT.fullmatch(token.strip(_EDGES)):
                    self._unit(last, token.strip(_EDGES))
                else:
                    before.append(token)
                continue
            last = _name(match[1], before, pairs)
            pairs[last] = value
            words.append(last)
            if match[3]:
                self._unit(last, match[3])
            before = []
        if not pairs:
            return None
        self._words = tuple(words)
        return [Row(tuple(pairs), tuple(pairs.values()))]

    def shape(self, text: str, row: Row) -> Shape | None:
        """See `Form.shape`."""
        spans = []
        for token in re.finditer(r"\S+", text):
            match = _TOKEN.fullmatch(token[0].strip(_EDGES))
            if match is not None and number(match[2]) is not None:
                start = token.start() + len(token[0]) - len(token[0].lstrip(_EDGES))
                spans.append((start + match.start(2), start + match.end(2)))
        return Shape(row.labels, tuple(spans)) if len(spans) == len(row.labels) else None

    def _unit(self, name: str, unit: str) -> None:
        if len(self.units) < MOST_CHANNELS:
            self.units.setdefault(name, _SPELLED.get(unit, unit))


def _name(own: str | None, before: list[str], taken: dict[str, float]) -> str:
    said = own or " ".join(before[-_MOST_WORDS:])
    said = said.strip(" :=-,;()[]")
    name = label(said) if any(letter.isalpha() for letter in said) else None
    if name is None or name in taken:
        name = f"ch{len(taken) + 1}"
    return name
