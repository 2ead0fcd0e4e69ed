"""Files for a board, and what is known of those that it has."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

PROFILE_NAME = "/stem.json"
"""A board's number, and where the parts of its kit are (`formats.board_profile`)."""
MANIFEST_PATH = ".stemkit/manifest"
FLAT_MANIFEST_PATH = ".stemkit"
"""Where a board keeps the `Manifest` of what was deployed to it."""


@dataclass(frozen=True)
class BoardFile:
    """A file as it is to be on a board."""

    path: str
    """From the board's root, with `/` between names and none in front; NFC."""
    content: bytes = field(repr=False)

    @cached_property
    def digest(self) -> bytes:
        """SHA-256 of the content, cut to 16 bytes."""
        return hashlib.sha256(self.content).digest()[:16]

    @property
    def question(self) -> bytes:
        """What a board is asked about the file: digest, size (3 bytes), path."""
        return self.digest + len(self.content).to_bytes(3, "big") + self.path.encode()

    @cached_property
    def key(self) -> bytes:
        """6 bytes that name the file while it waits on the board to take its place."""
        return hashlib.sha256(self.question).digest()[:6]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a deploy left on a board: so that the next one knows which files are its own."""

    files: Mapping[str, str]
    """Path to the first 8 hex digits of the file's digest."""
