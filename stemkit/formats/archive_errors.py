"""Errors of archives (zip files) that come from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stemkit.errors import InputFileError, RefusedError
from stemkit.words import N_, tr


@dataclass(frozen=True, slots=True)
class Reason:
    """Why an archive cannot be used: a marked sentence that tells itself in today's language."""

    message: str
    fields: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return tr(self.message, **self.fields)

    def __format__(self, spec: str) -> str:
        return str(self)


class ArchiveDamagedError(InputFileError):
    """It is no zip file, or it is not whole; `reason` is a `Reason`."""

    code = "archive-damaged"
    message = N_("{name} is damaged, or is not an archive: {reason}")
    remedy = N_("Copy or download it again from where it came.")


class ArchiveUnsafeError(RefusedError):
    """What is inside could do harm when it is unpacked; `reason` is a `Reason`."""

    code = "archive-unsafe"
    message = N_("{name} is refused: {reason}")
    remedy = N_("Do not unpack it by other means. Ask who gave it to you for a new one.")
