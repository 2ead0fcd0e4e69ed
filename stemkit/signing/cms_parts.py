"""CMS SignedData that strangers made: taken apart and checked, signature by signature.

Every signature must have signed attributes (RFC 5652, 5.3) with content type and message digest
exactly once: one over the bare content could be passed off as one over other content. Where the
signer names its certificate (RFC 2634, RFC 5035) it must be the one that is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from stemkit.formats.archive_errors import Reason
from stemkit.model.signature import SignedBy
from stemkit.signing.algorithms import Scheme, UnfitError, algorithm_of, check
from stemkit.signing.certificates import holder, load_der, only_pss
from stemkit.signing.errors import SignatureUnreadableError, SignatureWrongError
from stemkit.words import N_

if TYPE_CHECKING:
    from asn1crypto.cms import SignedData
    from cryptography.x509 import Certificate

DATA: Final = "data"
_LARGEST_BYTES: Final = 1 << 20
_MOST_CERTIFICATES: Final = 20
_MOST_SIGNERS: Final = 16
_UNREADABLE: Final = N_("it is damaged, or is not a signature.")
# What a lazy parser raises wherever it is touched.
_PARSER_ERRORS: Final = (
    ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError,
    NotImplementedError,
)  # fmt: skip


@contextmanager
def opened(data: bytes, name: str, *, largest_bytes: int = _LARGEST_BYTES) -> Iterator[SignedData]:
    """The SignedData in `data` (DER or BER, nothing behind it), to be used in the block.

    What is found wrong in the block becomes SignatureUnreadableError or SignatureWrongError.
    """
    # Before the first use of cms: `tsp` tells it attributes that it looks up once and for all.
    from asn1crypto import tsp  # noqa: F401
    from asn1crypto.cms import ContentInfo
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

    try:
        if not 0 < len(data) <= largest_bytes:
            raise UnfitError(Reason(_UNREADABLE))
        info = ContentInfo.load(data, strict=True)
        if info["content_type"].native != "signed_data":
            raise UnfitError(Reason(_UNREADABLE))
        yield info["content"]
    except UnfitError as error:
        raise SignatureUnreadableError(name=name, reason=error.reason) from error
    except InvalidSignature as error:
        raise SignatureWrongError(name=name) from error
    except (*_PARSER_ERRORS, UnsupportedAlgorithm) as error:
        raise SignatureUnreadableError(name=name, reason=Reason(_UNREADABLE)) from error


def signed_by(signed_data: SignedData, content: bytes, kind: str) -> tuple[SignedBy, ...]:
    """All who signed `content`, which is of the type `kind`; call it inside `opened`.

    Raises UnfitError, InvalidSignature, or what the parser says.
    """
    infos = list(signed_data["signer_infos"])
    if not 0 < len(infos) <= _MOST_SIGNERS:
        raise UnfitError(Reason(N_("nobody signed it, or far too many did.")))
    certificates = _certificates(signed_data)
    found = tuple(_one(info, certificates, content, kind) for info in infos)
    if len({one.fingerprint for one in found}) != len(found):
        raise UnfitError(Reason(N_("the same key signed it twice.")))
    return found


def _certificates(signed_data: SignedData) -> list[Certificate]:
    rows = signed_data["certificates"]
    if rows.native is None:
        raise UnfitError(Reason(N_("the signer's certificate is not in it.")))
    if len(rows) > _MOST_CERTIFICATES:
        raise UnfitError(Reason(_UNREADABLE))
    # Other kinds (attribute certificates) say nothing about a key.
    return [load_der(row.chosen.dump()) for row in rows if row.name == "certificate"]


def _one(info: Any, certificates: list[Certificate], content: bytes, kind: str) -> SignedBy:
    from cryptography.hazmat.primitives.serialization import Encoding

    own = _own_certificate(info["sid"], certificates)
    digest = str(info["digest_algorithm"]["algorithm"].native)
    algorithm = algorithm_of(info["signature_algorithm"], digest)
    if algorithm.scheme is Scheme.PKCS1 and only_pss(own):
        raise UnfitError(Reason(N_("its parts name different methods.")))
    attributes = _attributes(info)
    if attributes["content_type"].native != kind:
        raise UnfitError(Reason(N_("it was made for something else.")))
    _must_name(own, attributes)
    # RFC 5652, 5.4: signed is the SET OF itself, not the implicit tag that it has in here.
    signed = b"\x31" + info["signed_attrs"].dump()[1:]
    words = check(own.public_key(), algorithm, info["signature"].native, signed)
    _must_match(attributes["message_digest"].native, hashlib.new(digest, content).digest())
    _must_protect(attributes, info)
    told = holder(own)
    others = [one for one in certificates if one != own]
    return SignedBy(
        name=told.name,
        organisation=told.organisation,
        issuer=told.issuer,
        fingerprint=told.fingerprint,
        algorithm=words,
        signed_at=_time(attributes),
        not_before=told.not_before,
        not_after=told.not_after,
        self_signed=told.self_signed,
        certificates=tuple(one.public_bytes(Encoding.DER) for one in (own, *others)),
    )


def _own_certificate(sid: Any, certificates: list[Certificate]) -> Certificate:
    from asn1crypto.x509 import Certificate as Parsed
    from cryptography.hazmat.primitives.serialization import Encoding

    found = []
    for one in certificates:
        parsed = Parsed.load(one.public_bytes(Encoding.DER))
        if sid.name == "subject_key_identifier":
            same = parsed.key_identifier == sid.chosen.native
        else:
            same = (
                parsed.issuer.dump() == sid.chosen["issuer"].dump()
                and parsed.serial_number == sid.chosen["serial_number"].native
            )
        if same and one not in found:
            found.append(one)
    if len(found) != 1:
        raise UnfitError(Reason(N_("the signer's certificate is not in it.")))
    return found[0]


def _attributes(info: Any) -> dict[str, Any]:
    """The signed attributes by name, each once and with one value."""
    rows = info["signed_attrs"]
    if rows.native is None:
        raise UnfitError(Reason(N_("it has no signed attributes.")))
    found: dict[str, Any] = {}
    for row in rows:
        kind = str(row["type"].native)
        if kind in found:
            raise UnfitError(Reason(N_("an attribute is in it twice.")))
        if len(row["values"]) != 1:
            raise UnfitError(Reason(_UNREADABLE))
        found[kind] = row["values"][0]
    if not {"content_type", "message_digest"} <= found.keys():
        raise UnfitError(Reason(N_("a signed attribute is missing.")))
    return found


def _must_match(told: object, digest: bytes) -> None:
    from cryptography.exceptions import InvalidSignature

    if told != digest:
        raise InvalidSignature


def _must_name(own: Certificate, attributes: dict[str, Any]) -> None:
    """Where signed attributes name the certificate, its hash must be that of the one used."""
    from cryptography.hazmat.primitives.serialization import Encoding

    der = own.public_bytes(Encoding.DER)
    for kind in ("signing_certificate", "signing_certificate_v2"):
        if kind not in attributes:
            continue
        reference = attributes[kind]["certs"][0]
        # The first version (RFC 2634) knows SHA-1 alone; the signature itself does not rest on it.
        digest = "sha1" if kind == "signing_certificate" else _hash_name(reference)
        if reference["cert_hash"].native != hashlib.new(digest, der).digest():
            raise UnfitError(Reason(N_("it names another certificate than the one in it.")))


def _hash_name(reference: Any) -> str:
    name = str(reference["hash_algorithm"]["algorithm"].native)
    if name not in ("sha256", "sha384", "sha512"):
        raise UnfitError(Reason(_UNREADABLE))
    return name


def _must_protect(attributes: dict[str, Any], info: Any) -> None:
    """RFC 6211: where the signer repeats its algorithms, they must be the ones outside."""
    protection = attributes.get("cms_algorithm_protection")
    if protection is None:
        return
    outer = info["signature_algorithm"]["algorithm"]
    inner = protection["signature_algorithm"]
    same = protection["digest_algorithm"]["algorithm"] == info["digest_algorithm"]["algorithm"]
    if not same or (inner.native and inner["algorithm"] != outer):
        raise UnfitError(Reason(N_("its parts name different methods.")))


def _time(attributes: dict[str, Any]) -> datetime | None:
    told = attributes.get("signing_time")
    if told is None:
        return None
    moment = told.native
    if not isinstance(moment, datetime):
        raise UnfitError(Reason(_UNREADABLE))
    return moment.astimezone(UTC)
