"""Signatures that were made elsewhere: with a USB token, by the tool of its maker.

The way for a key that cannot be taken out of its token: hand the file (or its SHA-256) to that
tool, then bring the `.p7s` that it wrote. Tools write DER, BER, PEM, bare base64 or a mail (S/MIME,
RFC 8551), with the file inside or without; kept is DER without it, as `sign_detached` makes it.
"""

from __future__ import annotations

import base64
import binascii
import re
from email import message_from_bytes
from typing import Final

from stemkit.formats.archive_errors import Reason
from stemkit.model.signature import SignedBy
from stemkit.signing.algorithms import UnfitError
from stemkit.signing.cms import verify_each
from stemkit.signing.cms_parts import DATA, opened
from stemkit.signing.errors import SignatureUnreadableError, SignatureWrongError
from stemkit.words import N_

LARGEST_BYTES: Final = 16 << 20
"""A signature that holds its content may be larger than one that does not."""
_PEM: Final = re.compile(rb"-----BEGIN (PKCS7|CMS)-----(.*?)-----END \1-----", re.DOTALL)
_MAIL: Final = re.compile(rb"(?i)(?:mime-version|content-type):")
_MAIL_TYPES: Final = {
    "application/pkcs7-signature", "application/x-pkcs7-signature",
    "application/pkcs7-mime", "application/x-pkcs7-mime",
}  # fmt: skip
_BASE64: Final = re.compile(rb"[A-Za-z0-9+/=\s]+")


def bring(p7s: bytes, content: bytes, *, name: str) -> tuple[bytes, tuple[SignedBy, ...]]:
    """The signature in the form that is kept, and who signed; it must fit `content` (`name`).

    Raises SignatureUnreadableError, SignatureWrongError.
    """
    brought = _der(p7s, name)
    if not _fits(brought, content) and _fits(brought, content.replace(b"\n", b"\r\n")):
        reason = Reason(N_("it was made over the file as a text, with other line ends."))
        raise SignatureUnreadableError(name=name, reason=reason)
    # As it is where that can be read: to encode a certificate anew could break its signature.
    for anew in (False, True):
        der = _without_content(brought, content, name, anew=anew)
        try:
            return der, verify_each(content, der, name=name)
        except (SignatureUnreadableError, SignatureWrongError):
            if anew:
                raise
    raise AssertionError("unreachable")


def _der(p7s: bytes, name: str) -> bytes:
    """The bytes behind PEM or base64."""
    if len(p7s) > LARGEST_BYTES:
        reason = Reason(N_("it is damaged, or is not a signature."))
        raise SignatureUnreadableError(name=name, reason=reason)
    found = _PEM.search(p7s)
    text = found.group(2) if found else p7s
    if found is None and _MAIL.match(p7s):
        return _mailed(p7s)
    if found is None and not _BASE64.fullmatch(p7s):
        return p7s
    try:
        return base64.b64decode(b"".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return p7s


def _mailed(p7s: bytes) -> bytes:
    """The signature in a mail; "" where there is none."""
    for part in message_from_bytes(p7s).walk():
        if part.get_content_type() in _MAIL_TYPES:
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else b""
    return b""


def _fits(der: bytes, content: bytes) -> bool:
    """Whether a signature without its content is one over `content`."""
    try:
        verify_each(content, der, name="")
    except (SignatureUnreadableError, SignatureWrongError):
        return False
    return True


def _without_content(der: bytes, content: bytes, name: str, *, anew: bool) -> bytes:
    """The same signatures without the content that they bring, which must be the one at hand."""
    from asn1crypto import cms
    from cryptography.exceptions import InvalidSignature

    with opened(der, name, largest_bytes=LARGEST_BYTES) as signed_data:
        inside = signed_data["encap_content_info"]
        if inside["content_type"].native != DATA:
            raise UnfitError(Reason(N_("it was made for something else.")))
        if inside["content"].native is not None and inside["content"].native != content:
            raise InvalidSignature
        signed_data["encap_content_info"] = {"content_type": DATA}
        whole = cms.ContentInfo({"content_type": "signed_data", "content": signed_data})
        return bytes(whole.dump(force=anew))
