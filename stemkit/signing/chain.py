"""Where a signer's certificates lead, judged offline (RFC 5280).

The path is built and checked by `cryptography`'s verifier: signatures, constraints, key sizes and
digests of every certificate up to a trusted root. Whether one was revoked in the meantime is never
known here (`REVOCATION_UNKNOWN`): say so wherever the state is shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from stemkit.model.signature import ChainState, SignedBy
from stemkit.signing.certificates import load_der, readable
from stemkit.signing.errors import CertificateUnreadableError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

_DEPTH: Final = 8


def judge(signed: SignedBy, roots: Sequence[bytes], at: datetime) -> ChainState:
    """What the certificates of a signature say at the moment `at`; `roots` are DER.

    `at` is now, or the time of a timestamp over the signature. A root that the signature brings
    counts for nothing. Raises CertificateUnreadableError for a root that cannot be read.
    """
    own, *others = (load_der(der) for der in signed.certificates)
    trusted = _roots(roots)
    if not _may_sign(own):
        return ChainState.NOT_FOR_SIGNING
    if own in trusted:
        # The very certificate was trusted: there is no path to walk.
        return _in_its_time(own, at)
    if signed.self_signed:
        state = _in_its_time(own, at)
        return ChainState.SELF_SIGNED if state is ChainState.TRUSTED else state
    if _leads(own, others, trusted, at):
        return ChainState.TRUSTED
    state = _in_its_time(own, at)
    if state is not ChainState.TRUSTED:
        return state
    # Not now: did they ever, in the time for which the signer's own was issued?
    inside = own.not_valid_before_utc + timedelta(seconds=1)
    until = own.not_valid_after_utc - timedelta(seconds=1)
    if not any(_leads(own, others, trusted, moment) for moment in (inside, until)):
        return ChainState.UNKNOWN_ISSUER
    return ChainState.EXPIRED


def _roots(ders: Sequence[bytes]) -> list[Certificate]:
    try:
        return [load_der(der) for der in ders]
    except ValueError as error:
        raise CertificateUnreadableError(name="CA") from error


def _in_its_time(own: Certificate, at: datetime) -> ChainState:
    if at < own.not_valid_before_utc:
        return ChainState.NOT_YET
    return ChainState.EXPIRED if at > own.not_valid_after_utc else ChainState.TRUSTED


def _may_sign(own: Certificate) -> bool:
    """RFC 5280, 4.2.1.3: with a key usage, it must be for signatures."""
    from cryptography import x509

    try:
        with readable():
            usage = own.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return True
    except ValueError:
        return False
    return usage.digital_signature or usage.content_commitment


def _leads(
    own: Certificate, others: list[Certificate], roots: list[Certificate], at: datetime
) -> bool:
    """Whether a path from `own` to one of `roots` holds at that moment."""
    from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

    if not roots:
        return False
    builder = PolicyBuilder().store(Store(roots)).max_chain_depth(_DEPTH)
    builder = builder.time(at.astimezone(UTC).replace(tzinfo=None))
    policies = _policies()
    builder = builder.extension_policies(ca_policy=policies[0], ee_policy=policies[1])
    try:
        builder.build_client_verifier().verify(own, others)
    except (VerificationError, ValueError):
        return False
    return True


def _policies() -> tuple[Any, Any]:
    """What authorities' and signers' certificates may hold: the web's rules do not fit documents.

    Of an authority: basic constraints and key usage as RFC 5280 wants them. Of all: policies, also
    critical ones, since none is asked for; anything else that is critical must be known to the
    verifier.
    """
    from cryptography import x509
    from cryptography.x509.verification import Criticality, ExtensionPolicy

    some = Criticality.AGNOSTIC
    signer = ExtensionPolicy.permit_all()
    # Older versions of the library refuse critical policies, and to be told about them.
    with suppress(ValueError):
        signer = signer.may_be_present(x509.CertificatePolicies, some, None)
    authority = signer.require_present(x509.BasicConstraints, some, _is_authority).may_be_present(
        x509.KeyUsage, some, _issues
    )
    return authority, signer


def _is_authority(policy: object, certificate: object, found: Any) -> None:
    if not found.ca:
        raise ValueError("not an authority")


def _issues(policy: object, certificate: object, found: Any) -> None:
    if found is not None and not found.key_cert_sign:
        raise ValueError("issues no certificates")
