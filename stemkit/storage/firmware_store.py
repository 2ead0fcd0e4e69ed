"""Firmware images kept on this computer, each under its own sha256.

`images/<sha256>` holds the bytes, `lock.json` what they are and where they came from. Nothing
enters whose structure was not checked, and nothing leaves whose hash does not fit any more.
"""

from __future__ import annotations

import contextlib
import enum
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from stemkit.formats import firmware_image
from stemkit.formats.esp_flash import EspFirmware
from stemkit.formats.firmware_lock import FirmwareLock, NotALockError, dump_lock, parse_lock
from stemkit.formats.uf2 import Uf2File
from stemkit.model.board import ImageFormat
from stemkit.model.firmware import Firmware, Trust, version_order
from stemkit.storage import atomic
from stemkit.storage.errors import (
    FirmwareChangedError,
    FirmwareDamagedError,
    NoSuchFirmwareError,
    StoreBusyError,
    StoreDamagedError,
)

# micropython.org names files BOARD[-VARIANT]-DATE-vVERSION.bin.
OFFICIAL_FILE: Final = re.compile(
    r"(?P<name>[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*?)-(?P<date>\d{8})-v(?P<version>\d[\w.+-]*?)"
    r"\.(?P<extension>bin|uf2|hex)"
)
_BUSY_TIMEOUT_S: Final = 20.0
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._+-]+")


class Health(enum.StrEnum):
    """What a look at a stored image found."""

    OK = "ok"
    DAMAGED = "damaged"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where an image comes from; `name` and `version` where the source says them better."""

    file: str
    source: str
    trust: Trust
    name: str | None = None
    version: str | None = None


class FirmwareStore:
    """The images in one folder; several processes may use it at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[Firmware, ...]:
        """Every image, by name, the newest version first."""
        images = sorted(self._lock().images, key=lambda i: version_order(i.version), reverse=True)
        return tuple(sorted(images, key=lambda image: image.name.casefold()))

    def find(self, wanted: str) -> Firmware:
        """The image that `NAME`, `NAME@VERSION`, a file name or the start of a sha256 means.

        Without a version it is the newest. Raises NoSuchFirmwareError.
        """
        found = self.look_up(wanted)
        if found is None:
            name = wanted.partition("@")[0]
            raise NoSuchFirmwareError(
                wanted=wanted, place=self.folder, command=f"stemkit firmware fetch {name}"
            )
        return found

    def look_up(self, wanted: str) -> Firmware | None:
        """As `find`, with None where there is none."""
        name, _, version = wanted.casefold().partition("@")
        version = version.removeprefix("v")
        for image in self.all():
            if image.name.casefold() == name and version in ("", image.version.casefold()):
                return image
        for image in self.all():
            is_hash = len(wanted) >= 8 and image.sha256.startswith(wanted.casefold())
            if is_hash or image.file == wanted:
                return image
        return None

    def path(self, image: Firmware) -> Path:
        """Where the image's bytes lie (read them with `read`, which checks them)."""
        return self.folder / "images" / image.sha256

    def read(self, image: Firmware) -> bytes:
        """The image's bytes. Raises FirmwareDamagedError where they are not what was stored."""
        if self.health(image) is not Health.OK:
            raise FirmwareDamagedError(
                file=image.file,
                command=f"stemkit firmware fetch {image.title} --force",
            )
        return self.path(image).read_bytes()

    def health(self, image: Firmware) -> Health:
        """Hash the image's bytes anew."""
        try:
            with self.path(image).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return Health.MISSING
        return Health.OK if digest == image.sha256 else Health.DAMAGED

    def add(self, data: bytes, arrival: Arrival, *, force: bool = False) -> Firmware:
        """Check an image and keep it; the same image again changes nothing.

        With `force` a name may get other contents than it had before. Raises FirmwareImageError,
        FirmwareChangedError, or what the disk says.
        """
        image = described(data, arrival)
        with self._changing() as lock:
            same = next((i for i in lock.images if i.title == image.title), None)
            before = same.sha256 if same else lock.pins.get(image.file, image.sha256)
            if before != image.sha256 and not force:
                raise FirmwareChangedError(
                    file=image.file, found=image.sha256[:16], expected=before[:16]
                )
            if self.health(image) is not Health.OK:
                atomic.write_bytes(self.path(image), data)
            if same and same.sha256 == image.sha256:
                image = replace(image, added=same.added)
            others = tuple(i for i in lock.images if i.title != image.title)
            # A person's own file may change from day to day under its name.
            own = image.trust is Trust.LOCAL
            pins = lock.pins if own else {**lock.pins, image.file: image.sha256}
            self._write(replace(lock, images=(*others, image), pins=pins))
            self._sweep(same, (*others, image))
        return image

    def remove(self, image: Firmware) -> None:
        """Forget the image and delete its bytes; the hash of its first download is remembered."""
        with self._changing() as lock:
            left = tuple(i for i in lock.images if i.title != image.title)
            self._write(replace(lock, images=left))
            self._sweep(image, left)

    def _sweep(self, old: Firmware | None, left: tuple[Firmware, ...]) -> None:
        if old is not None and all(other.sha256 != old.sha256 for other in left):
            with atomic.told(self.path(old)):
                self.path(old).unlink(missing_ok=True)

    def trusts_key(self, fingerprint: str) -> bool:
        """Whether a person accepted this mirror key before."""
        return fingerprint in self._lock().keys

    def trust_key(self, fingerprint: str) -> None:
        """Remember that a person accepted a mirror's key."""
        with self._changing() as lock:
            if fingerprint not in lock.keys:
                self._write(replace(lock, keys=(*lock.keys, fingerprint)))

    @property
    def partial_folder(self) -> Path:
        """Where downloads lie until they are complete."""
        return self.folder / "partial"

    @property
    def _lock_path(self) -> Path:
        return self.folder / "lock.json"

    def _lock(self) -> FirmwareLock:
        try:
            return parse_lock(self._lock_path.read_bytes())
        except FileNotFoundError:
            return FirmwareLock()
        except NotALockError as error:
            raise StoreDamagedError(path=self._lock_path, reason=str(error)) from error

    def _write(self, lock: FirmwareLock) -> None:
        atomic.write_bytes(self._lock_path, dump_lock(lock))

    @contextlib.contextmanager
    def _changing(self) -> Iterator[FirmwareLock]:
        """The lock as it is now, while no other process changes it."""
        import filelock

        with atomic.told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            guard = filelock.FileLock(self.folder / ".busy", timeout=_BUSY_TIMEOUT_S)
            try:
                guard.acquire()
            except filelock.Timeout as error:
                raise StoreBusyError(path=self.folder) from error
        try:
            yield self._lock()
        finally:
            guard.release()


def described(data: bytes, arrival: Arrival) -> Firmware:
    """What an image is, after its structure was checked. Raises FirmwareImageError."""
    parsed = firmware_image.parse(data, arrival.file)
    build = firmware_image.build(parsed)
    sha256 = hashlib.sha256(data).hexdigest()
    official = OFFICIAL_FILE.fullmatch(arrival.file)
    own = (build.release or build.version) if build else None
    version = arrival.version or own or (official["version"] if official else sha256[:8])
    stem = Path(arrival.file).stem
    return Firmware(
        name=_safe(arrival.name or (official["name"] if official else stem)),
        version=_safe(version),
        file=_safe(arrival.file),
        sha256=sha256,
        size=len(data),
        format=_format(parsed),
        chips=tuple(sorted(firmware_image.chips(parsed))),
        build=build.banner if build else "",
        source=arrival.source,
        trust=arrival.trust,
        added=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _format(parsed: firmware_image.FirmwareImage) -> ImageFormat:
    if isinstance(parsed, EspFirmware):
        return ImageFormat.ESP
    return ImageFormat.UF2 if isinstance(parsed, Uf2File) else ImageFormat.HEX


def _safe(text: str) -> str:
    """A name that is safe in commands and on every disk."""
    return _UNSAFE.sub("-", text).strip(".-")[:80] or "firmware"
