"""The objects of which a tree of lessons is made, as files."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

from stemkit.model.lesson_share import Part

Arrived = Callable[[int], None]
"""Told how many bytes more have come."""


def is_whole(path: Path, part: Part) -> bool:
    """Whether the file at `path` is the object, to the last byte."""
    try:
        if path.stat().st_size != part.size:
            return False
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == part.sha256
    except FileNotFoundError:
        return False
