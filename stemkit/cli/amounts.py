"""Amounts as a person reads them."""

from __future__ import annotations

from datetime import datetime

from stemkit.words import day, number


def size_told(size_bytes: int) -> str:
    """`512 B`, `34.5 kB`, `1.4 MB` (powers of 1000, as file managers show them)."""
    if size_bytes < 1000:
        return f"{size_bytes} B"
    if size_bytes < 1_000_000:
        return f"{number(size_bytes / 1000)} kB"
    return f"{number(size_bytes / 1_000_000)} MB"


def moment_told(iso: str, clock: str = "%H:%M") -> str:
    """A day and a time of day out of ISO 8601 text; text that is none stays as it is."""
    try:
        moment = datetime.fromisoformat(iso)
    except ValueError:
        return iso
    return f"{day(moment)} {moment:{clock}}"
