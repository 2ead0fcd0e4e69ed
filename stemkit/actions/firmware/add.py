"""Put firmware files of this computer into the store."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stemkit.actions.firmware.kept import Fetched
from stemkit.errors import MissingFileError, StemkitError
from stemkit.model.firmware import Firmware, Trust
from stemkit.storage import atomic
from stemkit.storage.download import USUAL
from stemkit.storage.errors import (
    NoFirmwareFilesError,
)
from stemkit.storage.firmware_store import Arrival, FirmwareStore

_FIRMWARE_SUFFIXES: Final = (".bin", ".uf2", ".hex")


def add_files(
    store: FirmwareStore, paths: tuple[Path, ...], *, name: str | None = None, force: bool = False
) -> tuple[Fetched, ...]:
    """Check firmware files, or those of a folder, and keep copies of the sound ones."""
    results = []
    for path in paths:
        try:
            files = _firmware_in(path) if path.is_dir() else [path]
        except StemkitError as error:
            results.append(Fetched(str(path), error=error))
            continue
        results += [_added(store, file, name, force) for file in files]
    return tuple(results)


def _firmware_in(folder: Path) -> list[Path]:
    files = sorted(p for p in folder.iterdir() if p.suffix.lower() in _FIRMWARE_SUFFIXES)
    if not files:
        raise NoFirmwareFilesError(folder=folder)
    return files


def _added(store: FirmwareStore, path: Path, name: str | None, force: bool) -> Fetched:
    known = store.all()
    try:
        image = add_file(store, path, name=name, force=force)
    except StemkitError as error:
        return Fetched(str(path), error=error)
    return Fetched(str(path), image, image not in known)


def add_file(
    store: FirmwareStore, path: Path, *, name: str | None = None, force: bool = False
) -> Firmware:
    """Check a firmware file and keep a copy of it. Raises as `FirmwareStore.add` does."""
    if not path.is_file():
        raise MissingFileError(path=path)
    arrival = Arrival(path.name, path.resolve().as_uri(), Trust.LOCAL, name)
    with atomic.told(path), path.open("rb") as file:
        data = file.read(USUAL.max_bytes + 1)
    return store.add(data, arrival, force=force)
