"""Make a mirror: a folder of firmware with a signed index, for others to fetch from."""

from __future__ import annotations

import base64
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from stemkit.formats.firmware_lock import dump_index
from stemkit.model.firmware import Firmware
from stemkit.signing import keys
from stemkit.storage import atomic, firmware_sources
from stemkit.storage.errors import (
    NoSuchFirmwareError,
)
from stemkit.storage.firmware_store import FirmwareStore


@dataclass(frozen=True, slots=True)
class MadeMirror:
    """A mirror that was written: what it offers, and the number by which its key is known."""

    images: tuple[Firmware, ...]
    fingerprint: str


def make_mirror(
    store: FirmwareStore, folder: Path, key_path: Path, wanted: tuple[str, ...] = ()
) -> MadeMirror:
    """Copy images of the store to `folder` with a signed index; a missing key is made.

    The folder can be served by any web server or carried on a USB stick. The index is written
    last: a folder that is being filled still offers what it offered before.
    """
    images = tuple(map(store.find, wanted)) if wanted else store.all()
    if not images:
        raise NoSuchFirmwareError(
            wanted="*", place=store.folder, command="stemkit firmware fetch esp32"
        )
    private = _own_key(key_path)
    public = keys.public_key(private, str(key_path))
    index = dump_index(images)
    signature = base64.b64encode(keys.sign(private, index)) + b"\n"
    for image in images:
        data = store.read(image)
        target = folder / image.file
        if not target.is_file() or target.read_bytes() != data:
            atomic.write_bytes(target, data)
    atomic.write_bytes(folder / firmware_sources.KEY_FILE, public)
    atomic.write_bytes(folder / firmware_sources.SIGNATURE_FILE, signature)
    atomic.write_bytes(folder / firmware_sources.INDEX_FILE, index)
    return MadeMirror(images, keys.fingerprint(public))


def _own_key(path: Path) -> bytes:
    with suppress(FileNotFoundError):
        return path.read_bytes()
    private = keys.new_private_key()
    atomic.write_bytes(path, private, secret=True)
    return private
