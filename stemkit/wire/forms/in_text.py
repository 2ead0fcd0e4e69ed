"""Numbers in text: `Humidity: 45.00 %  Temperature: 23.00 *C`, `Distance is 17 cm`.

A channel is named by the words before its number. Only lines whose words are the same each time
are believed.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from typing import NamedTuple

from stemkit.model.reading import MOST_CHANNELS
from stemkit.wire.forms.row import LONGEST_LABEL, Row, Shape, label
from stemkit.wire.numbers import number

# A number, with a label in front and a unit behind where they touch it. No dates, times,
# addresses, versions or hexadecimal numbers.
_TOKEN = re.compile(
    r"(?:([^\W\d][\w%°²³µ]*)[:=])?([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)([^\W\d]{0,4}|[%°*²³µ]\w{0,4})"
)
_EDGES = "()[]{}<>,;!\"'"
# What separates cells as a blank does: a bar, and a comma before a word.
_BETWEEN = re.compile(r"\||[,;](?=[^\W\d_])")
_MOST_WORDS = 3
_UNIT = re.compile(
    r"%(?:RH)?|[°*º]?[CF]|deg(?:C|F)?|°|K|[ckmµu]?m|[mµu]?s|min|[kM]?Hz|[mµu]?V|[mµu]?A|m?W|"
    r"[hk]?Pa|m?bar|lx|lux|[Ll]ux|dBm?|[mkµu]?g|m?[lL]|bpm|BPM|pp[mb]|[µum]?T|rpm|RPM|[kM]?Ω|"
    r"[kM]?[Oo]hms?|[cmk]?m/s|km/h|m/s(?:\^2|²|2)|rad/s|(?:deg|°)/s|dps|[µu]g/m(?:\^3|³|3)|inch(?:es)?|ft",
    re.ASCII,
)

# Units as programs write them that have no degree sign, no power and no Greek letter.
_SPELLED = {
    **{"C": "°C", "*C": "°C", "ºC": "°C", "degC": "°C"},
    **{"F": "°F", "*F": "°F", "ºF": "°F", "degF": "°F"},
    **{"deg": "°", "deg/s": "°/s", "dps": "°/s", "m/s^2": "m/s²", "m/s2": "m/s²"},
    **{"um": "µm", "us": "µs", "uV": "µV", "uA": "µA", "ug": "µg", "uT": "µT"},
    **{"ug/m3": "µg/m³", "ug/m^3": "µg/m³", "µg/m3": "µg/m³", "µg/m^3": "µg/m³"},
    **{"lux": "lx", "Lux": "lx", "RPM": "rpm", "BPM": "bpm"},
}
_AXIS = re.compile(r"(.*\S) ([Xx])")


class _Found(NamedTuple):
    name: str
    value: float
    unit: str


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
        found: list[_Found] = []
        words: list[str] = []
        before: list[str] = []
        for token in _BETWEEN.sub(" ", text).split():
            match = _TOKEN.fullmatch(token.strip(_EDGES))
            value = number(match[2]) if match else None
            if match is None or value is None:
                words.append(token)
                unit = token.strip(_EDGES)
                if found and not before and not found[-1].unit and _UNIT.fullmatch(unit):
                    found[-1] = found[-1]._replace(unit=_SPELLED.get(unit, unit))
                else:
                    before.append(token)
                continue
            name = _name(match[1], before, found)
            words.append("#")
            found.append(_Found(name, value, _SPELLED.get(match[3], match[3])))
            before = []
        if not found:
            return None
        pairs = self._told_apart(found)
        self._words = (*words, *pairs)
        return [Row(tuple(pairs), tuple(pairs.values()))]

    def shape(self, text: str, row: Row) -> Shape | None:
        """See `Form.shape`."""
        spans = []
        for token in re.finditer(r"\S+", _BETWEEN.sub(" ", text)):
            match = _TOKEN.fullmatch(token[0].strip(_EDGES))
            if match is not None and number(match[2]) is not None:
                start = token.start() + len(token[0]) - len(token[0].lstrip(_EDGES))
                spans.append((start + match.start(2), start + match.end(2)))
        return Shape(row.labels, tuple(spans)) if len(spans) == len(row.labels) else None

    def _told_apart(self, found: list[_Found]) -> dict[str, float]:
        """Names with their values: the same temperature in °C and in °F makes two channels."""
        pairs: dict[str, float] = {}
        for i, (name, value, unit) in enumerate(found):
            unit = unit or _unit_of_axes(found[i:])
            if not name:
                before = found[i - 1] if i else _Found("", 0, "")
                again = unit and before.name and before.unit not in ("", unit)
                name = f"{before.name} {unit}" if again else f"ch{i + 1}"
            elif unit and self.units.get(name, unit) != unit:
                name = f"{name} {unit}"
            name = name if name not in pairs else f"ch{i + 1}"
            name = name[:LONGEST_LABEL]
            if unit and len(self.units) < MOST_CHANNELS:
                self.units.setdefault(name, unit)
            pairs[name] = value
        return pairs


def _unit_of_axes(found: list[_Found]) -> str:
    """In `Acceleration X: 1, Y: 2, Z: 3 m/s^2` the unit is that of all three."""
    first = found[0].name
    axes = [other for other in found[:3] if other.name[:-1] == first[:-1] and other.name]
    return axes[-1].unit if first[-1:] in "XYxy" and len(first) > 1 else ""


def _name(own: str | None, before: list[str], taken: list[_Found]) -> str:
    said = own or " ".join(before[-_MOST_WORDS:])
    said = said.strip(" :=-,;()[]")
    axis = _AXIS.fullmatch(taken[0].name) if taken and len(said) == 1 and said in "YZyz" else None
    if axis:  # `Acceleration X: 1, Y: 2, Z: 3` is followed by `Rotation X: 1, Y: 2, Z: 3`.
        said = f"{axis[1]} {said}"
    return (label(said) if any(letter.isalpha() for letter in said) else None) or ""
