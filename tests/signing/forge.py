"""CMS signatures written by hand, so that every part can lie."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from asn1crypto import cms, core, tsp
from asn1crypto.x509 import Certificate

from stemkit.signing.signer import FileKey
from tests.signing.authorities import Issued

CONTENT = b'{"schema":"stemkit.bundle/1"}\n'


def attribute(kind: str, *values: Any) -> cms.CMSAttribute:
    return cms.CMSAttribute({"type": kind, "values": list(values)})


def attributes(content: bytes = CONTENT, digest: str = "sha256") -> list[cms.CMSAttribute]:
    """The two that must be there."""
    return [
        attribute("content_type", "data"),
        attribute("message_digest", hashlib.new(digest, content).digest()),
    ]


def signing_time(moment: datetime) -> cms.CMSAttribute:
    return attribute("signing_time", cms.Time("utc_time", core.UTCTime(moment)))


def signing_certificate(named: Issued) -> cms.CMSAttribute:
    reference = tsp.ESSCertIDv2({"cert_hash": hashlib.sha256(named.der).digest()})
    return attribute("signing_certificate_v2", tsp.SigningCertificateV2({"certs": [reference]}))


def info(issued: Issued, rows: list[cms.CMSAttribute] | None, **changes: Any) -> cms.SignerInfo:
    """A signer who signed these attributes (None: the content itself), with other fields."""
    parsed = Certificate.load(issued.der)
    fields: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            cms.IssuerAndSerialNumber(
                {"issuer": parsed.issuer, "serial_number": parsed.serial_number}
            ),
        ),
        "digest_algorithm": {"algorithm": "sha256"},
        "signature_algorithm": {"algorithm": "rsassa_pkcs1v15"},
    }
    key = FileKey(issued.key)
    if rows is None:
        fields["signature"] = key.sign(CONTENT)
    else:
        signed = cms.CMSAttributes(rows)
        fields["signature"] = key.sign(signed.dump())
        fields["signed_attrs"] = signed
    return cms.SignerInfo({**fields, **changes})


def p7s(infos: list[cms.SignerInfo], certificates: list[Issued] | None, **changes: Any) -> bytes:
    """The file with these signers and certificates (None: it says nothing of them)."""
    fields: dict[str, Any] = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data"},
        "signer_infos": infos,
    }
    if certificates is not None:
        fields["certificates"] = [Certificate.load(one.der) for one in certificates]
    signed = cms.SignedData({**fields, **changes})
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": signed}).dump())
