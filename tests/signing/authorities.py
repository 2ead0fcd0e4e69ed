"""Certificates for tests: an authority of three levels, made once a process."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID

NOW = datetime.now(UTC).replace(microsecond=0)
# As Vietnamese authorities write it: a name with accents, and the holder's citizen number.
USER_ID = x509.ObjectIdentifier("0.9.2342.19200300.100.1.1")
CITIZEN = "CCCD:012345678901"


@dataclass(frozen=True)
class Issued:
    """A key and its certificate; `chain` is own first, without the root."""

    key: Any
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    def pem(self, passphrase: bytes | None = None) -> bytes:
        """Key and chain in one file."""
        lock: Any = serialization.NoEncryption()
        if passphrase:
            lock = serialization.BestAvailableEncryption(passphrase)
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, lock
        ) + b"".join(c.public_bytes(serialization.Encoding.PEM) for c in self.chain)

    def p12(self, passphrase: bytes | None) -> bytes:
        lock: Any = serialization.NoEncryption()
        if passphrase:
            lock = serialization.BestAvailableEncryption(passphrase)
        return pkcs12.serialize_key_and_certificates(
            b"x", self.key, self.certificate, self.chain[1:], lock
        )


@cache
def rsa_key(number: int = 0, bits: int = 2048) -> rsa.RSAPrivateKey:
    """RSA keys take long to make: they are shared."""
    return rsa.generate_private_key(65537, bits)


def name(common: str, *more: x509.NameAttribute[Any]) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common), *more])


def issue(
    subject: x509.Name,
    key: Any,
    issuer: Issued | None = None,
    *,
    ca: bool = False,
    extensions: tuple[tuple[x509.ExtensionType, bool], ...] = (),
    begin: datetime = NOW - timedelta(days=30),
    end: datetime = NOW + timedelta(days=300),
    digest: hashes.HashAlgorithm | None = None,
) -> Issued:
    """A certificate for `key`, signed by `issuer` (None: by itself)."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begin)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
    )
    if ca:
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = builder.add_extension(usage, critical=True)
    for extension, critical in extensions:
        builder = builder.add_extension(extension, critical=critical)
    made = builder.sign(issuer.key if issuer else key, digest or hashes.SHA256())
    above = issuer.chain if issuer else ()
    return Issued(key, made, (made, *above) if issuer else (made,))


@cache
def root() -> Issued:
    made = issue(name("Gốc Việt Nam"), rsa_key(0), ca=True, end=NOW + timedelta(days=7000))
    return Issued(made.key, made.certificate, ())


@cache
def intermediate() -> Issued:
    return issue(name("Sub CA"), rsa_key(1), root(), ca=True, end=NOW + timedelta(days=3000))


@cache
def teacher(kind: str = "rsa") -> Issued:
    """A person with a certificate of three levels; `kind` is rsa or ec."""
    key = rsa_key(2) if kind == "rsa" else ec.generate_private_key(ec.SECP256R1())
    subject = name(
        "Nguyễn Thị Hoà",
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Trường THPT số 1"),
        x509.NameAttribute(USER_ID, CITIZEN),
    )
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    return issue(subject, key, intermediate(), extensions=((usage, True),))
