"""The signature algorithms that count, and how each is checked.

RSA from 2048 bits (PKCS #1 v1.5 and PSS) and ECDSA on the NIST curves, with SHA-256, SHA-384 or
SHA-512. Everything older (MD5, SHA-1, short keys) proves nothing and is refused.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from stemkit.formats.archive_errors import Reason
from stemkit.words import N_

if TYPE_CHECKING:
    from asn1crypto.algos import SignedDigestAlgorithm
    from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
    from cryptography.hazmat.primitives.hashes import HashAlgorithm

DIGESTS: Final = ("sha256", "sha384", "sha512")
_SMALLEST_RSA_BITS: Final = 2048
_LARGEST_RSA_BITS: Final = 8192
_CURVES: Final = {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}


class UnfitError(Exception):
    """A signature whose parts prove nothing; `reason` says why."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason)
        self.reason = reason


class Scheme(enum.Enum):
    """How a digest becomes a signature."""

    ECDSA = "ECDSA"
    PKCS1 = "RSA PKCS#1"
    PSS = "RSA-PSS"


# What asn1crypto calls the identifiers; the hash is None where the signer's digest counts.
_NAMED: Final[dict[str, tuple[Scheme, str | None]]] = {
    "rsassa_pkcs1v15": (Scheme.PKCS1, None),
    "rsassa_pss": (Scheme.PSS, None),
    **{f"{digest}_rsa": (Scheme.PKCS1, digest) for digest in DIGESTS},
    **{f"{digest}_ecdsa": (Scheme.ECDSA, digest) for digest in DIGESTS},
}


@dataclass(frozen=True, slots=True)
class Algorithm:
    """A scheme with its digest (`sha256`); `salt_bytes` is of PSS alone."""

    scheme: Scheme
    digest: str
    salt_bytes: int = 0


def algorithm_of(found: SignedDigestAlgorithm, digest: str) -> Algorithm:
    """What an AlgorithmIdentifier means where the signer's digest is `digest`.

    Raises UnfitError for one that is unknown, weak, or does not go with that digest.
    """
    name = str(found["algorithm"].native)
    if digest not in DIGESTS or name not in _NAMED:
        weak = Reason(N_("it uses the weak or unknown method “{name}”."),
                      {"name": f"{name} {digest}"[:60]})  # fmt: skip
        raise UnfitError(weak)
    scheme, own = _NAMED[name]
    salt = 0
    if scheme is Scheme.PSS:
        own, salt = _pss(found)
    if own not in (None, digest):
        raise UnfitError(Reason(N_("its parts name different methods.")))
    return Algorithm(scheme, digest, salt)


def _pss(found: SignedDigestAlgorithm) -> tuple[str, int]:
    """Digest and salt length of RSASSA-PSS-params (RFC 4055), with MGF1 over the same digest."""
    parameters = found["parameters"]
    digest = str(parameters["hash_algorithm"]["algorithm"].native)
    mask = parameters["mask_gen_algorithm"]
    salt = int(parameters["salt_length"].native)
    plain = (
        mask["algorithm"].native == "mgf1"
        and mask["parameters"]["algorithm"].native == digest
        and parameters["trailer_field"].native in (1, "trailer_field_bc")
        and 0 <= salt <= 512
    )
    if not plain:
        raise UnfitError(Reason(N_("its parts name different methods.")))
    return digest, salt


def check(key: PublicKeyTypes, algorithm: Algorithm, signature: bytes, data: bytes) -> str:
    """The algorithm in words, where `signature` is this key's for `data`.

    Raises UnfitError for a key of another kind or a short one, and cryptography's InvalidSignature.
    """
    from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

    digest = hash_of(algorithm.digest)
    if algorithm.scheme is Scheme.ECDSA:
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name not in _CURVES:
            raise UnfitError(Reason(N_("its key is of another kind than it says.")))
        key.verify(signature, data, ec.ECDSA(digest))
        return f"ECDSA {_CURVES[key.curve.name]}, {_shown(algorithm.digest)}"
    if not isinstance(key, rsa.RSAPublicKey):
        raise UnfitError(Reason(N_("its key is of another kind than it says.")))
    if not _SMALLEST_RSA_BITS <= key.key_size <= _LARGEST_RSA_BITS:
        raise UnfitError(Reason(N_("its key has an unsafe length ({bits} bits)."),
                                {"bits": key.key_size}))  # fmt: skip
    way: padding.AsymmetricPadding = padding.PKCS1v15()
    if algorithm.scheme is Scheme.PSS:
        way = padding.PSS(padding.MGF1(digest), algorithm.salt_bytes)
    key.verify(signature, data, way, digest)
    return f"{algorithm.scheme.value} {key.key_size}, {_shown(algorithm.digest)}"


def hash_of(name: str) -> HashAlgorithm:
    """The hash of `DIGESTS` by its name."""
    from cryptography.hazmat.primitives import hashes

    found: dict[str, HashAlgorithm] = {
        "sha256": hashes.SHA256(),
        "sha384": hashes.SHA384(),
        "sha512": hashes.SHA512(),
    }
    return found[name]


def _shown(digest: str) -> str:
    return digest.upper().replace("SHA", "SHA-")
