"""Keys that never leave their token, with SoftHSM in its place."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization

from stemkit.signing.cms import sign_detached, verify_detached
from stemkit.signing.errors import TokenError
from stemkit.signing.token import token_signer
from tests.signing.authorities import Issued, intermediate, teacher

pkcs11 = pytest.importorskip("pkcs11")
LIBRARIES = [
    Path("/usr/lib/softhsm/libsofthsm2.so"),
    Path("/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so"),
]
LIBRARY = next((path for path in LIBRARIES if path.exists()), LIBRARIES[0])
PIN = "123456"


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """An empty token; the library reads its settings once a process."""
    folder = tmp_path_factory.mktemp("tokens")
    settings = folder / "softhsm2.conf"
    settings.write_text(f"directories.tokendir = {folder}\nobjectstore.backend = file\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SOFTHSM2_CONF", str(settings))
        words = ["softhsm2-util", "--init-token", "--free", "--label", "t", "--pin", PIN]
        subprocess.run([*words, "--so-pin", PIN], check=True, capture_output=True, timeout=30)
        library = pkcs11.lib(str(LIBRARY))
        library.reinitialize()
        yield library.get_token(token_label="t")


def put(token: Any, issued: Issued, label: str) -> None:
    """What the authority's shop does: key and certificates onto the token."""
    from pkcs11 import Attribute, CertificateType, ObjectClass
    from pkcs11.util.ec import decode_ec_private_key
    from pkcs11.util.rsa import decode_rsa_private_key
    from pkcs11.util.x509 import decode_x509_certificate

    plain = serialization.NoEncryption()
    old = serialization.PrivateFormat.TraditionalOpenSSL
    der = issued.key.private_bytes(serialization.Encoding.DER, old, plain)
    decode = decode_rsa_private_key if label == "rsa" else decode_ec_private_key
    mine = {Attribute.ID: label.encode(), Attribute.LABEL: label, Attribute.TOKEN: True}
    with token.open(user_pin=PIN, rw=True) as session:
        private = {**decode(der), **mine, Attribute.SIGN: True, Attribute.SENSITIVE: True}
        session.create_object({**private, Attribute.EXTRACTABLE: False})
        for number, certificate in enumerate(issued.chain):
            value = certificate.public_bytes(serialization.Encoding.DER)
            fields = {
                **decode_x509_certificate(value),
                Attribute.CLASS: ObjectClass.CERTIFICATE,
                Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
                Attribute.TOKEN: True,
                Attribute.ID: label.encode() if number == 0 else b"ca" + label.encode(),
                Attribute.LABEL: label if number == 0 else "ca",
            }
            session.create_object(fields)


@pytest.mark.debian("softhsm2")
def test_a_token_signs(token: Any) -> None:
    with pytest.raises(TokenError), token_signer(LIBRARY, PIN):
        pass
    put(token, teacher("rsa"), "rsa")
    with token_signer(LIBRARY, PIN) as signer:
        p7s = sign_detached(b"content", signer)
    signed = verify_detached(b"content", p7s, name="x")
    assert signed.name == "Nguyễn Thị Hoà"
    assert signed.certificates[0] == teacher("rsa").der
    assert intermediate().der in signed.certificates
    put(token, teacher("ec"), "ec")
    with pytest.raises(TokenError, match="several keys"), token_signer(LIBRARY, PIN):
        pass
    with token_signer(LIBRARY, PIN, "ec") as signer:
        p7s = sign_detached(b"content", signer)
    assert "P-256" in verify_detached(b"content", p7s, name="x").algorithm
    with pytest.raises(TokenError, match=r"(?i)pin"), token_signer(LIBRARY, "654321"):
        pass


@pytest.mark.debian("softhsm2")
def test_a_library_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(TokenError), token_signer(tmp_path / "gone.so", PIN):
        pass
