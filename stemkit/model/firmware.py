"""A firmware image that is kept on this computer, and what is known about where it came from."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from stemkit.model.board import ImageFormat


class Trust(enum.StrEnum):
    """Why a stored image is believed to be what its name says."""

    SIGNED = "signed"
    """A mirror's signed index names its hash."""
    FIRST_USE = "first-use"
    """It came from a site without hashes; a later download must be the same."""
    LOCAL = "local"
    """A person gave the file."""
    BUNDLED = "bundled"
    """It travels in a package that stemkit depends on."""


@dataclass(frozen=True, slots=True)
class Firmware:
    """One image: `name` as on micropython.org (`ESP32_GENERIC`), `version` without v."""

    name: str
    version: str
    file: str
    """File name as it was downloaded, without folders."""
    sha256: str
    """Of the whole file, 64 small hex digits."""
    size: int
    """Bytes of the whole file."""
    format: ImageFormat
    chips: tuple[str, ...]
    """Names of `stemkit.model.chip.CHIPS` that it is made for, sorted."""
    build: str
    """The banner read out of the image; empty where none was found."""
    source: str
    """Address, folder or package that it came from."""
    trust: Trust
    added: str
    """When it was stored, UTC, ISO 8601 with seconds."""

    @property
    def title(self) -> str:
        """NAME@VERSION, as commands take it."""
        return f"{self.name}@{self.version}"


def version_order(version: str) -> tuple[tuple[int, ...], bool, str]:
    """A key that sorts versions oldest first; `1.25.0-preview.98` comes before `1.25.0`."""
    match = re.match(r"v?(\d+(?:\.\d+)*)(.*)", version)
    if match is None:
        return (), False, version
    numbers, rest = match.groups()
    # A count of commits after a release (1.16-237-g1613dc8a1) makes it newer, a preview older.
    return tuple(map(int, numbers.split("."))), not rest.startswith("-preview"), rest
