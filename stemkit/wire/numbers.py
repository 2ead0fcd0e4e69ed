"""Numbers as boards print them."""

from __future__ import annotations

import math
import re

from stemkit.model.reading import MISSING

NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?", re.ASCII)
"""A number in decimals."""
# What C, Arduino, Python and JavaScript print for a value that is none.
_NO_VALUE = re.compile(
    r"[-+]?(?:nan|inf(?:inity)?)|ovf|none|null|undefined|nil|n/?a", re.IGNORECASE | re.ASCII
)
# A label, its mark, and two whole numbers with nothing but a comma between: one number, or two?
_COMMA = re.compile(r"[^\W\d_][\w\"']{0,32}\s?[:=]\s*[-+]?\d+,\d+(?![\d.:=]|,\s*[-+.\d])")


def number(text: str) -> float | None:
    """The number that `text` is, or None: digits, `.`, exponent, no spaces, finite."""
    if NUMBER.fullmatch(text) is None:
        return None
    value = float(text)
    return value if math.isfinite(value) else None


def cell(text: str) -> float | None:
    """The value of a cell: `MISSING` for nan, inf, 1e999, None and the like; None for no number."""
    if NUMBER.fullmatch(text) is not None:
        value = float(text)
        return value if math.isfinite(value) else MISSING
    return MISSING if _NO_VALUE.fullmatch(text) else None


def milliseconds(value: float | None) -> int | None:
    """A board's time as whole milliseconds; None for none, and beyond a float's whole numbers."""
    return round(value) if value is not None and abs(value) < 2**53 else None


def has_doubtful_comma(text: str) -> bool:
    """Whether a labelled number may have a decimal comma: `temp: 23,5`, but not `acc: 1,2,3`."""
    return "," in text and _COMMA.search(text) is not None
