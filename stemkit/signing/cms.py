"""Detached signatures in CMS (RFC 5652), the `.p7s` files that other programs make and read.

Made: SignedData without its content, DER, one signer, with the attributes content type, message
digest, signing certificate (RFC 5035) and, where it is wanted, signing time. Without a time the
same key gives the same bytes for the same content each time (RSA-PSS excepted).
"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from stemkit.formats.archive_errors import Reason
from stemkit.model.signature import SignedBy
from stemkit.signing.algorithms import Algorithm, Scheme, UnfitError
from stemkit.signing.cms_parts import DATA, opened, signed_by
from stemkit.signing.errors import SignatureUnreadableError
from stemkit.words import N_

if TYPE_CHECKING:
    from asn1crypto.algos import SignedDigestAlgorithm
    from asn1crypto.cms import CMSAttributes, SignerInfo
    from asn1crypto.x509 import Certificate

    from stemkit.signing.signer import Signer


def sign_detached(content: bytes, signer: Signer, *, signed_at: datetime | None = None) -> bytes:
    """The signature over `content` as CMS SignedData (DER) with the signer's certificates.

    `signed_at` is written into it as the signer's own word; None: it tells no time.
    """
    from asn1crypto import cms
    from asn1crypto.x509 import Certificate

    chain = [Certificate.load(der) for der in signer.certificates]
    digest = signer.key.algorithm.digest
    signed_data = cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [{"algorithm": digest}],
            "encap_content_info": {"content_type": DATA},
            "certificates": chain,
            "signer_infos": [_signer_info(content, signer, chain[0], signed_at)],
        }
    )
    whole = cms.ContentInfo({"content_type": "signed_data", "content": signed_data})
    return bytes(whole.dump())


def verify_detached(content: bytes, p7s: bytes, *, name: str) -> SignedBy:
    """Who signed `content`, where `p7s` holds one signature and it fits; `name` is how errors call
    the content.

    Only the mathematics is judged: who the signer is, their certificates tell (see `chain.judge`).
    Raises SignatureWrongError, SignatureUnreadableError.
    """
    found = verify_each(content, p7s, name=name)
    if len(found) != 1:
        reason = Reason(N_("it holds {n} signatures instead of one."), {"n": len(found)})
        raise SignatureUnreadableError(name=name, reason=reason)
    return found[0]


def verify_each(content: bytes, p7s: bytes, *, name: str) -> tuple[SignedBy, ...]:
    """Like `verify_detached`, for one file with signatures of several; all of them must fit."""
    with opened(p7s, name) as signed_data:
        if signed_data["encap_content_info"]["content_type"].native != DATA:
            raise UnfitError(Reason(N_("it was made for something else.")))
        if signed_data["encap_content_info"]["content"].native is not None:
            raise UnfitError(Reason(N_("it brings contents of its own.")))
        return signed_by(signed_data, content, DATA)


def _signer_info(
    content: bytes, signer: Signer, own: Certificate, signed_at: datetime | None
) -> SignerInfo:
    from asn1crypto import cms

    algorithm = signer.key.algorithm
    attributes = _attributes(content, algorithm.digest, own, signed_at)
    # RFC 5652, 5.4: what is signed is the SET itself, not its implicit tag in the structure.
    signature = signer.key.sign(attributes.dump())
    identifier = {"issuer": own.issuer, "serial_number": own.serial_number}
    return cms.SignerInfo(
        {
            "version": "v1",
            "sid": cms.SignerIdentifier(
                "issuer_and_serial_number", cms.IssuerAndSerialNumber(identifier)
            ),
            "digest_algorithm": {"algorithm": algorithm.digest},
            "signed_attrs": attributes,
            "signature_algorithm": _identifier(algorithm),
            "signature": signature,
        }
    )


def _attributes(
    content: bytes, digest: str, own: Certificate, signed_at: datetime | None
) -> CMSAttributes:
    from asn1crypto import cms, core, tsp

    named = {"algorithm": "sha256"}
    own_hash = hashlib.sha256(own.dump()).digest()
    reference = tsp.ESSCertIDv2({"hash_algorithm": named, "cert_hash": own_hash})
    rows: list[tuple[str, object]] = [
        ("content_type", DATA),
        ("message_digest", hashlib.new(digest, content).digest()),
        ("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [reference]})),
    ]
    if signed_at is not None:
        moment = signed_at.astimezone(UTC).replace(microsecond=0)
        # RFC 5652, 11.3: UTCTime to the year 2049, GeneralizedTime from then on.
        kind = "utc_time" if 1950 <= moment.year < 2050 else "generalized_time"
        value = core.UTCTime(moment) if kind == "utc_time" else core.GeneralizedTime(moment)
        rows.append(("signing_time", cms.Time(kind, value)))
    return cms.CMSAttributes(
        [cms.CMSAttribute({"type": kind, "values": [value]}) for kind, value in rows]
    )


def _identifier(algorithm: Algorithm) -> SignedDigestAlgorithm:
    from asn1crypto.algos import SignedDigestAlgorithm

    digest = algorithm.digest
    if algorithm.scheme is Scheme.ECDSA:
        return SignedDigestAlgorithm({"algorithm": f"{digest}_ecdsa"})
    if algorithm.scheme is Scheme.PKCS1:
        return SignedDigestAlgorithm({"algorithm": "rsassa_pkcs1v15"})
    parameters = {
        "hash_algorithm": {"algorithm": digest},
        "mask_gen_algorithm": {"algorithm": "mgf1", "parameters": {"algorithm": digest}},
        "salt_length": algorithm.salt_bytes,
    }
    return SignedDigestAlgorithm({"algorithm": "rsassa_pss", "parameters": parameters})
