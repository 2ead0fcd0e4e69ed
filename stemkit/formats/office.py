"""Who is named in a .docx, .xlsx, .pptx or .odt file (ECMA-376 part 2; ODF 1.3)."""

from __future__ import annotations

import html
import re
from typing import Final

from stemkit.formats.archive import read_archive
from stemkit.formats.archive_errors import ArchiveDamagedError, ArchiveUnsafeError

ENDINGS: Final = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp")
_PARTS: Final = ("docProps/core.xml", "meta.xml")
_NAMES: Final = re.compile(
    rb"<(?:dc:creator|cp:lastModifiedBy|meta:initial-creator)[^>]*>([^<]{1,400})<"
)


def people_in(data: bytes) -> tuple[str, ...]:
    """The names that the program wrote into the file, each once."""
    try:
        archive = read_archive(data, "document")
    except (ArchiveDamagedError, ArchiveUnsafeError):
        return ()
    found: dict[str, None] = {}
    for part in _PARTS:
        if part in archive:
            for raw in _NAMES.findall(archive.read(part)):
                name = html.unescape(raw.decode("utf-8", "replace")).strip()
                found["".join(c for c in name if c.isprintable())] = None
    return tuple(name for name in found if name)
