"""Timestamps (RFC 3161): an authority vouches that a file was there at a moment.

`request` and `read_response` are the two ends of one exchange with a service; what is kept is the
whole response (`.tsr`), which `openssl ts -verify` reads too. Who the authority is, `chain.judge`
tells for `Stamped.authority`.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from stemkit.formats.archive_errors import Reason
from stemkit.model.signature import SignedBy, Stamped
from stemkit.signing.algorithms import UnfitError
from stemkit.signing.certificates import load_der, readable
from stemkit.signing.cms_parts import opened, signed_by
from stemkit.signing.errors import SignatureUnreadableError, TimestampRefusedError
from stemkit.words import N_

if TYPE_CHECKING:
    from asn1crypto.tsp import TSTInfo

REQUEST_TYPE: Final = "application/timestamp-query"
"""Media type of a request over HTTP (RFC 3161, 3.4)."""
RESPONSE_TYPE: Final = "application/timestamp-reply"
LARGEST_RESPONSE_BYTES: Final = 1 << 18
_KIND: Final = "tst_info"
_GRANTED: Final = ("granted", "granted_with_mods")
_NONCE_BITS: Final = 64
_UNREADABLE: Final = N_("it is damaged, or is not a timestamp.")


def new_nonce() -> int:
    """A number that ties one response to one request."""
    return secrets.randbits(_NONCE_BITS) | 1


def request(digest: bytes, nonce: int | None = None) -> bytes:
    """The request (DER) to stamp something whose SHA-256 is `digest` (32 bytes)."""
    from asn1crypto import tsp

    if len(digest) != hashlib.sha256().digest_size:
        raise ValueError("not a SHA-256 digest")
    fields: dict[str, Any] = {
        "version": "v1",
        "message_imprint": {
            "hash_algorithm": {"algorithm": "sha256"},
            "hashed_message": digest,
        },
        "cert_req": True,
    }
    if nonce is not None:
        fields["nonce"] = nonce
    return bytes(tsp.TimeStampReq(fields).dump())


def check(token: bytes, content: bytes, *, name: str, nonce: int | None = None) -> Stamped:
    """When `content` was stamped, where `token` (a response `.tsr`, or its token alone) fits it.

    With `nonce` the token must answer that very request. Raises SignatureWrongError,
    SignatureUnreadableError, TimestampRefusedError.
    """
    with opened(_token(token, name), name) as signed_data:
        inside = signed_data["encap_content_info"]
        if inside["content_type"].native != _KIND:
            raise UnfitError(Reason(_UNREADABLE))
        info = inside["content"].parsed
        told = inside["content"].contents
        authorities = signed_by(signed_data, bytes(told), _KIND)
        if len(authorities) != 1:
            raise UnfitError(Reason(_UNREADABLE))
        _must_stamp(authorities[0])
        _must_mean(info, content, nonce)
        at = info["gen_time"].native
        if not isinstance(at, datetime):
            raise UnfitError(Reason(_UNREADABLE))
        stamped = Stamped(
            at.astimezone(UTC),
            authorities[0],
            int(info["serial_number"].native),
            str(info["policy"].dotted),
        )
    if not stamped.authority.not_before <= stamped.at <= stamped.authority.not_after:
        reason = Reason(N_("its authority's certificate did not hold at that time."))
        raise SignatureUnreadableError(name=name, reason=reason)
    return stamped


def _must_stamp(authority: SignedBy) -> None:
    """RFC 3161, 2.3: the certificate is for timestamps and for nothing else, critically."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    try:
        with readable():
            extensions = load_der(authority.certificates[0]).extensions
        use = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
    except x509.ExtensionNotFound:
        use = None
    if not use or not use.critical or list(use.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise UnfitError(Reason(N_("its certificate is not one for timestamps.")))


def _must_mean(info: TSTInfo, content: bytes, nonce: int | None) -> None:
    from cryptography.exceptions import InvalidSignature

    imprint = info["message_imprint"]
    digest = str(imprint["hash_algorithm"]["algorithm"].native)
    if digest not in ("sha256", "sha384", "sha512"):
        raise UnfitError(Reason(N_("it uses the weak or unknown method “{name}”."),
                                {"name": digest[:60]}))  # fmt: skip
    if imprint["hashed_message"].native != hashlib.new(digest, content).digest():
        raise InvalidSignature
    if nonce is not None and info["nonce"].native != nonce:
        raise UnfitError(Reason(N_("it answers another request.")))


def _token(data: bytes, name: str) -> bytes:
    """The token in a response; `data` itself where it is no response."""
    from asn1crypto import cms, core, tsp

    class Response(core.Sequence):  # type: ignore[misc]
        """TimeStampResp (RFC 3161, 2.4.2); a refusal has no token."""

        _fields = [  # noqa: RUF012 - asn1crypto reads it so
            ("status", tsp.PKIStatusInfo),
            ("token", cms.ContentInfo, {"optional": True}),
        ]

    try:
        response = Response.load(data, strict=True)
        status = response["status"]["status"].native
        token = response["token"]
        if status in _GRANTED and token.native is not None:
            return bytes(token.dump())
        words = " ".join(response["status"]["status_string"].native or [])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError):
        return data
    told = "".join(c for c in words if c.isprintable())[:200]
    raise TimestampRefusedError(name=name, reason=told or str(status))
