"""The person's own keys, the signers that they trust, and authorities: a folder of files each.

    keys/NAME.pem                 a private key and its certificate, readable by its owner alone
    keys/trusted/NAME.crt         the certificate of a signer whom the person knows
    keys/authorities/NAME.crt     the root certificates of an authority

Nothing is ever written over but a key's file by the same key under another lock: a lost key cannot
be made again.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from stemkit.errors import InputFileError, UsageError
from stemkit.storage import atomic, places
from stemkit.words import N_


class KeyThereError(UsageError):
    """There is a file of this name already."""

    code = "key-there"
    message = N_("There is a key “{name}” already.")
    remedy = N_("Choose another name. A key is never written over: what it signed would be lost.")


class NoSuchKeyError(InputFileError):
    """No file has this name."""

    code = "no-such-key"
    message = N_("There is no key “{name}”.")
    remedy = N_('See which there are: stemkit key list. Make one: stemkit key new "Your name"')


@dataclass(frozen=True, slots=True)
class KeyFolder:
    """Files with one ending; a name is that of `formats.key_names.key_id`."""

    folder: Path
    ending: str
    secret: bool = False

    def names(self) -> list[str]:
        """All names, in order."""
        if not self.folder.is_dir():
            return []
        with atomic.told(self.folder):
            found = [p for p in self.folder.iterdir() if p.suffix == self.ending and p.is_file()]
        return sorted(path.stem for path in found)

    def __contains__(self, name: str) -> bool:
        return name in self.names()

    def path(self, name: str) -> Path:
        """Where a name's file is, or would be."""
        return self.folder / f"{name}{self.ending}"

    def read(self, name: str) -> bytes:
        """A file's contents. Raises NoSuchKeyError."""
        if name not in self:
            raise NoSuchKeyError(name=name)
        with atomic.told(self.path(name)):
            return self.path(name).read_bytes()

    def add(self, name: str, data: bytes) -> Path:
        """Write a new file. Raises KeyThereError where there is one, whoever made it just now."""
        path = self.path(name)
        with atomic.told(path):
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700 if self.secret else 0o777)
            with tempfile.TemporaryDirectory(prefix=".new-", dir=self.folder) as temporary:
                made = Path(temporary) / path.name
                atomic.write_bytes(made, data, secret=self.secret)
                try:
                    _name_it(made, path)
                except FileExistsError as error:
                    raise KeyThereError(name=name) from error
        return path

    def replace(self, name: str, data: bytes) -> None:
        """Write a file's new contents, whole or not at all. Raises NoSuchKeyError."""
        if name not in self:
            raise NoSuchKeyError(name=name)
        atomic.write_bytes(self.path(name), data, secret=self.secret)

    def remove(self, name: str) -> None:
        """Delete a file. Raises NoSuchKeyError."""
        if name not in self:
            raise NoSuchKeyError(name=name)
        with atomic.told(self.path(name)):
            self.path(name).unlink()


def _name_it(made: Path, path: Path) -> None:
    """Give a finished file its name; FileExistsError where another has it."""
    try:
        os.link(made, path)
    except FileExistsError:
        raise
    except OSError:
        # FAT and some network drives have no links; Windows' rename never replaces.
        if os.name != "nt" and path.exists():
            raise FileExistsError(path) from None
        made.rename(path)


def own() -> KeyFolder:
    """The person's own private keys."""
    return KeyFolder(places.keys(), ".pem", secret=True)


def trusted() -> KeyFolder:
    """Certificates of signers whom the person trusts."""
    return KeyFolder(places.keys() / "trusted", ".crt")


def authorities() -> KeyFolder:
    """Root certificates of authorities whom the person trusts."""
    return KeyFolder(places.keys() / "authorities", ".crt")
