"""Signatures from hostile hands: each is refused with its reason, and none ever crashes."""

from __future__ import annotations

import random
import subprocess
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from asn1crypto import cms
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.errors import StemkitError
from stemkit.model.signature import ChainState
from stemkit.signing import chain
from stemkit.signing.brought import bring
from stemkit.signing.certificates import load_all, to_pem
from stemkit.signing.cms import sign_detached, verify_detached, verify_each
from stemkit.signing.errors import (
    CertificateUnreadableError,
    SignatureUnreadableError,
    SignatureWrongError,
    SignerUnusableError,
)
from stemkit.signing.signer import load_signer, new_identity
from tests.signing.authorities import (
    NOW,
    Issued,
    intermediate,
    issue,
    name,
    root,
    rsa_key,
    teacher,
)
from tests.signing.forge import (
    CONTENT,
    attribute,
    attributes,
    info,
    p7s,
    signing_certificate,
    signing_time,
)

HOA = teacher()
MINH = issue(name("Minh"), rsa_key(4), intermediate())
SHORT = issue(name("Ngắn"), rsa_key(5, 1024))
TWIN = Issued(rsa_key(4), HOA.certificate)  # another key under Hoà's certificate


def verified(data: bytes) -> None:
    verify_detached(CONTENT, data, name="x")


def test_what_the_forger_writes_truly_is_accepted() -> None:
    rows = [*attributes(), signing_time(NOW), signing_certificate(HOA)]
    signed = verify_detached(CONTENT, p7s([info(HOA, rows)], [HOA, root()]), name="x")
    assert (signed.name, signed.signed_at) == ("Nguyễn Thị Hoà", NOW)
    several = p7s([info(HOA, attributes()), info(MINH, attributes())], [HOA, MINH])
    names = {one.name for one in verify_each(CONTENT, several, name="x")}
    assert names == {"Nguyễn Thị Hoà", "Minh"}


def digest(algorithm: str) -> dict[str, object]:
    return {"digest_algorithm": {"algorithm": algorithm}}


LATER = cms.CMSAttributes([*attributes(), signing_time(NOW)])
TWO_VALUES = attribute("message_digest", b"a" * 32, b"b" * 32)
SHA1_RSA = {"algorithm": "sha1_rsa"}
WRONG: dict[str, bytes] = {
    "another's key": p7s([info(TWIN, attributes())], [HOA]),
    "digest of something else": p7s([info(HOA, attributes(b"other"))], [HOA]),
    "empty digest": p7s(
        [info(HOA, [attributes()[0], attribute("message_digest", b"")])], [HOA]
    ),
    "cut signature": p7s([info(HOA, attributes(), signature=b"\1" * 255)], [HOA]),
    "no signature": p7s([info(HOA, attributes(), signature=b"")], [HOA]),
    "time exchanged": p7s([info(HOA, attributes(), signed_attrs=LATER)], [HOA]),
}  # fmt: skip
UNREADABLE: dict[str, tuple[bytes, str]] = {
    "no signers": (p7s([], [HOA]), "nobody"),
    "no certificates": (p7s([info(HOA, attributes())], None), "certificate is not in it"),
    "empty certificates": (p7s([info(HOA, attributes())], []), "certificate is not in it"),
    "another's certificate": (p7s([info(HOA, attributes())], [MINH]), "certificate is not in it"),
    "no attributes": (p7s([info(HOA, None)], [HOA]), "no signed attributes"),
    "no digest": (p7s([info(HOA, attributes()[:1])], [HOA]), "missing"),
    "no type": (p7s([info(HOA, attributes()[1:])], [HOA]), "missing"),
    "another type": (
        p7s([info(HOA, [attribute("content_type", "signed_data"), attributes()[1]])], [HOA]),
        "something else",
    ),
    "digest twice": (p7s([info(HOA, [*attributes(), attributes(b"x")[1]])], [HOA]), "twice"),
    "two digests in one": (
        p7s([info(HOA, [attributes()[0], TWO_VALUES])], [HOA]),
        "damaged",
    ),
    "digest of no kind": (
        p7s([info(HOA, [attributes()[0], attribute("message_digest")])], [HOA]), "damaged",
    ),
    "same signer twice": (p7s([info(HOA, attributes())] * 2, [HOA]), "twice"),
    "same key, two certificates": (
        p7s(
            [info(HOA, attributes()), info(other := issue(name("Y"), HOA.key), attributes())],
            [HOA, other],
        ),
        "twice",
    ),
    "seventeen signers": (p7s([info(HOA, attributes())] * 17, [HOA]), "far too many"),
    "two signers for one": (
        p7s([info(HOA, attributes()), info(MINH, attributes())], [HOA, MINH]), "2 signatures",
    ),
    "SHA-1": (p7s([info(HOA, attributes(digest="sha1"), **digest("sha1"))], [HOA]), "weak"),
    "MD5": (p7s([info(HOA, attributes(digest="md5"), **digest("md5"))], [HOA]), "weak"),
    "SHA-1 in the signature": (
        p7s([info(HOA, attributes(), signature_algorithm=SHA1_RSA)], [HOA]), "weak",
    ),
    "two digests": (
        p7s([info(HOA, attributes(), signature_algorithm={"algorithm": "sha512_rsa"})], [HOA]),
        "different methods",
    ),
    "ECDSA of an RSA key": (
        p7s([info(HOA, attributes(), signature_algorithm={"algorithm": "sha256_ecdsa"})], [HOA]),
        "another kind",
    ),
    "DSA": (
        p7s([info(HOA, attributes(), signature_algorithm={"algorithm": "sha256_dsa"})], [HOA]),
        "weak or unknown",
    ),
    "a short key": (p7s([info(SHORT, attributes())], [SHORT]), "unsafe length"),
    "another certificate named": (
        p7s([info(HOA, [*attributes(), signing_certificate(MINH)])], [HOA]), "names another",
    ),
    "content of its own": (
        p7s(
            [info(HOA, attributes())],
            [HOA],
            encap_content_info={"content_type": "data", "content": CONTENT},
        ),
        "contents of its own",
    ),
    "content of another type": (
        p7s([info(HOA, attributes())], [HOA], encap_content_info={"content_type": "tst_info"}),
        "something else",
    ),
    "two certificates of one name and number": (
        p7s(
            [info(HOA, attributes())],
            [HOA, HOA, MINH, intermediate(), *[issue(name(str(n)), rsa_key(4)) for n in range(17)]],
        ),
        "damaged",
    ),
    "bytes behind": (p7s([info(HOA, attributes())], [HOA]) + b"\0", "damaged"),
    "nothing": (b"", "damaged"),
    "text": (b"-----BEGIN PKCS7-----", "damaged"),
    "bare certificate": (HOA.der, "damaged"),
    "huge": (bytes(2 << 20), "damaged"),
    "deep": (b"\x30\x80" * 200_000, "damaged"),
    "lying length": (b"\x30\x84\xff\xff\xff\xff" + bytes(100), "damaged"),
    "enveloped": (
        bytes(cms.ContentInfo({"content_type": "data", "content": b"x"}).dump()), "damaged",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_what_does_not_fit_is_wrong(what: str) -> None:
    with pytest.raises(SignatureWrongError):
        verified(WRONG[what])


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_proves_nothing_is_refused_with_its_reason(what: str) -> None:
    data, reason = UNREADABLE[what]
    with pytest.raises(SignatureUnreadableError, match=reason) as caught:
        verified(data)
    assert caught.value.told().isprintable()


def test_a_name_cannot_trick_the_eye() -> None:
    subject = x509.Name(
        [
            x509.NameAttribute(x509.NameOID.COMMON_NAME, "Cô\u202e Hoà\x1b[2J\n" + "x" * 40),
            x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "A\u0300"),
        ]
    )
    tricky = issue(subject, rsa_key(4))
    signed = verify_detached(CONTENT, p7s([info(tricky, attributes())], [tricky]), name="x")
    assert signed.name.startswith("Cô Hoà [2J x")
    assert signed.name.isprintable()
    assert signed.organisation == "À"
    nameless = issue(x509.Name([]), rsa_key(4))
    signed = verify_detached(CONTENT, p7s([info(nameless, attributes())], [nameless]), name="x")
    assert signed.name == "?"


OWN = load_signer(new_identity("Cô Hoà", "THPT số 1"), "x")
SIGNED = {
    "ec": sign_detached(CONTENT, OWN, signed_at=NOW),
    "rsa": sign_detached(CONTENT, load_signer(HOA.pem(), "x"), signed_at=NOW),
    "pss": sign_detached(CONTENT, load_signer(HOA.pem(), "x", pss=True), signed_at=NOW),
}


@pytest.mark.parametrize("kind", SIGNED)
def test_no_single_changed_byte_makes_it_fit_other_content(kind: str) -> None:
    """One random change at a time: typed errors alone, and never another signer or time."""
    whole = verify_detached(CONTENT, SIGNED[kind], name="x")
    chance = random.Random(7)
    refused = 0
    for at in chance.sample(range(len(SIGNED[kind])), 200):
        changed = bytearray(SIGNED[kind])
        changed[at] ^= chance.randrange(1, 256)
        with pytest.raises((SignatureWrongError, SignatureUnreadableError)):
            verify_detached(CONTENT + b"x", bytes(changed), name="x")
        try:
            found = verify_detached(CONTENT, bytes(changed), name="x")
        except (SignatureWrongError, SignatureUnreadableError):
            refused += 1
            continue
        # What nobody signed may differ: the version, a list of digests, other certificates.
        assert (found.fingerprint, found.signed_at, found.name) == (
            whole.fingerprint,
            whole.signed_at,
            whole.name,
        )
    assert refused > 100


@settings(max_examples=40)
@given(
    st.sampled_from(sorted(SIGNED)),
    st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), min_size=1, max_size=8),
    st.floats(0, 1),
)
def test_any_damage_ends_in_a_typed_error(
    kind: str, changes: list[tuple[float, int]], cut: float
) -> None:
    data = bytearray(SIGNED[kind])
    for where, value in changes:
        data[int(where * len(data))] = value
    for piece in (bytes(data), bytes(data[: int(cut * len(data))]), bytes(data[3:])):
        with pytest.raises((SignatureWrongError, SignatureUnreadableError)):
            verify_detached(b"other content", piece, name="x")
        with pytest.raises((SignatureWrongError, SignatureUnreadableError)):
            bring(piece, b"other content", name="x")


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_any_bytes_end_in_a_typed_error(data: bytes) -> None:
    for piece in (data, b"\x30\x82\x01\x90\x06\x09*\x86H\x86\xf7\r\x01\x07\x02\xa0\x80" + data):
        with pytest.raises(SignatureUnreadableError):
            verified(piece)
    with pytest.raises(CertificateUnreadableError):
        load_all(data, "x")


P12, PEM = HOA.p12(b"1"), HOA.pem()


@settings(max_examples=60)
@given(st.sampled_from([P12, PEM, HOA.der]), st.floats(0, 0.999), st.binary(max_size=4))
def test_a_damaged_key_file_ends_in_a_typed_error(
    whole: bytes, where: float, instead: bytes
) -> None:
    at = int(where * len(whole))
    data = whole[:at] + instead + whole[at + len(instead) :]
    with suppress(StemkitError):
        load_signer(data, "x", b"1")
    with suppress(StemkitError):
        load_all(data, "x")


def judged(own: Issued, *chain_of: Issued, roots: tuple[Issued, ...] = ()) -> ChainState:
    signed = verify_detached(CONTENT, p7s([info(own, attributes())], [own, *chain_of]), name="x")
    return chain.judge(signed, [one.der for one in roots or (root(),)], NOW)


FOR_CODE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CODE_SIGNING])
FOR_MAIL = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
ONLY_KEYS = x509.KeyUsage(False, False, True, False, False, False, False, False, False)


def test_chains_that_do_not_hold() -> None:
    assert judged(MINH, intermediate()) is ChainState.TRUSTED
    assert judged(MINH) is ChainState.UNKNOWN_ISSUER  # the middle is missing
    assert judged(MINH, intermediate(), roots=(MINH,)) is ChainState.TRUSTED  # this very person
    # A signer's certificate is no authority, whoever trusts it.
    below = issue(name("Y"), rsa_key(5), MINH)
    assert judged(below, MINH, intermediate()) is ChainState.UNKNOWN_ISSUER
    assert judged(below, MINH, roots=(MINH,)) is ChainState.UNKNOWN_ISSUER
    # A root that the signature brings itself counts for nothing.
    false_root = issue(name("Gốc Việt Nam"), rsa_key(5), ca=True)
    forged = issue(name("Y"), rsa_key(4), Issued(false_root.key, false_root.certificate))
    assert judged(forged, false_root) is ChainState.UNKNOWN_ISSUER
    # One that expired in the middle, and one that is signed with SHA-1.
    past = {"begin": NOW - timedelta(days=9), "end": NOW - timedelta(days=8)}
    old = issue(name("Cũ"), rsa_key(5), root(), ca=True, **past)
    assert judged(issue(name("Y"), rsa_key(4), old), old) is not ChainState.TRUSTED


def test_what_a_certificate_is_for_counts() -> None:
    no = issue(name("Y"), rsa_key(4), intermediate(), extensions=((ONLY_KEYS, True),))
    assert judged(no, intermediate()) is ChainState.NOT_FOR_SIGNING
    for use in (FOR_MAIL, FOR_CODE):
        mail = issue(name("Y"), rsa_key(4), intermediate(), extensions=((use, False),))
        assert judged(mail, intermediate()) is ChainState.TRUSTED


UNKNOWN_USE = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.3.9"), b"\x05\x00")
ANY_POLICY = x509.CertificatePolicies(
    [x509.PolicyInformation(x509.ObjectIdentifier("2.5.29.32.0"), None)]
)
MAIL = x509.SubjectAlternativeName(
    [
        x509.RFC822Name("hoa@example.vn"),
        x509.OtherName(x509.ObjectIdentifier("1.3.6.1.4.1.311.20.2.3"), b"\x0c\x03hoa"),
    ]
)


def test_what_real_authorities_write_into_certificates_is_taken() -> None:
    middle = issue(name("M"), rsa_key(5), root(), ca=True, extensions=((ANY_POLICY, True),))
    rows = ((ANY_POLICY, True), (MAIL, False), (UNKNOWN_USE, False))
    assert judged(issue(name("Y"), rsa_key(4), middle, extensions=rows), middle) is (
        ChainState.TRUSTED
    )
    odd = issue(name("Y"), rsa_key(4), middle, extensions=((UNKNOWN_USE, True),))
    assert judged(odd, middle) is ChainState.UNKNOWN_ISSUER


@pytest.mark.parametrize("curve", [ec.SECP384R1(), ec.SECP521R1()])
def test_larger_curves_sign_too(curve: ec.EllipticCurve) -> None:
    own = issue(name("Y"), ec.generate_private_key(curve), intermediate())
    p7s = sign_detached(CONTENT, load_signer(own.pem(), "x"))
    signed = verify_detached(CONTENT, p7s, name="x")
    assert str(curve.key_size) in signed.algorithm
    assert chain.judge(signed, [root().der], NOW) is ChainState.TRUSTED


def test_an_expired_signer_was_trusted_then() -> None:
    past = {"begin": NOW - timedelta(days=90), "end": NOW - timedelta(days=8)}
    expired = issue(name("Y"), rsa_key(4), intermediate(), **past)
    # The authority is thirty days old: it can vouch for the last part of that time.
    assert judged(expired, intermediate()) is ChainState.EXPIRED
    signed = verify_detached(
        CONTENT, p7s([info(expired, attributes())], [expired, intermediate()]), name="x"
    )
    then = NOW - timedelta(days=10)
    assert chain.judge(signed, [root().der], then) is ChainState.TRUSTED


@pytest.mark.debian("openssl")
def test_what_other_programs_sign_is_brought(tmp_path: Path) -> None:
    content = b"one\r\ntwo\n"
    (tmp_path / "content").write_bytes(content)
    (tmp_path / "key").write_bytes(HOA.pem())
    (tmp_path / "own").write_bytes(to_pem([HOA.der]))
    (tmp_path / "sub").write_bytes(to_pem([intermediate().der]))

    def openssl(*words: str) -> bytes:
        command = ["openssl", words[0], "-sign", "-binary", "-in", "content", "-signer", "own"]
        run = subprocess.run(
            [*command, "-inkey", "key", "-out", "out", *words[1:]],
            cwd=tmp_path,
            capture_output=True,
            timeout=30,
        )
        assert run.returncode == 0, run.stderr
        return (tmp_path / "out").read_bytes()

    der = ["-outform", "DER", "-certfile", "sub"]
    detached = openssl("cms", *der)
    kept, (signed,) = bring(detached, content, name="x")
    assert kept == detached
    assert chain.judge(signed, [root().der], NOW + timedelta(minutes=1)) is ChainState.TRUSTED
    import base64

    forms = {
        "attached": openssl("cms", *der, "-nodetach"),
        "streamed": openssl("cms", *der, "-nodetach", "-stream"),
        "PEM": openssl("cms", "-outform", "PEM"),
        "base64": base64.encodebytes(detached),
        "mail": openssl("cms"),
        "mail with the file": openssl("cms", "-nodetach"),
        "by key": openssl("cms", *der, "-keyid"),
        "PSS": openssl("cms", *der, "-keyopt", "rsa_padding_mode:pss"),
        "SHA-512": openssl("cms", *der, "-md", "sha512"),
        "CAdES": openssl("cms", *der, "-cades"),
        "old S/MIME": openssl("smime", *der, "-md", "sha256"),
    }
    for form, data in forms.items():
        kept, (signed,) = bring(data, content, name=form)
        assert verify_detached(content, kept, name=form).fingerprint == signed.fingerprint, form
        with pytest.raises(SignatureWrongError):
            bring(data, content + b"\n", name=form)
    # Without -binary it is over the file with other line ends, and that is told.
    (tmp_path / "text").write_bytes(content.replace(b"\r", b"").replace(b"\n", b"\r\n"))
    as_text = openssl("cms", *der, "-in", "text")
    with pytest.raises(SignatureUnreadableError, match="line ends"):
        bring(as_text, content.replace(b"\r", b""), name="x")
    for words in (["-md", "sha1"], ["-md", "md5"], ["-noattr"], ["-nocerts"]):
        with pytest.raises(SignatureUnreadableError):
            bring(openssl("cms", *der, *words), content, name="x")


def test_an_odd_certificate_is_kept_as_it_is() -> None:
    """Key usage with its bits written another way than DER wants: encoded anew it is another."""
    from asn1crypto.x509 import Certificate

    whole = Certificate.load(HOA.der)
    tbs = whole["tbs_certificate"].dump()
    assert tbs.count(b"\x03\x02\x06\xc0") == 1
    odd = tbs.replace(b"\x03\x02\x06\xc0", b"\x03\x02\x00\xc0")
    from cryptography.hazmat.primitives.asymmetric import padding

    signature = intermediate().key.sign(odd, padding.PKCS1v15(), hashes.SHA256())
    der = HOA.der.replace(tbs, odd).replace(whole["signature_value"].native, signature)
    issued = Issued(HOA.key, x509.load_der_x509_certificate(der))
    content = {"content_type": "data", "content": CONTENT}
    data = p7s([info(issued, [*attributes(), signing_certificate(issued)])], [issued],
               encap_content_info=content)  # fmt: skip
    kept, (signed,) = bring(data, CONTENT, name="x")
    assert signed.certificates == (der,)
    assert der in kept


def test_a_curve_that_is_not_known_is_refused() -> None:
    odd = issue(name("Y"), ec.generate_private_key(ec.SECP256K1()), digest=hashes.SHA256())
    signature = odd.key.sign(cms.CMSAttributes(attributes()).dump(), ec.ECDSA(hashes.SHA256()))
    rows = info(HOA, attributes())
    rows["sid"] = info(Issued(HOA.key, odd.certificate), attributes())["sid"]
    rows["signature_algorithm"] = {"algorithm": "sha256_ecdsa"}
    rows["signature"] = signature
    with pytest.raises(SignatureUnreadableError, match="another kind"):
        verified(p7s([rows], [odd]))


def test_a_file_without_a_key_is_called_that() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.serialization import pkcs12

    held = pkcs12.load_pkcs12(P12, b"1")
    bare = pkcs12.serialize_key_and_certificates(
        None, None, None, [held.cert.certificate], serialization.BestAvailableEncryption(b"1")
    )
    with pytest.raises(SignerUnusableError, match="no private key"):
        load_signer(bare, "hoa.p12", b"1")
