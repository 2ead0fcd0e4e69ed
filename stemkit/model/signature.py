"""Who signed something, and what is known of them."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class SignedBy:
    """A signature that fits its content, and the certificate that it was made with.

    All texts come from the certificate, so a stranger chose them: they are printable and short, and
    nothing in them is proven but by `fingerprint` or a judged chain.
    """

    name: str
    """Common name of the signer."""
    organisation: str
    """Empty where the certificate names none."""
    issuer: str
    """Common name, else organisation, of who issued the certificate."""
    fingerprint: str
    """SHA-256 of the signer's SubjectPublicKeyInfo, 64 hex digits."""
    algorithm: str
    """Such as `ECDSA P-256, SHA-256`."""
    signed_at: datetime | None
    """What the signer's own clock said (UTC), where the signature tells it."""
    not_before: datetime
    not_after: datetime
    """Until when the certificate holds (UTC)."""
    self_signed: bool
    certificates: tuple[bytes, ...] = field(repr=False)
    """DER, the signer's first, then all others that came with the signature."""


class ChainState(enum.StrEnum):
    """What the certificates say at a moment, without asking anybody on the network."""

    TRUSTED = "trusted"
    """They lead to an authority that this computer trusts."""
    SELF_SIGNED = "self-signed"
    """The signer vouches for themself: only the fingerprint tells who it is."""
    UNKNOWN_ISSUER = "unknown-issuer"
    EXPIRED = "expired"
    """They no longer held at that moment, whoever issued them."""
    NOT_YET = "not-yet"
    """They did not hold yet at that moment, whoever issued them."""
    NOT_FOR_SIGNING = "not-for-signing"
    """The certificate is for another use."""


REVOCATION_UNKNOWN = "unknown"
"""Whether a certificate was revoked is not known without its authority's list."""


class Standing(enum.StrEnum):
    """What this computer knows of a signer's key."""

    OWN = "own"
    TRUSTED = "trusted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time that an authority vouches for (RFC 3161)."""

    at: datetime
    """UTC."""
    authority: SignedBy
    serial: int
    policy: str
    """Object identifier, dotted."""
