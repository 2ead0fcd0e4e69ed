"""Keys and signatures, against the openssl program."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.signing import keys
from stemkit.signing.errors import KeyUnusableError, SignatureWrongError

PRIVATE = keys.new_private_key()
PUBLIC = keys.public_key(PRIVATE)
DATA = b'{"schema": "x"}'
SIGNATURE = keys.sign(PRIVATE, DATA)


def test_a_signature_fits_its_key_and_data_alone() -> None:
    signature = SIGNATURE
    keys.verify(PUBLIC, DATA, signature)
    assert keys.sign(PRIVATE, DATA) != signature
    other = keys.public_key(keys.new_private_key())
    for public, data, sig in [
        (other, DATA, signature),
        (PUBLIC, DATA + b" ", signature),
        (PUBLIC, DATA, signature[:-1]),
        (PUBLIC, DATA, b""),
    ]:
        with pytest.raises(SignatureWrongError):
            keys.verify(public, data, sig)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_changed_signature_is_accepted(data: st.DataObject) -> None:
    signature = bytearray(SIGNATURE)
    place = data.draw(st.integers(0, len(signature) - 1))
    signature[place] ^= data.draw(st.integers(1, 255))
    with pytest.raises(SignatureWrongError):
        keys.verify(PUBLIC, DATA, bytes(signature))


@pytest.mark.debian("openssl")
def test_openssl_agrees(tmp_path: Path) -> None:
    for name, content in {
        "key": PUBLIC, "data": DATA, "sig": keys.sign(PRIVATE, DATA), "private": PRIVATE,
    }.items():  # fmt: skip
        (tmp_path / name).write_bytes(content)

    def openssl(*words: str) -> bytes:
        return subprocess.run(
            ["openssl", *words], cwd=tmp_path, check=True, capture_output=True, timeout=30
        ).stdout

    assert b"OK" in openssl("dgst", "-sha256", "-verify", "key", "-signature", "sig", "data")
    keys.verify(PUBLIC, DATA, openssl("dgst", "-sha256", "-sign", "private", "data"))
    der = openssl("pkey", "-pubin", "-in", "key", "-outform", "DER")
    import hashlib

    assert hashlib.sha256(der).hexdigest() == keys.fingerprint(PUBLIC)


def _rsa() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(65537, 2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@pytest.mark.parametrize("pem", [b"", b"hello", PUBLIC, PRIVATE[:60], _rsa()])
def test_what_is_no_private_key_is_refused(pem: bytes) -> None:
    with pytest.raises(KeyUnusableError):
        keys.sign(pem, DATA)


@pytest.mark.parametrize("pem", [b"", b"hello", PRIVATE, PUBLIC[:60]])
def test_what_is_no_public_key_is_refused(pem: bytes) -> None:
    with pytest.raises(KeyUnusableError):
        keys.verify(pem, DATA, b"")
