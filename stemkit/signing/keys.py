"""ECDSA P-256 keys with SHA-256 (FIPS 186-5), in PEM form, for indexes and manifests."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from stemkit.signing.errors import KeyUnusableError, SignatureWrongError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import (
        EllipticCurvePrivateKey,
        EllipticCurvePublicKey,
    )


def new_private_key() -> bytes:
    """A fresh private key as PKCS#8 PEM without a password: its file must be kept from others."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def public_key(private_pem: bytes, name: str = "key") -> bytes:
    """The public half as SubjectPublicKeyInfo PEM. Raises KeyUnusableError."""
    from cryptography.hazmat.primitives import serialization

    return (
        _private(private_pem, name)
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def fingerprint(public_pem: bytes, name: str = "key") -> str:
    """SHA-256 of the key's SubjectPublicKeyInfo (DER), 64 hex digits. Raises KeyUnusableError."""
    return hashlib.sha256(to_der(public_pem, name)).hexdigest()


def public_of(certificate: bytes, name: str = "key") -> bytes:
    """The SubjectPublicKeyInfo (DER) of a certificate (DER). Raises KeyUnusableError."""
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization

    try:
        public = x509.load_der_x509_certificate(certificate).public_key()
        pem = public.public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    except ValueError as error:
        raise KeyUnusableError(name=name) from error
    return to_der(pem, name)


def to_der(public_pem: bytes, name: str = "key") -> bytes:
    """The SubjectPublicKeyInfo of a public key in PEM. Raises KeyUnusableError."""
    from cryptography.hazmat.primitives import serialization

    return _public(public_pem, name).public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def to_pem(public_der: bytes) -> bytes:
    """A SubjectPublicKeyInfo in PEM (RFC 7468); nothing of it is checked."""
    lines = base64.encodebytes(public_der).replace(b"\n", b"").decode()
    body = "\n".join(lines[at : at + 64] for at in range(0, len(lines), 64))
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n".encode()


def sign(private_pem: bytes, data: bytes, name: str = "key") -> bytes:
    """The signature of `data` (DER). Raises KeyUnusableError."""
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return _private(private_pem, name).sign(data, ec.ECDSA(hashes.SHA256()))


def verify(public_pem: bytes, data: bytes, signature: bytes, name: str = "file") -> None:
    """Raise SignatureWrongError unless `signature` is this key's for `data` (`name` is told)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        _public(public_pem, name).verify(signature, data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise SignatureWrongError(name=name) from error


def _private(pem: bytes, name: str) -> EllipticCurvePrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise KeyUnusableError(name=name) from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnusableError(name=name)
    return key


def _public(pem: bytes, name: str) -> EllipticCurvePublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnusableError(name=name) from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise KeyUnusableError(name=name)
    return key
