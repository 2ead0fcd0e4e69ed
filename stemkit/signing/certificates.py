"""X.509 certificates: what they say, read so that it can be shown; and self-signed ones, made.

Vietnamese authorities write the holder's tax or citizen number (`MST:...`, `CCCD:...`) into the
subject, as the user id (0.9.2342.19200300.100.1.1) or serial number. Only the common name and the
organisation are ever taken from it: such numbers stay in the certificate.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from stemkit.signing.errors import CertificateUnreadableError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate, Name

_LONGEST_NAME: Final = 100
# As in `CCCD:0123...`. The tax number (MST) is often a person's own too.
_PERSONAL: Final = ("CCCD", "CMND", "HC", "BHXH", "MST")
# X.520: upper bound of a common name.
_LONGEST_COMMON_NAME: Final = 64
_RSASSA_PSS: Final = "1.2.840.113549.1.1.10"
# An authority's file may hold many roots; no chain has more.
_MOST_CERTIFICATES: Final = 200


@dataclass(frozen=True, slots=True)
class Holder:
    """What a certificate says of its holder; texts are printable."""

    name: str
    organisation: str
    issuer: str
    fingerprint: str
    """SHA-256 of SubjectPublicKeyInfo, 64 hex digits."""
    not_before: datetime
    not_after: datetime
    self_signed: bool
    personal: tuple[str, ...]
    """Kinds of numbers of the holder's that are in it (`CCCD`), never the numbers."""


@contextmanager
def readable() -> Iterator[None]:
    """Turn whatever `cryptography` says of a stranger's certificate into ValueError."""
    from cryptography import x509
    from cryptography.exceptions import UnsupportedAlgorithm

    try:
        with warnings.catch_warnings():
            # About odd serial numbers: nothing that a person could act on.
            warnings.simplefilter("ignore")
            yield
    except (
        UnsupportedAlgorithm,
        TypeError,
        x509.InvalidVersion,
        x509.DuplicateExtension,
        x509.UnsupportedGeneralNameType,
    ) as error:
        raise ValueError("unusable certificate") from error


def load_der(der: bytes) -> Certificate:
    """The certificate in DER. Raises ValueError, also for what only a closer look shows."""
    from cryptography import x509

    with readable():
        found = x509.load_der_x509_certificate(der)
        found.public_key()
        holder(found)
    return found


def load_all(data: bytes, name: str) -> tuple[bytes, ...]:
    """Every certificate (DER) of a PEM file, or the one of a DER file.

    Raises CertificateUnreadableError where there is none, or one cannot be read.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import Encoding

    try:
        if b"-----BEGIN" not in data:
            load_der(data)
            return (data,)
        with readable():
            found = x509.load_pem_x509_certificates(data)[:_MOST_CERTIFICATES]
        ders = tuple(one.public_bytes(Encoding.DER) for one in found)
        for der in ders:
            load_der(der)
    except ValueError as error:
        raise CertificateUnreadableError(name=name) from error
    return ders


def to_pem(certificates: Iterable[bytes]) -> bytes:
    """The certificates (DER) as one PEM file."""
    from cryptography.hazmat.primitives.serialization import Encoding

    return b"".join(load_der(der).public_bytes(Encoding.PEM) for der in certificates)


def holder(certificate: Certificate) -> Holder:
    """What the certificate says."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    organisation = _text(certificate.subject, "2.5.4.10")
    return Holder(
        _text(certificate.subject, "2.5.4.3") or organisation or "?",
        organisation,
        _text(certificate.issuer, "2.5.4.3") or _text(certificate.issuer, "2.5.4.10") or "?",
        hashlib.sha256(key).hexdigest(),
        certificate.not_valid_before_utc,
        certificate.not_valid_after_utc,
        _is_self_signed(certificate),
        _personal(certificate.subject),
    )


def only_pss(certificate: Certificate) -> bool:
    """Whether its RSA key is for RSA-PSS alone (RFC 4055, 1.2): other programs refuse the rest."""
    return certificate.public_key_algorithm_oid.dotted_string == _RSASSA_PSS


def holder_of(der: bytes, name: str = "certificate") -> Holder:
    """What a certificate in DER says. Raises CertificateUnreadableError."""
    try:
        return holder(load_der(der))
    except ValueError as error:
        raise CertificateUnreadableError(name=name) from error


def _text(subject: Name, oid: str) -> str:
    """The last value of an attribute (the most particular one), made fit to show."""
    from cryptography.x509 import ObjectIdentifier

    values = [str(row.value) for row in subject.get_attributes_for_oid(ObjectIdentifier(oid))]
    text = unicodedata.normalize("NFC", values[-1] if values else "")
    # Marks of direction and control codes could make one name look like another.
    shown = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(shown.split())[:_LONGEST_NAME]


def _personal(subject: Name) -> tuple[str, ...]:
    """Kinds of identity numbers in a subject: citizen, old citizen, passport, social insurance."""
    told = " ".join(str(row.value) for row in subject).upper()
    return tuple(kind for kind in _PERSONAL if re.search(rf"\b{kind}\s*:", told))


def _is_self_signed(certificate: Certificate) -> bool:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    if certificate.subject != certificate.issuer:
        return False
    try:
        certificate.verify_directly_issued_by(certificate)
    except (InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return True


def self_signed(
    key: EllipticCurvePrivateKey, name: str, organisation: str, years: int, at: datetime
) -> bytes:
    """A certificate (DER) in which the key's holder vouches for themself, for `years` from `at`."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import NameOID

    rows = [x509.NameAttribute(NameOID.COMMON_NAME, name[:_LONGEST_COMMON_NAME])]
    if organisation:
        rows.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation[:64]))
    subject = x509.Name(rows)
    begin = at.astimezone(UTC).replace(microsecond=0)
    usage = x509.KeyUsage(True, True, False, False, False, False, False, False, False)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A laptop's clock that runs an hour late must not find the key too young.
        .not_valid_before(begin - timedelta(days=1))
        .not_valid_after(begin + timedelta(days=365 * years))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.DER)
