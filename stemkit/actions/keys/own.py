"""The person's keys, and whom they trust."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from stemkit.actions.keys.errors import (
    FileThereError,
    KeyForMirrorsError,
    KeyNameError,
    KeyWithoutCertificateError,
    NewPassphraseNeededError,
    NoKeyError,
    SeveralKeysError,
)
from stemkit.formats.key_names import key_id
from stemkit.model.signature import ChainState, SignedBy, Standing
from stemkit.signing import chain, keys
from stemkit.signing.certificates import holder_of, load_all, to_pem
from stemkit.signing.errors import (
    CertificateUnreadableError,
    KeyUnusableError,
    PassphraseNeededError,
)
from stemkit.signing.signer import (
    Signer,
    is_locked,
    load_signer,
    new_identity,
    relocked,
    to_identity,
)
from stemkit.storage import atomic, keyring

# A bundle is the largest of what is looked into.
_LARGEST_BYTES: Final = 64 << 20
Ask = Callable[[str], bytes | None]
"""Gives the passphrase of the key that it is told the name of; None: there is none."""


def never(name: str) -> bytes | None:
    """Asks nobody."""
    return None


@dataclass(frozen=True, slots=True)
class Key:
    """A key in the keyring. Without a certificate it has no holder and no end."""

    id: str
    """Its name in commands, and of its file."""
    kind: str
    """`own`, `trusted` or `authority`."""
    name: str
    organisation: str
    issuer: str
    fingerprint: str
    not_after: datetime | None
    self_signed: bool
    locked: bool
    personal: tuple[str, ...] = ()
    """Kinds of the holder's identity numbers in the certificate, which all can read (`CCCD`)."""

    @property
    def expired(self) -> bool:
        """Whether its certificate ended, by this computer's clock."""
        return self.not_after is not None and self.not_after < datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Keyring:
    """All that is in the keyring. A file that cannot be read vouches for nobody."""

    own: tuple[Key, ...]
    trusted: tuple[Key, ...]
    authorities: tuple[Key, ...]
    unreadable: tuple[Path, ...]


def known_keys() -> Keyring:
    """One's own keys, the signers and the authorities that are trusted."""
    unreadable: list[Path] = []

    def of(folder: keyring.KeyFolder, kind: str) -> tuple[Key, ...]:
        found = []
        for name in folder.names():
            try:
                pem = folder.read(name)
                found.append(_own(name, pem) if kind == "own" else public_key(name, kind, pem))
            except (KeyUnusableError, CertificateUnreadableError):
                unreadable.append(folder.path(name))
        return tuple(found)

    return Keyring(
        of(keyring.own(), "own"),
        of(keyring.trusted(), "trusted"),
        of(keyring.authorities(), "authority"),
        tuple(unreadable),
    )


def own_keys() -> tuple[Key, ...]:
    """One's own keys."""
    return known_keys().own


def trusted_keys() -> tuple[Key, ...]:
    """The signers who are trusted."""
    return known_keys().trusted


def new_key(
    name: str, organisation: str = "", *, lock: Callable[[], bytes | None] | None = None
) -> Key:
    """Make a key with a certificate in which `name` vouches for themself.

    `lock` gives its passphrase, once it is clear that the name is free. Raises KeyNameError,
    KeyThereError, PassphraseNeededError.
    """
    wanted = _free_id(name)
    passphrase = lock() if lock else None
    if lock and not passphrase:
        raise PassphraseNeededError(name=name)
    # Some keyboards write an accent behind its letter: shown and compared it is one letter.
    told = [unicodedata.normalize("NFC", text.strip()) for text in (name, organisation)]
    return _kept(wanted, new_identity(told[0], told[1], passphrase))


def import_key(file: Path, name: str, ask: Ask = never, *, certificate: Path | None = None) -> Key:
    """Keep a key and its certificates from a PEM or PKCS#12 file, locked as they were.

    `certificate` is a PEM or DER file that has them, where the key lies alone in a PEM file.

    Raises KeyNameError, KeyThereError, PassphraseNeededError, PassphraseWrongError,
    SignerUnusableError, or what the disk says.
    """
    wanted = _free_id(name)
    data = read_file(file)
    if certificate is not None:
        data += b"\n" + to_pem(load_all(read_file(certificate), certificate.name))
    passphrase = ask(file.name) if is_locked(data) else None
    return _kept(wanted, to_identity(data, file.name, passphrase))


def lock_key(name: str, ask: Ask, ask_new: Ask | None) -> Key:
    """Lock an own key with what `ask_new` gives, in place of what it had; with None, unlock it.

    `ask` gives the passphrase that it has. Raises NoSuchKeyError, KeyForMirrorsError,
    PassphraseNeededError, PassphraseWrongError, NewPassphraseNeededError, SignerUnusableError.
    """
    found = found_id(name, keyring.own())
    data = keyring.own().read(found)
    if b"BEGIN CERT" not in data:
        raise KeyForMirrorsError(name=found)
    old = ask(found) if is_locked(data) else None
    load_signer(data, found, old)  # before anybody types a new one for nothing
    new = ask_new(found) if ask_new else None
    if ask_new and not new:
        raise NewPassphraseNeededError(name=found)
    made = relocked(data, found, old, new)
    keyring.own().replace(found, made)
    return _own(found, made)


def default_key() -> str | None:
    """The id of the only own key that has a certificate; None where there is none.

    Raises SeveralKeysError.
    """
    able = [key.id for key in own_keys() if key.not_after is not None]
    if len(able) > 1:
        raise SeveralKeysError(names=", ".join(able), example=able[0])
    return able[0] if able else None


def signer(name: str | None, ask: Ask = never) -> Signer:
    """The own key `name` (None: the only one there is), opened with what `ask` gives.

    Raises NoKeyError, SeveralKeysError, NoSuchKeyError, KeyWithoutCertificateError,
    PassphraseNeededError, PassphraseWrongError.
    """
    found = default_key() if name is None else found_id(name, keyring.own())
    if found is None:
        raise NoKeyError
    data = keyring.own().read(found)
    if b"BEGIN CERT" not in data:
        raise KeyWithoutCertificateError(name=found)
    return load_signer(data, found, ask(found) if is_locked(data) else None)


def standing(signed: SignedBy, at: datetime | None = None) -> Standing:
    """What this computer knows of who signed.

    Somebody whom a trusted authority gave a certificate that holds at `at` (None: now) is trusted.
    """
    known = known_keys()
    if any(key.fingerprint == signed.fingerprint for key in known.own):
        return Standing.OWN
    if any(key.fingerprint == signed.fingerprint for key in known.trusted):
        return Standing.TRUSTED
    if known.authorities and not signed.self_signed:
        state = chain.judge(signed, roots(), at or datetime.now(UTC))
        if state is ChainState.TRUSTED:
            return Standing.TRUSTED
    return Standing.UNKNOWN


def roots() -> list[bytes]:
    """The certificates (DER) of the authorities that are trusted, for `signing.chain.judge`."""
    folder = keyring.authorities()
    return [load_all(folder.read(key.id), key.id)[0] for key in known_keys().authorities]


def remove_key(name: str) -> None:
    """Delete an own key for good. Raises NoSuchKeyError."""
    keyring.own().remove(found_id(name, keyring.own()))


def exported(name: str, *, private: bool = False) -> bytes:
    """The certificates of an own or trusted key in PEM; with `private` an own key's whole file.

    Raises NoSuchKeyError, KeyWithoutCertificateError.
    """
    folder = keyring.own()
    if not private and key_id(name) not in folder:
        folder = keyring.trusted()
    found = found_id(name, folder)
    data = folder.read(found)
    if private:
        return data
    if b"BEGIN CERT" not in data:
        raise KeyWithoutCertificateError(name=found)
    return to_pem(load_all(data, found))


def export_key(name: str, file: Path, *, private: bool = False, force: bool = False) -> None:
    """Write what `exported` gives to a file, which is readable by its owner alone if `private`.

    Raises FileThereError where it is there and not to be replaced with `force`, and what
    `exported` does.
    """
    data = exported(name, private=private)
    if os.path.lexists(file) and not force:
        raise FileThereError(path=file)
    atomic.write_bytes(file, data, secret=private)


def read_file(file: Path) -> bytes:
    """A key's, certificate's or lesson's file. Raises MissingFileError and the like."""
    with atomic.told(file), file.open("rb") as stream:
        return stream.read(_LARGEST_BYTES)


def checked_id(name: str) -> str:
    """The id of a name. Raises KeyNameError."""
    found = key_id(name)
    if not found or not name.isprintable():
        raise KeyNameError(name="".join(c for c in name if c.isprintable()))
    return found


def found_id(name: str, folder: keyring.KeyFolder) -> str:
    """The id that a person means: the name as it is, else its plain form."""
    return name if name in folder else key_id(name) or name


def _free_id(name: str) -> str:
    wanted = checked_id(name)
    if wanted in keyring.own():
        raise keyring.KeyThereError(name=wanted)
    return wanted


def _kept(name: str, pem: bytes) -> Key:
    keyring.own().add(name, pem)
    return _own(name, pem)


def _own(name: str, pem: bytes) -> Key:
    if b"-----BEGIN" not in pem:
        raise KeyUnusableError(name=name)
    locked = is_locked(pem)
    if b"BEGIN CERT" in pem:
        return public_key(name, "own", pem, name, locked=locked)
    number = "" if locked else keys.fingerprint(keys.public_key(pem, name), name)
    return Key(name, "own", "", "", "", number, None, False, locked)


def public_key(name: str, kind: str, pem: bytes, file: str = "", *, locked: bool = False) -> Key:
    """The key whose certificate is the first in a file. Raises CertificateUnreadableError."""
    told = holder_of(load_all(pem, file or name)[0], file or name)
    return Key(
        name,
        kind,
        told.name,
        told.organisation,
        told.issuer,
        told.fingerprint,
        told.not_after,
        told.self_signed,
        locked,
        told.personal,
    )
