"""What a tree of lessons offers to others, and what its signed index says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a tree, named by what is in it."""

    sha256: str
    """In hex, lower case."""
    size: int
    """In bytes."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A lesson that a tree has; `kind` as in a bundle's manifest."""

    lesson: str
    version: str
    kind: str
    manifest: Part
    """Its hash is the bundle's identity."""
    size: int
    """Bytes of the lesson's files together."""
    signatures: Mapping[str, Part] = field(default_factory=dict)
    """By their paths in the bundle."""

    @property
    def name(self) -> str:
        """The lesson as people name it."""
        return f"{self.lesson}@{self.version}"


@dataclass(frozen=True, slots=True)
class LessonIndex:
    """The signed index: which pages of offers belong to the tree, and since and until when."""

    serial: int
    """Grows with every change, so that an old index cannot pass for a new one."""
    made: datetime
    expires: datetime
    """Both in UTC, whole seconds."""
    maker: str
    """As the one who signs calls themselves; "" where they do not."""
    key: bytes
    """The public key (SubjectPublicKeyInfo, DER) that the signature must fit."""
    lessons: int
    pages: tuple[Part, ...]
