"""What a PDF tells of itself: pages, their size, who wrote it. The only pypdf import."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from typing import Any, Final

from stemkit.formats.archive_directory import Source

_MM_PER_POINT: Final = 25.4 / 72
_MOST_PAGES: Final = 2_000


@dataclass(frozen=True, slots=True)
class Pdf:
    """What was found."""

    pages: tuple[tuple[float, float], ...]
    """Width and height of every page in mm, as it is shown."""
    author: str = ""


def read_pdf(source: Source) -> Pdf | None:
    """Read a PDF; None where it cannot be read, or is locked."""
    from pypdf import PdfReader

    # Its remarks on damaged files are not for the person.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        reader = PdfReader(io.BufferedReader(_File(source)), strict=False)
        if reader.is_encrypted or len(reader.pages) > _MOST_PAGES:
            return None
        pages = tuple(_size_mm(page) for page in reader.pages)
        facts: Any = reader.metadata
        author = str(facts.get("/Author") or "") if facts else ""
        if not author and reader.xmp_metadata is not None:
            author = ", ".join(reader.xmp_metadata.dc_creator or [])
    except Exception:  # noqa: BLE001 - hostile files make the library raise nearly anything
        return None
    return Pdf(pages, "".join(c for c in author if c.isprintable()).strip()[:80])


class _File(io.RawIOBase):
    """A source as a file: of a large PDF only what is asked for is read."""

    def __init__(self, source: Source) -> None:
        self._source, self._at = source, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._source.size}[whence]
        self._at = max(0, base + offset)
        return self._at

    def readinto(self, buffer: Any) -> int:
        piece = self._source.read(self._at, len(buffer))
        buffer[: len(piece)] = piece
        self._at += len(piece)
        return len(piece)


def _size_mm(page: Any) -> tuple[float, float]:
    box = page.cropbox
    width, height = float(box.width) * _MM_PER_POINT, float(box.height) * _MM_PER_POINT
    turned = int(page.get("/Rotate", 0) or 0) % 180 == 90
    return (round(height, 1), round(width, 1)) if turned else (round(width, 1), round(height, 1))
