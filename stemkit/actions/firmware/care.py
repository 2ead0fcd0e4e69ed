"""Look after the firmware store: check what is there, remove what is not wanted."""

from __future__ import annotations

from stemkit.formats.errors import FirmwareImageError
from stemkit.model.firmware import Firmware
from stemkit.storage.errors import (
    SeveralVersionsError,
)
from stemkit.storage.firmware_store import Arrival, FirmwareStore, Health, described


def check(
    store: FirmwareStore, wanted: tuple[str, ...] = ()
) -> tuple[tuple[Firmware, Health], ...]:
    """Hash the named images anew, or all, and check their structure again."""
    images = tuple(map(store.find, wanted)) if wanted else store.all()
    return tuple((image, _health(store, image)) for image in images)


def _health(store: FirmwareStore, image: Firmware) -> Health:
    health = store.health(image)
    if health is Health.OK:
        try:
            described(store.read(image), Arrival(image.file, image.source, image.trust))
        except FirmwareImageError:
            return Health.DAMAGED
    return health


def remove(store: FirmwareStore, wanted: str) -> Firmware:
    """Remove one image. Raises NoSuchFirmwareError, or SeveralVersionsError for a bare name."""
    image = store.find(wanted)
    same = [other for other in store.all() if other.name == image.name]
    if len(same) > 1 and wanted.casefold() == image.name.casefold():
        versions = ", ".join(other.version for other in same)
        raise SeveralVersionsError(name=image.name, versions=versions, example=image.title)
    store.remove(image)
    return image
