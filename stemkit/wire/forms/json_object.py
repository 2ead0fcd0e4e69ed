"""A JSON object a line: `{"temp": 23.5, "acc": {"x": 0.1}, "on": true}`.

A dictionary as Python prints it is taken too: `{'temp': 23.5, 'on': True}`.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

from stemkit.model.reading import MISSING, MOST_CHANNELS
from stemkit.wire.forms.row import Row, Shape, label
from stemkit.wire.numbers import cell

# An honest line is flat; without a limit a hostile one of 4 kB nests past Python's stack.
_DEEPEST = 8
_PYTHON_WORDS = {"True": "true", "False": "false", "None": "null", "nan": "NaN", "inf": "NaN"}
_PYTHON_WORD = re.compile(r"(?<![\w'])(?:True|False|None|nan|inf)(?![\w'])")

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"(?:\s*:)?|[-+.\d][-+.\deE]*|[a-z]+', re.ASCII)


class JsonObject:
    """Numbers, booleans and numbers in quotes are values; inner names are joined by dots."""

    name = "json"
    waits = False
    shape_of_last = "json"

    def read(self, text: str) -> list[Row] | None:
        """See `Form.read`."""
        text = text.strip()
        if not (text.startswith("{") and text.endswith("}")) or _too_deep(text):
            return None
        if "'" in text and '"' not in text:
            text = _PYTHON_WORD.sub(lambda word: _PYTHON_WORDS[word[0]], text).replace("'", '"')
        try:
            found = json.loads(text, parse_int=float, parse_constant=_missing)
        except ValueError:
            return None
        pairs = dict(_values(found, ""))
        return [Row(tuple(pairs), tuple(pairs.values()))] if pairs else None

    def shape(self, text: str, row: Row) -> Shape | None:
        """See `Form.shape`."""
        spans = []
        for match in _TOKEN.finditer(text):
            if match[0][0].isalpha() or (match[0][0] == '"' and not match[0].endswith(":")):
                return None  # A value that is no number.
            if match[0][0] != '"':
                spans.append(match.span())
        if len(spans) != len(row.labels):
            return None
        return Shape(row.labels, tuple(spans), json=True)


def _too_deep(text: str) -> bool:
    return text.count("{") + text.count("[") > MOST_CHANNELS or "[" * _DEEPEST in text


def _missing(_: str) -> float:
    return MISSING


def _values(found: object, path: str) -> Iterator[tuple[str, float]]:
    if isinstance(found, dict):
        for key, inner in found.items():
            yield from _values(inner, f"{path}.{key}" if path else key)
    elif isinstance(found, list):
        for i, inner in enumerate(found[:MOST_CHANNELS]):
            yield from _values(inner, f"{path}.{i}")
    else:
        value = _value(found)
        name = label(path)
        if value is not None and name is not None:
            yield name, value


def _value(found: object) -> float | None:
    if isinstance(found, bool | float):
        return float(found) if math.isfinite(found) else MISSING
    if isinstance(found, str):
        return cell(found.strip())
    return MISSING if found is None else None
