"""What keys are called: plain file names, and numbers that people can compare by voice."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_LONGEST: Final = 40
_GROUPS, _DIGITS = 8, 5


def key_id(name: str) -> str:
    """A name as a file name of a-z, 0-9 and hyphens: `Cô Hoà` is `co-hoa`; "" for no letters."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("đ", "d"))
    ascii_only = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", ascii_only).strip("-")[:_LONGEST].strip("-")


def spoken(fingerprint: str) -> str:
    """A SHA-256 (hex) as 8 groups of 5 decimal digits: digits are read alike in every language.

    They are the hash modulo 10^40 (132 bits): nobody can make a key with a given number.
    """
    digits = f"{int(fingerprint, 16) % 10 ** (_GROUPS * _DIGITS):0{_GROUPS * _DIGITS}d}"
    return " ".join(digits[i : i + _DIGITS] for i in range(0, len(digits), _DIGITS))


def same_number(told: str, fingerprint: str) -> bool:
    """Whether what a person typed is this fingerprint, as `spoken` or as 64 hex digits."""
    typed = re.sub(r"[\s:.\-]", "", told).lower()
    return typed in (fingerprint, spoken(fingerprint).replace(" ", ""))
