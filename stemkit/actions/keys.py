"""The person's keys, and whom they trust."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from stemkit.actions.key_errors import (
    KeyNameError,
    KeyWithoutCertificateError,
    NoKeyError,
    NumberDiffersError,
    SeveralKeysError,
)
from stemkit.formats.key_names import key_id, same_number, spoken
from stemkit.model.signature import SignedBy, Standing
from stemkit.signing import certificates, keys
from stemkit.signing.signer import Signer, is_locked, load_signer, new_identity, to_identity
from stemkit.storage import keyring

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


def own_keys() -> list[Key]:
    """The person's own keys. Raises KeyUnusableError, CertificateUnreadableError for a bad file."""
    folder = keyring.own()
    return [_own(name, folder.read(name)) for name in folder.names()]


def trusted_keys() -> list[Key]:
    """Signers whom the person trusts. Raises CertificateUnreadableError for a bad file."""
    folder = keyring.trusted()
    return [_public(name, "trusted", folder.read(name)) for name in folder.names()]


def authority_keys() -> list[Key]:
    """Authorities whom the person trusts. Raises CertificateUnreadableError for a bad file."""
    folder = keyring.authorities()
    return [_public(name, "authority", folder.read(name)) for name in folder.names()]


def new_key(name: str, organisation: str = "", passphrase: bytes | None = None) -> Key:
    """Make a key with a certificate in which `name` vouches for themself.

    Raises KeyNameError, KeyThereError.
    """
    wanted = checked_id(name)
    return _kept(wanted, new_identity(name, organisation, passphrase))


def import_key(data: bytes, name: str, file: str, ask: Ask = never) -> Key:
    """Keep a key and its certificates from a PEM or PKCS#12 file, locked as they were.

    Raises KeyNameError, KeyThereError, PassphraseNeededError, PassphraseWrongError,
    SignerUnusableError.
    """
    wanted = checked_id(name)
    passphrase = ask(file) if is_locked(data) else None
    return _kept(wanted, to_identity(data, file, passphrase))


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
    found = default_key() if name is None else _found(name, keyring.own())
    if found is None:
        raise NoKeyError
    data = keyring.own().read(found)
    if b"BEGIN CERT" not in data:
        raise KeyWithoutCertificateError(name=found)
    return load_signer(data, found, ask(found) if is_locked(data) else None)


def standing(signed: SignedBy) -> Standing:
    """What this computer knows of who signed."""
    if any(key.fingerprint == signed.fingerprint for key in own_keys()):
        return Standing.OWN
    if any(key.fingerprint == signed.fingerprint for key in trusted_keys()):
        return Standing.TRUSTED
    return Standing.UNKNOWN


def roots() -> list[bytes]:
    """The certificates (DER) of all authorities and single signers that are trusted."""
    found: list[bytes] = []
    for folder in (keyring.authorities(), keyring.trusted()):
        for name in folder.names():
            found += certificates.load_all(folder.read(name), name)
    return found


def look_at(data: bytes, file: str) -> Key:
    """What a file's certificate says; nothing is kept. Raises CertificateUnreadableError."""
    return _public("", "unknown", data, file)


def trust(data: bytes, name: str, file: str, number: str, *, authority: bool = False) -> Key:
    """Trust the certificate in a file, whose number a person compared and gives here.

    Raises NumberDiffersError, KeyNameError, KeyThereError, CertificateUnreadableError.
    """
    found = look_at(data, file)
    if not same_number(number, found.fingerprint):
        raise NumberDiffersError(name=file, number=spoken(found.fingerprint))
    wanted = checked_id(name)
    folder = keyring.authorities() if authority else keyring.trusted()
    folder.add(wanted, certificates.to_pem(certificates.load_all(data, file)))
    return _public(wanted, "authority" if authority else "trusted", data, file)


def untrust(name: str) -> None:
    """Forget a signer or an authority. Raises NoSuchKeyError."""
    folder = keyring.trusted()
    if key_id(name) not in folder:
        folder = keyring.authorities()
    folder.remove(_found(name, folder))


def remove_key(name: str) -> None:
    """Delete an own key for good. Raises NoSuchKeyError."""
    keyring.own().remove(_found(name, keyring.own()))


def exported(name: str, *, private: bool = False) -> bytes:
    """The certificates of an own or trusted key in PEM; with `private` an own key's whole file.

    Raises NoSuchKeyError, KeyWithoutCertificateError.
    """
    folder = keyring.own()
    if not private and key_id(name) not in folder:
        folder = keyring.trusted()
    found = _found(name, folder)
    data = folder.read(found)
    if private:
        return data
    if b"BEGIN CERT" not in data:
        raise KeyWithoutCertificateError(name=found)
    return certificates.to_pem(certificates.load_all(data, found))


def checked_id(name: str) -> str:
    """The id of a name. Raises KeyNameError."""
    found = key_id(name)
    if not found or not name.isprintable():
        raise KeyNameError(name="".join(c for c in name if c.isprintable()))
    return found


def _found(name: str, folder: keyring.KeyFolder) -> str:
    """The name as it is, else as its id."""
    return name if name in folder else key_id(name) or name


def _kept(name: str, pem: bytes) -> Key:
    keyring.own().add(name, pem)
    return _own(name, pem)


def _own(name: str, pem: bytes) -> Key:
    locked = is_locked(pem)
    if b"BEGIN CERT" in pem:
        return _public(name, "own", pem, name, locked=locked)
    number = "" if locked else keys.fingerprint(keys.public_key(pem, name), name)
    return Key(name, "own", "", "", "", number, None, False, locked)


def _public(name: str, kind: str, pem: bytes, file: str = "", *, locked: bool = False) -> Key:
    told = certificates.holder_of(certificates.load_all(pem, file or name)[0], file or name)
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
    )
