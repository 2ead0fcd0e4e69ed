"""The native form: `temp:23.51,hum:60.2`, read without the other forms once it is known."""

from __future__ import annotations

import re
from math import isfinite


def cells(body: bytes) -> tuple[tuple[str, ...], tuple[float, ...]] | None:
    """Labels and values of one native line without its tail; None where it is not quite one."""
    if _LINE.fullmatch(body) is None:
        return None
    parts = body.decode("ascii").replace(",", ":").split(":")
    labels = tuple(parts[::2])
    try:
        values = tuple(map(float, parts[1::2]))
    except ValueError:
        return None
    return (labels, values) if isfinite(sum(values)) and len(set(labels)) == len(labels) else None


def is_native(labels: tuple[str, ...]) -> bool:
    """Whether these labels can be those of native lines."""
    return all(_LABEL.fullmatch(label) for label in labels)


_LINE = re.compile(rb"[A-Za-z_]\w{0,31}:[-+.\deE]+(?:,[A-Za-z_]\w{0,31}:[-+.\deE]+)*+")
_LABEL = re.compile(r"[A-Za-z_]\w{0,31}", re.ASCII)
