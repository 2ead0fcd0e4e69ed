"""Timestamps of a local authority, the openssl program, and of hostile ones."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.actions.projects.timestamp import stamp
from stemkit.errors import StemkitError
from stemkit.model.signature import ChainState
from stemkit.signing import chain, timestamps
from stemkit.signing.certificates import to_pem
from stemkit.signing.errors import (
    SignatureUnreadableError,
    SignatureWrongError,
    TimestampRefusedError,
    TimestampUnfitError,
)
from stemkit.storage.errors import NotOnServerError, ServerRefusedError
from tests.signing.authorities import Issued, issue, name, root, rsa_key

CONTENT = b"the signature that is stamped"
STAMPING = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
pytestmark = pytest.mark.debian("openssl")


class Authority:
    """`openssl ts` in a folder."""

    def __init__(self, folder: Path, issued: Issued, digest: str = "sha256") -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "key.pem").write_bytes(issued.pem())
        (folder / "certificate.pem").write_bytes(to_pem([issued.der]))
        (folder / "root.pem").write_bytes(to_pem([root().der]))
        (folder / "serial").write_text("01")
        (folder / "ts.cnf").write_text(
            "[tsa]\ndefault_tsa=t\n[t]\nserial=serial\nsigner_cert=certificate.pem\n"
            f"certs=root.pem\nsigner_key=key.pem\nsigner_digest={digest}\n"
            "default_policy=1.2.3.4.1\ndigests=sha256,sha512,sha1\nordering=yes\ntsa_name=yes\n"
        )

    def run(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[bytes]:
        command = ["openssl", "ts", *words]
        return subprocess.run(
            command, cwd=self.folder, capture_output=True, timeout=30, check=check
        )

    def answer(self, request: bytes) -> bytes:
        (self.folder / "q").write_bytes(request)
        self.run("-reply", "-config", "ts.cnf", "-queryfile", "q", "-out", "r")
        return (self.folder / "r").read_bytes()


def stamper(critical: bool = True, use: x509.ExtendedKeyUsage = STAMPING) -> Issued:
    return issue(name("Giờ Việt Nam"), rsa_key(3), root(), extensions=((use, critical),))


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tsa"), stamper())


@pytest.fixture(scope="module")
def token(authority: Authority) -> bytes:
    return authority.answer(timestamps.request(hashlib.sha256(CONTENT).digest(), 77))


def test_a_stamp_tells_when_and_by_whom(authority: Authority, token: bytes) -> None:
    stamped = timestamps.check(token, CONTENT, name="x", nonce=77)
    assert abs(datetime.now(UTC) - stamped.at) < timedelta(minutes=5)
    assert stamped.authority.name == "Giờ Việt Nam"
    assert (stamped.policy, stamped.serial > 0) == ("1.2.3.4.1", True)
    state = chain.judge(stamped.authority, [root().der], stamped.at)
    assert state is ChainState.TRUSTED
    # Others read what is kept.
    (authority.folder / "data").write_bytes(CONTENT)
    (authority.folder / "kept").write_bytes(token)
    told = authority.run("-verify", "-data", "data", "-in", "kept", "-CAfile", "root.pem").stdout
    assert b"OK" in told


def test_a_stamp_of_something_else_is_refused(authority: Authority, token: bytes) -> None:
    with pytest.raises(SignatureWrongError):
        timestamps.check(token, CONTENT + b"x", name="x")
    with pytest.raises(SignatureUnreadableError, match="another request"):
        timestamps.check(token, CONTENT, name="x", nonce=78)
    with pytest.raises(SignatureUnreadableError, match="another request"):
        timestamps.check(
            authority.answer(timestamps.request(hashlib.sha256(CONTENT).digest())),
            CONTENT,
            name="x",
            nonce=77,
        )


@pytest.mark.parametrize(
    "issued",
    [
        # openssl itself refuses to stamp with another kind of certificate: it is exchanged after.
        stamper(critical=False),
        stamper(use=x509.ExtendedKeyUsage([*STAMPING, ExtendedKeyUsageOID.CODE_SIGNING])),
        issue(name("Giờ Việt Nam"), rsa_key(3), root()),
    ],
    ids=["not critical", "for more", "for nothing"],
)
def test_a_certificate_that_is_not_for_stamps_is_refused(issued: Issued, token: bytes) -> None:
    from asn1crypto import cms, tsp
    from asn1crypto.x509 import Certificate

    from stemkit.signing.signer import FileKey

    response = tsp.TimeStampResp.load(token)
    signed_data = response["time_stamp_token"]["content"]
    der = Certificate.load(issued.der)
    signed_data["certificates"] = [der]
    info = signed_data["signer_infos"][0]
    info["sid"] = cms.SignerIdentifier(
        "issuer_and_serial_number",
        cms.IssuerAndSerialNumber({"issuer": der.issuer, "serial_number": der.serial_number}),
    )
    kept = [
        row for row in info["signed_attrs"] if not row["type"].native.startswith("signing_cert")
    ]
    attributes = cms.CMSAttributes(kept)
    info["signed_attrs"] = attributes
    info["signature"] = FileKey(issued.key).sign(cms.CMSAttributes(kept).dump())
    forged = cms.ContentInfo({"content_type": "signed_data", "content": signed_data})
    with pytest.raises(SignatureUnreadableError, match="not one for timestamps"):
        timestamps.check(forged.dump(force=True), CONTENT, name="x")


def test_weak_stamps_are_refused(authority: Authority, tmp_path: Path) -> None:
    (authority.folder / "weak").write_bytes(CONTENT)
    authority.run("-query", "-data", "weak", "-sha1", "-cert", "-out", "weak.q")
    weak = authority.answer((authority.folder / "weak.q").read_bytes())
    with pytest.raises(SignatureUnreadableError, match="sha1"):
        timestamps.check(weak, CONTENT, name="x")
    old = Authority(tmp_path / "old", stamper(), digest="sha1")
    asked = timestamps.request(hashlib.sha256(CONTENT).digest())
    with pytest.raises(SignatureUnreadableError, match="sha1"):
        timestamps.check(old.answer(asked), CONTENT, name="x")
    authority.run("-query", "-data", "weak", "-sha512", "-cert", "-out", "good.q")
    good = authority.answer((authority.folder / "good.q").read_bytes())
    assert timestamps.check(good, CONTENT, name="x")


def test_a_refusal_is_told(authority: Authority) -> None:
    (authority.folder / "weak").write_bytes(CONTENT)
    authority.run("-query", "-data", "weak", "-md5", "-out", "md5.q")
    with pytest.raises(TimestampRefusedError):
        timestamps.check(
            authority.answer((authority.folder / "md5.q").read_bytes()), CONTENT, name="x"
        )


@pytest.mark.parametrize("data", [b"", b"hello", b"0" * 300, b"\x30\x80" * 2000, bytes(1 << 21)])
def test_what_is_no_stamp_is_refused(data: bytes) -> None:
    with pytest.raises(SignatureUnreadableError):
        timestamps.check(data, CONTENT, name="x")


@settings(max_examples=150)
@given(st.data())
def test_a_changed_stamp_never_tells_another_time(token: bytes, data: st.DataObject) -> None:
    true = timestamps.check(token, CONTENT, name="x", nonce=77)
    changed = bytearray(token)
    for _ in range(data.draw(st.integers(1, 3))):
        changed[data.draw(st.integers(0, len(token) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        found = timestamps.check(bytes(changed), CONTENT, name="x", nonce=77)
    except StemkitError:
        return
    assert (found.at, found.serial, found.authority.fingerprint) == (
        true.at,
        true.serial,
        true.authority.fingerprint,
    )


@contextmanager
def service(authority: Authority, status: int = 200, answers: bytes | None = None) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args: object) -> None:
            pass

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            assert self.headers["Content-Type"] == timestamps.REQUEST_TYPE
            answer = authority.answer(body) if answers is None else answers
            self.send_response(status)
            self.send_header("Content-Type", timestamps.RESPONSE_TYPE)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_a_service_is_asked_over_http(authority: Authority) -> None:
    with service(authority) as url:
        answer, stamped = stamp(CONTENT, url)
    assert timestamps.check(answer, CONTENT, name="x") == stamped
    other = authority.answer(timestamps.request(hashlib.sha256(b"other").digest()))
    for answers, why in ((b"<html>Sign in</html>", "not a"), (b"", "not a"), (other, "else")):
        with service(authority, answers=answers) as url, pytest.raises(TimestampUnfitError) as told:
            stamp(CONTENT, url)
        assert urlsplit(url).netloc in str(told.value)
        assert why in str(told.value)
    with service(authority, 404) as url, pytest.raises(NotOnServerError):
        stamp(CONTENT, url)
    with service(authority, 403) as url, pytest.raises(ServerRefusedError):
        stamp(CONTENT, url)
