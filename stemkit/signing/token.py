"""Keys on USB tokens and smart cards, through their maker's PKCS#11 library (extra `pkcs11`).

A `TokenKey` is one more `SigningKey`: the private key never leaves the token, which gets only what
is to be signed. Tried with SoftHSM; tokens of Vietnamese authorities come with a library of their
own, which nobody could try here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stemkit.extras import extra_command
from stemkit.signing.algorithms import Algorithm, Scheme
from stemkit.signing.certificates import load_der
from stemkit.signing.errors import TokenError, TokenSupportMissingError
from stemkit.signing.signer import KIND_UNUSABLE, Signer
from stemkit.words import N_, tr

if TYPE_CHECKING:
    from cryptography.x509 import Certificate


class TokenKey:
    """A private key in an open session of a token."""

    def __init__(self, key: Any, *, is_rsa: bool) -> None:
        self._key = key
        self._is_rsa = is_rsa

    @property
    def algorithm(self) -> Algorithm:
        """How it signs: what every token can."""
        return Algorithm(Scheme.PKCS1 if self._is_rsa else Scheme.ECDSA, "sha256")

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`. Raises TokenError."""
        from pkcs11 import Mechanism

        with _told():
            if self._is_rsa:
                return bytes(self._key.sign(data, mechanism=Mechanism.SHA256_RSA_PKCS))
            digest = hashlib.sha256(data).digest()
            return _der(bytes(self._key.sign(digest, mechanism=Mechanism.ECDSA)))


def _der(signature: bytes) -> bytes:
    """PKCS#11 gives r and s side by side, CMS wants them in a SEQUENCE (RFC 3279, 2.2.3)."""
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

    half = len(signature) // 2
    r, s = (int.from_bytes(part, "big") for part in (signature[:half], signature[half:]))
    return encode_dss_signature(r, s)


@contextmanager
def token_signer(library: Path, pin: str, label: str | None = None) -> Iterator[Signer]:
    """The signer on the token that is plugged in, while the block runs.

    `label` is that of the key or its certificate, for a token with several. Raises TokenError,
    TokenSupportMissingError.
    """
    try:
        import pkcs11
    except ImportError as error:
        raise TokenSupportMissingError(command=extra_command("pkcs11")) from error
    with _told():
        slots = pkcs11.lib(str(library)).get_slots(token_present=True)
        tokens = [slot.get_token() for slot in slots]
        tokens = [token for token in tokens if pkcs11.TokenFlag.TOKEN_INITIALIZED in token.flags]
        if len(tokens) != 1:
            raise TokenError(reason=f"{len(tokens)} tokens")
        session = tokens[0].open(user_pin=pin)
    try:
        with _told():
            signer = _signer(session, label)
        yield signer
    finally:
        session.close()


def _signer(session: Any, label: str | None) -> Signer:
    """The private key that has a certificate beside it (the same CKA_ID)."""
    from cryptography.hazmat.primitives.asymmetric import ec, rsa
    from cryptography.hazmat.primitives.serialization import Encoding
    from pkcs11 import Attribute, ObjectClass

    found: dict[bytes, tuple[str, Certificate]] = {}
    others = []
    for one in session.get_objects({Attribute.CLASS: ObjectClass.CERTIFICATE}):
        certificate = load_der(bytes(one[Attribute.VALUE]))
        found[bytes(one[Attribute.ID])] = (str(one[Attribute.LABEL]), certificate)
        others.append(certificate)
    pairs = []
    for key in session.get_objects({Attribute.CLASS: ObjectClass.PRIVATE_KEY}):
        named, own = found.get(bytes(key[Attribute.ID]), ("", None))
        if own is not None and label in (None, named, str(key[Attribute.LABEL])):
            pairs.append((key, own))
    if len(pairs) != 1:
        several = N_("it has several keys with a certificate: name one with --token-label")
        none = N_("it has no key with a certificate, or none of that name")
        raise TokenError(reason=tr(several if pairs else none))
    key, own = pairs[0]
    public = own.public_key()
    if not isinstance(public, rsa.RSAPublicKey | ec.EllipticCurvePublicKey):
        raise TokenError(reason=tr(KIND_UNUSABLE))
    chain = [own, *(one for one in others if one != own)]
    ders = tuple(one.public_bytes(Encoding.DER) for one in chain)
    return Signer(TokenKey(key, is_rsa=isinstance(public, rsa.RSAPublicKey)), ders)


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the library says into TokenError."""
    import pkcs11

    try:
        yield
    except (pkcs11.PKCS11Error, RuntimeError, ValueError, OSError) as error:
        words = str(error) or type(error).__name__
        raise TokenError(reason=words) from error
