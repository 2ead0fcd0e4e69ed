"""What others will learn of people from a package."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Tells(enum.StrEnum):
    """What kind of thing it is."""

    NAME = "name"
    """A person's name or code that somebody typed."""
    PLACE = "place"
    """Where a photo or film was taken."""
    CAMERA = "camera"
    """With what, or when, a photo was taken."""
    AUTHOR = "author"
    """A name that a program wrote into a document."""
    CONTACT = "contact"
    """An e-mail address or telephone number."""
    UNKNOWN = "unknown"
    """Perhaps any of these: the file cannot be looked into."""


@dataclass(frozen=True, slots=True)
class Visible:
    """One such thing."""

    path: str
    """The file, from the project's folder."""
    tells: Tells
    detail: str
    removed: bool = False
    """It stays on this computer: the package has the file without it."""
