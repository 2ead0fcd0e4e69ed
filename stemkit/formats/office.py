"""Who is named in a .docx, .xlsx, .pptx or .odt file (ECMA-376 parts 1 and 2; ODF 1.3), and where
the photos in it were taken."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Final

from stemkit.formats.archive import Archive, BytesSource, Limits, check_archive
from stemkit.formats.archive_directory import Source
from stemkit.formats.archive_errors import ArchiveDamagedError, ArchiveUnsafeError
from stemkit.formats.exif import CameraData
from stemkit.formats.pictures import clean_picture, is_picture

ENDINGS: Final = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp")
_PARTS: Final = (
    "docProps/core.xml", "docProps/app.xml", "meta.xml", "word/comments.xml", "word/document.xml",
    "content.xml", "xl/persons/person.xml",
)  # fmt: skip
# Elements of properties, and attributes of remarks and of changes that are tracked.
_NAMES: Final = re.compile(
    rb"<(?:dc:creator|cp:lastModifiedBy|meta:initial-creator|Manager|Company)[^>]*>([^<]{1,400})<"
    rb"|(?:w:author|displayName)=\"([^\"]{1,400})\""
)
_MOST_PART_BYTES: Final = 8 << 20
_MOST_PEOPLE: Final = 50
_LIMITS: Final = Limits(size_bytes=256 << 20)


@dataclass(frozen=True, slots=True)
class Document:
    """What was found."""

    people: tuple[str, ...] = ()
    """The names that the program wrote into the file, each once."""
    photos: tuple[CameraData, ...] = ()
    """What cameras wrote into the photos in it, each once."""


def read_document(source: Source) -> Document | None:
    """Look into a document; None where it cannot be read."""
    try:
        archive = check_archive(source, "document", _LIMITS)
    except (ArchiveDamagedError, ArchiveUnsafeError):
        return None
    found: dict[str, None] = {}
    for part in _PARTS:
        if part in archive and archive.file(part).size <= _MOST_PART_BYTES:
            for raw in _NAMES.findall(archive.read(part)):
                name = html.unescape((raw[0] or raw[1]).decode("utf-8", "replace")).strip()
                found["".join(c for c in name if c.isprintable())] = None
    people = [name for name in found if name][:_MOST_PEOPLE]
    return Document(tuple(people), tuple(dict.fromkeys(_photos(archive))))


def _photos(archive: Archive) -> list[CameraData]:
    found = []
    for file in archive.files:
        if is_picture(file.path) and file.size <= _MOST_PART_BYTES:
            picture = clean_picture(BytesSource(archive.read(file.path)))
            if picture is not None and (picture.camera.place or picture.camera.person):
                found.append(picture.camera)
    return found
