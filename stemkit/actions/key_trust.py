"""Whom the person trusts: by a certificate, or by a lesson that somebody signed."""

from __future__ import annotations

from pathlib import Path

from stemkit.actions.bundles import open_bundle
from stemkit.actions.key_errors import NotSignedError, NumberDiffersError
from stemkit.actions.keys import Key, checked_id, found_id, public_key, read_file
from stemkit.formats.key_names import key_id, same_number, spoken
from stemkit.model.lesson_names import BUNDLE_ENDING
from stemkit.signing.certificates import load_all, to_pem
from stemkit.storage import keyring


def look_at(file: Path) -> Key:
    """Whose certificate a file holds, or who signed the lesson in it; nothing is kept.

    Raises MissingFileError, CertificateUnreadableError, NotSignedError, or what `open_bundle` does.
    """
    return public_key("", "unknown", _certificate(file), file.name)


def trust(file: Path, number: str, name: str | None = None, *, authority: bool = False) -> Key:
    """Trust the holder of that certificate, whose number a person compared and gives here.

    `name` None is what they call themselves. To trust somebody again changes nothing. Raises
    NumberDiffersError, KeyNameError, KeyThereError, and what `look_at` does.
    """
    pem = _certificate(file)
    found = public_key("", "unknown", pem, file.name)
    if not same_number(number, found.fingerprint):
        raise NumberDiffersError(name=file.name, number=spoken(found.fingerprint))
    folder = keyring.authorities() if authority else keyring.trusted()
    kind = "authority" if authority else "trusted"
    for known in folder.names():
        if public_key(known, kind, folder.read(known), known).fingerprint == found.fingerprint:
            return public_key(known, kind, pem, file.name)
    wanted = checked_id(name or found.name)
    folder.add(wanted, pem)
    return public_key(wanted, kind, pem, file.name)


def untrust(name: str) -> None:
    """Forget a signer, or an authority. Raises NoSuchKeyError."""
    folder = keyring.trusted()
    if key_id(name) not in folder:
        folder = keyring.authorities()
    folder.remove(found_id(name, folder))


def _certificate(file: Path) -> bytes:
    """The one certificate (PEM) that is meant; others that came with it are not trusted."""
    data = read_file(file)
    if file.suffix != BUNDLE_ENDING:
        return to_pem(load_all(data, file.name)[:1])
    signers = open_bundle(data, file.name).signers
    if not signers:
        raise NotSignedError(name=file.name)
    return to_pem(signers[0].signed.certificates[:1])
