"""Who signs: a private key, wherever it is kept, with its certificates."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol

from stemkit.formats.archive_errors import Reason
from stemkit.signing.algorithms import Algorithm, Scheme, hash_of
from stemkit.signing.certificates import (
    Holder,
    holder_of,
    load_der,
    only_pss,
    readable,
    self_signed,
    to_pem,
)
from stemkit.signing.errors import (
    PassphraseNeededError,
    PassphraseWrongError,
    SignerUnusableError,
)
from stemkit.words import N_

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

_SMALLEST_RSA_BITS: Final = 2048
KIND_UNUSABLE: Final = N_(
    "its key is of a kind that is not used here. What is used: RSA of 2048 bits or more, P-256, "
    "P-384, P-521."
)
_CURVE_DIGESTS: Final = {"secp256r1": "sha256", "secp384r1": "sha384", "secp521r1": "sha512"}
_YEARS: Final = 10


class SigningKey(Protocol):
    """A private key that signs, in a file or on a token that never gives it away."""

    @property
    def algorithm(self) -> Algorithm:
        """How it signs."""
        ...

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`; ECDSA in DER."""
        ...


@dataclass(frozen=True, slots=True)
class Signer:
    """A key and its certificates (DER): its own, then those of who issued it."""

    key: SigningKey = field(repr=False)
    certificates: tuple[bytes, ...] = field(repr=False)

    def holder(self) -> Holder:
        """What the signer's own certificate says."""
        return holder_of(self.certificates[0])


class FileKey:
    """A private key in this process's memory."""

    def __init__(self, key: EllipticCurvePrivateKey | RSAPrivateKey, *, pss: bool = False) -> None:
        from cryptography.hazmat.primitives.asymmetric import ec

        self._key = key
        if isinstance(key, ec.EllipticCurvePrivateKey):
            self._algorithm = Algorithm(Scheme.ECDSA, _CURVE_DIGESTS[key.curve.name])
        elif pss:
            self._algorithm = Algorithm(Scheme.PSS, "sha256", 32)
        else:
            self._algorithm = Algorithm(Scheme.PKCS1, "sha256")

    @property
    def algorithm(self) -> Algorithm:
        """How it signs."""
        return self._algorithm

    def sign(self, data: bytes) -> bytes:
        """The signature over `data`; but for PSS the same each time."""
        from cryptography.hazmat.primitives.asymmetric import ec, padding

        digest = hash_of(self._algorithm.digest)
        if isinstance(self._key, ec.EllipticCurvePrivateKey):
            return self._key.sign(data, _ecdsa(digest))
        if self._algorithm.scheme is Scheme.PSS:
            way = padding.PSS(padding.MGF1(digest), self._algorithm.salt_bytes)
            return self._key.sign(data, way, digest)
        return self._key.sign(data, padding.PKCS1v15(), digest)


def _ecdsa(digest: Any) -> Any:
    """ECDSA whose nonce comes from key and data (RFC 6979), where OpenSSL has it (3.2)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        return ec.ECDSA(digest, deterministic_signing=True)
    except UnsupportedAlgorithm:
        return ec.ECDSA(digest)


def new_identity(
    name: str,
    organisation: str = "",
    passphrase: bytes | None = None,
    *,
    at: datetime | None = None,
    years: int = _YEARS,
) -> bytes:
    """A fresh ECDSA P-256 key and its self-signed certificate, as one PEM file to be kept secret.

    `name` and `organisation` are shown to all who get something that it signed. With `passphrase`
    the key is locked (PKCS#8, PBES2 with AES-256).
    """
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    der = self_signed(key, name, organisation, years, at or datetime.now(UTC))
    return _pem(key, (der,), passphrase)


def _pem(key: Any, ders: tuple[bytes, ...], passphrase: bytes | None) -> bytes:
    from cryptography.hazmat.primitives import serialization

    lock: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if passphrase:
        lock = serialization.BestAvailableEncryption(passphrase)
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock)
    return bytes(private) + to_pem(ders)


def load_signer(
    data: bytes, name: str, passphrase: bytes | None = None, *, pss: bool = False
) -> Signer:
    """The signer in a PEM file (key and certificates) or a PKCS#12 file.

    RSA signs PKCS #1 v1.5, or PSS with `pss` or where the key is for nothing else.

    Raises PassphraseNeededError, PassphraseWrongError, SignerUnusableError.
    """
    key, ders = _opened(data, name, passphrase)
    return Signer(FileKey(key, pss=pss or only_pss(load_der(ders[0]))), ders)


def to_identity(data: bytes, name: str, passphrase: bytes | None) -> bytes:
    """A PEM or PKCS#12 file in the form that `new_identity` gives, locked as it was.

    Raises as `load_signer` does.
    """
    key, ders = _opened(data, name, passphrase)
    return _pem(key, ders, passphrase if is_locked(data) else None)


def relocked(data: bytes, name: str, passphrase: bytes | None, new: bytes | None) -> bytes:
    """The same key and certificates, locked with `new`, or not locked.

    Raises as `load_signer` does.
    """
    key, ders = _opened(data, name, passphrase)
    return _pem(key, ders, new)


def is_locked(data: bytes) -> bool:
    """Whether a PEM or PKCS#12 file needs a passphrase."""
    if b"-----BEGIN" in data:
        return b"ENCRYPTED" in data
    from cryptography.hazmat.primitives.serialization import pkcs12

    try:
        pkcs12.load_pkcs12(data, None)
    except (ValueError, TypeError):
        return True
    return False


def _opened(
    data: bytes, name: str, passphrase: bytes | None
) -> tuple[EllipticCurvePrivateKey | RSAPrivateKey, tuple[bytes, ...]]:
    """Key and certificates, its own first."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        with readable():
            if b"-----BEGIN" in data:
                key = _pem_key(data, name, passphrase)
                found = x509.load_pem_x509_certificates(data) if b"BEGIN CERT" in data else []
            else:
                key, found = _pkcs12(data, name, passphrase)
            found = [load_der(one.public_bytes(Encoding.DER)) for one in found]
    except ValueError as error:
        reason = Reason(N_("it is damaged, or is not a key file."))
        raise SignerUnusableError(name=name, reason=reason) from error
    usable = _usable(key, name)
    public = usable.public_key()
    own = [one for one in found if _same_key(one, public)]
    if not own:
        reason = Reason(N_("there is no certificate of its key in it."))
        raise SignerUnusableError(name=name, reason=reason)
    ordered = [own[0], *(one for one in found if one != own[0])]
    return usable, tuple(one.public_bytes(Encoding.DER) for one in ordered)


def _same_key(certificate: Certificate, public: object) -> bool:
    return bool(certificate.public_key() == public)


def _usable(key: object, name: str) -> EllipticCurvePrivateKey | RSAPrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec, rsa

    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.name in _CURVE_DIGESTS:
        return key
    if isinstance(key, rsa.RSAPrivateKey) and key.key_size >= _SMALLEST_RSA_BITS:
        return key
    reason = Reason(KIND_UNUSABLE if key is not None else N_("there is no private key in it."))
    raise SignerUnusableError(name=name, reason=reason)


def _pem_key(data: bytes, name: str, passphrase: bytes | None) -> object:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    if not is_locked(data):
        return load_pem_private_key(data, None)
    if not passphrase:
        raise PassphraseNeededError(name=name)
    try:
        return load_pem_private_key(data, passphrase)
    except ValueError as error:
        raise PassphraseWrongError(name=name) from error


def _pkcs12(data: bytes, name: str, passphrase: bytes | None) -> tuple[object, list[Certificate]]:
    from cryptography.hazmat.primitives.serialization import pkcs12

    _must_be_pkcs12(data)
    try:
        found = pkcs12.load_pkcs12(data, passphrase)
    except ValueError as error:
        if not passphrase:
            raise PassphraseNeededError(name=name) from error
        raise PassphraseWrongError(name=name) from error
    own = [found.cert.certificate] if found.cert else []
    return found.key, [*own, *(one.certificate for one in found.additional_certs)]


def _must_be_pkcs12(data: bytes) -> None:
    """Raise ValueError for what is no PFX (RFC 7292), which its loader calls a wrong password."""
    from asn1crypto.pkcs12 import Pfx

    version = Pfx.load(data, strict=True)["version"].native
    if version != "v3":
        raise ValueError("no PKCS#12")
