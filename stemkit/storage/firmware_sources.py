"""Where firmware is fetched from: micropython.org and mirrors."""

from __future__ import annotations

import base64
import binascii
import re
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.formats.firmware_lock import IndexEntry, NotALockError, parse_index
from stemkit.model.firmware import version_order
from stemkit.storage.download import USUAL, Advanced, Limits, fetch_bytes, fetch_file, is_address
from stemkit.storage.errors import MirrorIndexError, NotOfferedError, NotOnServerError
from stemkit.storage.firmware_store import OFFICIAL_FILE

OFFICIAL_SITE: Final = "https://micropython.org"
INDEX_FILE: Final = "index.json"
SIGNATURE_FILE: Final = "index.json.sig"
KEY_FILE: Final = "index.pub"
_LINK: Final = re.compile(r"/resources/firmware/([A-Za-z0-9_.+-]+)")
# An ESP32-S3's page has both; only the .bin holds bootloader and partition table.
_EXTENSIONS: Final = ("bin", "uf2")


def official_url(site: str, file: str) -> str:
    """Where micropython.org (or a copy of it at `site`) keeps a firmware file."""
    return f"{site.rstrip('/')}/resources/firmware/{urllib.parse.quote(file)}"


def official_file(
    site: str, name: str, version: str = "", extension: str = "", limits: Limits = USUAL
) -> str:
    """The file name of a board's newest release, or of `version`, as its page lists them.

    Raises NotOfferedError, or as `download.fetch_bytes` does.
    """
    board = name.partition("-")[0]
    url = f"{site.rstrip('/')}/download/{urllib.parse.quote(board)}/"
    try:
        page = fetch_bytes(url, limits, max_bytes=8 << 20).decode("utf-8", "replace")
    except NotOnServerError as error:
        raise _none(name, version, site) from error
    wanted = (extension.lstrip("."),) if extension else _EXTENSIONS
    matches = [m for link in _LINK.findall(page) if (m := OFFICIAL_FILE.fullmatch(link))]
    for kind in wanted:
        fitting = [
            match
            for match in matches
            if match["name"] == name
            and match["extension"] == kind
            and (match["version"] == version if version else "preview" not in match["version"])
        ]
        if fitting:
            return max(fitting, key=lambda m: (version_order(m["version"]), m["date"]))[0]
    raise _none(name, version, site)


def _none(name: str, version: str, place: str) -> NotOfferedError:
    return NotOfferedError(wanted=f"{name}@{version}" if version else name, place=place)


@dataclass(frozen=True, slots=True)
class Mirror:
    """A folder or site with images and a signed index; nothing of it is believed yet."""

    place: str
    index: bytes
    signature: bytes
    public_pem: bytes

    def entries(self) -> tuple[IndexEntry, ...]:
        """What it offers. Raises MirrorIndexError."""
        try:
            return parse_index(self.index)
        except NotALockError as error:
            raise MirrorIndexError(place=self.place, reason=str(error)) from error

    def find(self, name: str, version: str = "") -> IndexEntry:
        """The newest image of this name, or the one of `version`. Raises NotOfferedError."""
        fitting = [
            entry
            for entry in self.entries()
            if entry.name.casefold() == name.casefold() and version in ("", entry.version)
        ]
        if not fitting:
            raise _none(name, version, self.place)
        return max(fitting, key=lambda entry: version_order(entry.version))

    def bring(self, entry: IndexEntry, path: Path, limits: Limits, advanced: Advanced) -> None:
        """Bring an image's file to `path`, from the site or the folder."""
        if is_address(self.place):
            url = _below(self.place, entry.file)
            fetch_file(url, path, limits, advanced)
            return
        source = Path(self.place) / entry.file
        if not source.is_file():
            raise _none(entry.name, entry.version, self.place)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(source.read_bytes())
        advanced(entry.size, entry.size)


def open_mirror(place: str, limits: Limits = USUAL) -> Mirror:
    """Read a mirror's index, signature and key from a site or folder. Raises MirrorIndexError."""
    index, signature, key = (
        _small_file(place, file, limits) for file in (INDEX_FILE, SIGNATURE_FILE, KEY_FILE)
    )
    try:
        return Mirror(place, index, base64.b64decode(signature.strip(), validate=True), key)
    except binascii.Error as error:
        raise MirrorIndexError(place=place, reason=SIGNATURE_FILE) from error


def _small_file(place: str, file: str, limits: Limits) -> bytes:
    try:
        if is_address(place):
            return fetch_bytes(_below(place, file), limits)
        return (Path(place) / file).read_bytes()
    except (NotOnServerError, FileNotFoundError, NotADirectoryError) as error:
        raise MirrorIndexError(place=place, reason=file) from error


def _below(place: str, file: str) -> str:
    return f"{place.rstrip('/')}/{urllib.parse.quote(file)}"
