"""Put the files of a checked archive into a folder, all or none."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from stemkit.formats.archive import Archive
from stemkit.storage import atomic
from stemkit.storage.errors import FolderThereError


def unpack(archive: Archive, folder: Path) -> None:
    """Make `folder` with the archive's files; it must not be there yet.

    Until every file is on the disk nothing bears its name, and what was begun is removed when
    something fails. Raises FolderThereError, DiskFullError, PermissionDeniedError.
    """
    if os.path.lexists(folder):
        raise FolderThereError(path=folder)
    with atomic.told(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".unpack-", dir=folder.parent) as temporary:
            made = Path(temporary) / "files"
            made.mkdir()
            for file in archive.files:
                path = made / file.path
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as out:
                    out.write(archive.read(file.path))
                    out.flush()
                    os.fsync(out.fileno())
            made.rename(folder)
