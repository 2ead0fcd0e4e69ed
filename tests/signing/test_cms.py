"""Detached signatures, both ways against the openssl program, and from hostile hands."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stemkit.model.signature import ChainState, SignedBy
from stemkit.signing import chain
from stemkit.signing.cms import sign_detached, verify_detached
from stemkit.signing.errors import SignatureWrongError
from stemkit.signing.signer import Signer, load_signer, new_identity
from tests.signing.authorities import CITIZEN, NOW, root, teacher

CONTENT = b'{"schema":"stemkit.bundle/1"}\n'


def signers() -> dict[str, Signer]:
    return {
        "P-256, self-signed": load_signer(new_identity("Cô Hoà"), "x"),
        "P-256": load_signer(teacher("ec").pem(), "x"),
        "RSA": load_signer(teacher("rsa").pem(), "x"),
        "RSA-PSS": load_signer(teacher("rsa").p12(b"abc"), "x", b"abc", pss=True),
    }


@pytest.mark.parametrize("kind", signers())
def test_who_signed_is_told(kind: str) -> None:
    signer = signers()[kind]
    p7s = sign_detached(CONTENT, signer)
    found = verify_detached(CONTENT, p7s, name="x")
    assert found.self_signed == (kind == "P-256, self-signed")
    assert found.signed_at is None
    assert found.name in ("Cô Hoà", "Nguyễn Thị Hoà")
    assert found.certificates == signer.certificates
    assert CITIZEN not in repr(found)
    with pytest.raises(SignatureWrongError):
        verify_detached(CONTENT + b" ", p7s, name="x")
    if kind != "RSA-PSS":
        assert sign_detached(CONTENT, signer) == p7s
    now = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
    timed = sign_detached(CONTENT, signer, signed_at=now)
    assert verify_detached(CONTENT, timed, name="x").signed_at == now


@pytest.mark.debian("openssl")
@pytest.mark.parametrize("kind", signers())
def test_openssl_verifies_what_is_made(kind: str, tmp_path: Path) -> None:
    signer = signers()[kind]
    (tmp_path / "content").write_bytes(CONTENT)
    (tmp_path / "p7s").write_bytes(sign_detached(CONTENT, signer, signed_at=NOW))
    from stemkit.signing.certificates import to_pem

    anchor = signer.certificates[0] if "self" in kind else root().der
    (tmp_path / "root.pem").write_bytes(to_pem([anchor]))
    words = "cms -verify -binary -inform DER -in p7s -content content -CAfile root.pem"
    command = ["openssl", *words.split(), "-purpose", "any", "-out", "told"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30)
    assert run.returncode == 0, run.stderr
    assert (tmp_path / "told").read_bytes() == CONTENT
    (tmp_path / "content").write_bytes(CONTENT + b" ")
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30).returncode


def signed(kind: str = "rsa") -> SignedBy:
    signer = load_signer(teacher(kind).pem(), "x")
    return verify_detached(CONTENT, sign_detached(CONTENT, signer), name="x")


def test_a_chain_is_judged_offline() -> None:
    roots = [root().der]
    assert chain.judge(signed(), roots, NOW) is ChainState.TRUSTED
    assert chain.judge(signed("ec"), roots, NOW) is ChainState.TRUSTED
    assert chain.judge(signed(), [], NOW) is ChainState.UNKNOWN_ISSUER
    assert chain.judge(signed(), roots, NOW + timedelta(days=301)) is ChainState.EXPIRED
    assert chain.judge(signed(), roots, NOW - timedelta(days=31)) is ChainState.NOT_YET
    own = load_signer(new_identity("Cô Hoà"), "x")
    told = verify_detached(CONTENT, sign_detached(CONTENT, own), name="x")
    assert chain.judge(told, roots, NOW) is ChainState.SELF_SIGNED
    assert chain.judge(told, own.certificates, datetime.now(UTC)) is ChainState.TRUSTED


def test_a_process_that_verified_before_it_signed_can_sign(tmp_path: Path) -> None:
    """`asn1crypto` learns attributes on import, too late once others were looked up."""
    p7s = sign_detached(CONTENT, signers()["P-256"])
    (tmp_path / "p7s").write_bytes(p7s)
    code = (
        "import pathlib, sys\n"
        "from stemkit.signing.cms import sign_detached, verify_detached\n"
        "from stemkit.signing.signer import load_signer, new_identity\n"
        "verify_detached(sys.argv[1].encode(), pathlib.Path('p7s').read_bytes(), name='x')\n"
        "sign_detached(b'x', load_signer(new_identity('x'), 'x'))\n"
    )
    subprocess.run([sys.executable, "-c", code, CONTENT.decode()], cwd=tmp_path, check=True,
                   env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])})  # fmt: skip
