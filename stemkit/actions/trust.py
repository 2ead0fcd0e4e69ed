"""Whom the person trusts: by a certificate, or by a lesson or project that somebody signed."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stemkit.actions.keys.errors import NotSignedError, NumberDiffersError
from stemkit.actions.keys.own import Key, checked_id, found_id, public_key, read_file
from stemkit.actions.library.bundles import open_bundle_file
from stemkit.formats.bag import TAG_MANIFEST
from stemkit.formats.key_names import key_id, same_number, spoken
from stemkit.model.lesson_names import BUNDLE_ENDING
from stemkit.signing.certificates import load_all, to_pem
from stemkit.signing.cms import verify_each
from stemkit.storage import keyring
from stemkit.storage.package_reader import SIGNATURES, open_package

_PACKAGE_ENDING: Final = ".zip"


def look_at(file: Path) -> tuple[Key, ...]:
    """Whose certificate a file holds, or who signed the lesson or project in it; nothing is kept.

    Raises MissingFileError, CertificateUnreadableError, NotSignedError, and for a signature that
    does not fit what `open_bundle` does.
    """
    return tuple(public_key("", "unknown", pem, file.name) for pem in _certificates(file))


def trust(file: Path, number: str, name: str | None = None, *, authority: bool = False) -> Key:
    """Trust the one in a file whose number a person compared and gives here.

    `name` None is what they call themselves. To trust somebody again changes nothing. Raises
    NumberDiffersError, KeyNameError, KeyThereError, and what `look_at` does.
    """
    there = {public_key("", "", pem, file.name).fingerprint: pem for pem in _certificates(file)}
    wanted = next((one for one in there if same_number(number, one)), None)
    if wanted is None:
        numbers = ", ".join(map(spoken, there))
        raise NumberDiffersError(name=file.name, number=numbers)
    folder = keyring.authorities() if authority else keyring.trusted()
    kind = "authority" if authority else "trusted"
    for known in folder.names():
        found = public_key(known, kind, folder.read(known), known)
        if found.fingerprint == wanted:
            return found
    told = public_key("", kind, there[wanted], file.name)
    folder.add(checked_id(name or told.name), there[wanted])
    return public_key(checked_id(name or told.name), kind, there[wanted], file.name)


def untrust(name: str) -> None:
    """Forget a signer, or an authority. Raises NoSuchKeyError."""
    folder = keyring.trusted()
    if key_id(name) not in folder:
        folder = keyring.authorities()
    folder.remove(found_id(name, folder))


def _certificates(file: Path) -> list[bytes]:
    """Those (PEM) who can be meant; others that came with their certificates are not trusted."""
    if file.suffix == BUNDLE_ENDING:
        signed = [signer.signed for signer in open_bundle_file(file).signers]
    elif file.suffix == _PACKAGE_ENDING:
        with open_package(file) as package:
            tags = package.read(TAG_MANIFEST) if TAG_MANIFEST in package.files else b""
            paths = [p for p in sorted(package.files) if p.startswith(SIGNATURES)]
            signed = [
                one
                for path in paths
                if path.endswith(".p7s")
                for one in verify_each(tags, package.read(path), name=file.name)
            ]
    else:
        return [to_pem(load_all(read_file(file), file.name)[:1])]
    if not signed:
        raise NotSignedError(name=file.name)
    return [to_pem(one.certificates[:1]) for one in signed]
