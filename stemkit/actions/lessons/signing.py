"""With which own key an index of lessons is signed."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from stemkit.actions.keys import own
from stemkit.actions.keys.errors import KeyWithoutCertificateError
from stemkit.actions.lessons.share_errors import IndexKeyError
from stemkit.signing import keys
from stemkit.signing.algorithms import Scheme
from stemkit.signing.signer import Signer
from stemkit.storage import keyring

_SHARING: Final = "sharing"


@dataclass(frozen=True, slots=True)
class IndexSigner:
    """A key that signs indexes (ECDSA P-256, SHA-256)."""

    name: str
    """As its certificate calls its holder; "" where it has none."""
    public: bytes
    """SubjectPublicKeyInfo, DER."""
    fingerprint: str
    sign: Callable[[bytes], bytes] = field(repr=False)
    """The signature (DER) over bytes."""
    holder: Signer | None = field(default=None, repr=False)
    """Signs bundles too; None for a key without a certificate."""


def index_signer(wanted: str | None, before: str, ask: own.Ask) -> IndexSigner:
    """The key named `wanted`, else the own one with the fingerprint `before`, else the only one.

    Somebody who has no key gets one for this use, without a name. Raises IndexKeyError, and what
    `stemkit.actions.keys.own.signer` does but NoKeyError.
    """
    mine = own.own_keys()
    name = wanted
    if name is None:
        name = next((key.id for key in mine if key.fingerprint == before and before), None)
    if name is None:
        name = own.default_key() or _SHARING
    if name == _SHARING and _SHARING not in keyring.own():
        with suppress(keyring.KeyThereError):
            keyring.own().add(_SHARING, keys.new_private_key())
    try:
        return _with_certificate(name, ask)
    except KeyWithoutCertificateError:
        return _bare(keyring.own().read(name), name)


def _with_certificate(name: str, ask: own.Ask) -> IndexSigner:
    signer = own.signer(name, ask)
    algorithm = signer.key.algorithm
    public = keys.public_of(signer.certificates[0], name)
    if algorithm.scheme is not Scheme.ECDSA or algorithm.digest != "sha256":
        raise IndexKeyError(name=name, algorithm=str(algorithm.scheme))
    fingerprint = keys.fingerprint(keys.to_pem(public), name)
    return IndexSigner(signer.holder().name, public, fingerprint, signer.key.sign, signer)


def _bare(pem: bytes, name: str) -> IndexSigner:
    public = keys.public_key(pem, name)

    def sign(data: bytes) -> bytes:
        return keys.sign(pem, data, name)

    return IndexSigner("", keys.to_der(public, name), keys.fingerprint(public, name), sign)
