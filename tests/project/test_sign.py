"""Signatures side by side: own keys, three-level chains, other programs' work, timestamps."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from stemkit.actions.keys import own as keys
from stemkit.actions.projects.errors import (
    PackageBrokenError,
    SignedAlreadyError,
    WorthlessSignatureError,
)
from stemkit.actions.projects.sign import SignWanted, export_digest, sign
from stemkit.actions.projects.verify import VerifyWanted, verify
from stemkit.actions.projects.verify_people import check_people
from stemkit.model.verdict import Answer, Check
from stemkit.signing import timestamps
from stemkit.signing.certificates import to_pem
from stemkit.signing.errors import SignatureWrongError
from stemkit.storage import keyring
from stemkit.storage.package_reader import open_package
from tests.signing.authorities import NOW, intermediate, issue, name, root, rsa_key, teacher
from tests.signing.test_hostile import ONLY_KEYS
from tests.signing.test_timestamps import STAMPING, Authority, service, stamper

from .made import made_project, members, packed, rewritten

TAGS = "thermo/tagmanifest-sha256.txt"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return packed(made_project(tmp_path / "thermo"), tmp_path / "thermo.zip").path


def check(package: Path, name: str) -> Check:
    return verify(package, VerifyWanted(run=False)).check(name)


def p12(folder: Path, kind: str) -> Path:
    path = folder / f"{kind}.p12"
    path.write_bytes(teacher(kind).p12(b"secret"))
    return path


def test_a_team_and_a_school_sign_side_by_side(package: Path, tmp_path: Path) -> None:
    keys.new_key("Đội Cáo")
    before = members(package)
    team = sign(package, SignWanted(label="team"))
    school = SignWanted(file=p12(tmp_path, "rsa"), label="school")
    sign(package, school, lambda name: b"secret")
    after = members(package)
    assert list(after)[-2:] == ["thermo/signatures/10-team.p7s", "thermo/signatures/20-school.p7s"]
    assert {path: after[path] for path in before} == before
    told = check(package, "signed")
    assert told.answer is Answer.YES
    assert "Đội Cáo" in told.evidence[0]
    assert "your own key" in told.evidence[0]
    assert "does not know the authority" in told.evidence[1]
    verdict = verify(package, VerifyWanted(run=False))
    assert verdict.check("intact").answer is Answer.YES
    assert verdict.identity == team.identity
    with pytest.raises(SignedAlreadyError):
        sign(package, SignWanted())
    sign(package, SignWanted(force=True))
    assert list(members(package)) == list(after)
    keyring.authorities().add("root", to_pem([root().der]))
    assert "an authority that this computer trusts" in check(package, "signed").evidence[1]


@pytest.mark.debian("openssl")
@pytest.mark.parametrize(("kind", "pss"), [("rsa", False), ("rsa", True), ("ec", False)])
def test_openssl_verifies_a_three_level_chain(
    package: Path, tmp_path: Path, kind: str, pss: bool
) -> None:
    sign(package, SignWanted(file=p12(tmp_path, kind), pss=pss, label="x"), lambda _: b"secret")
    found = members(package)
    (tmp_path / "tags").write_bytes(found[TAGS])
    (tmp_path / "x.p7s").write_bytes(found["thermo/signatures/10-x.p7s"])
    (tmp_path / "root.pem").write_bytes(to_pem([root().der]))
    words = ["openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", "x.p7s",
             "-content", "tags", "-CAfile", "root.pem", "-purpose", "any",
             "-out", "out"]  # fmt: skip
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=30, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "out").read_bytes() == found[TAGS]


@pytest.mark.debian("openssl")
def test_a_key_for_pss_alone_signs_so(package: Path, tmp_path: Path) -> None:
    def openssl(*words: str) -> None:
        done = subprocess.run(
            ["openssl", *words], cwd=tmp_path, capture_output=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stderr

    openssl("req", "-x509", "-newkey", "rsa-pss", "-pkeyopt", "rsa_keygen_bits:2048", "-nodes",
            "-subj", "/CN=School", "-keyout", "key.pem", "-out", "own.pem")  # fmt: skip
    both = (tmp_path / "key.pem").read_bytes() + (tmp_path / "own.pem").read_bytes()
    (tmp_path / "both.pem").write_bytes(both)
    sign(package, SignWanted(file=tmp_path / "both.pem", label="x"))
    assert check(package, "signed").answer is Answer.YES
    found = members(package)
    (tmp_path / "tags").write_bytes(found[TAGS])
    (tmp_path / "x.p7s").write_bytes(found["thermo/signatures/10-x.p7s"])
    openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", "x.p7s", "-content", "tags",
            "-CAfile", "own.pem", "-purpose", "any", "-out", "out")  # fmt: skip


@pytest.mark.debian("openssl")
def test_another_program_signs_what_was_exported(package: Path, tmp_path: Path) -> None:
    export_digest(package, tmp_path / "tags")
    (tmp_path / "all.pem").write_bytes(teacher("rsa").pem())
    words = ["openssl", "cms", "-sign", "-binary", "-in", "tags", "-signer", "all.pem",
             "-outform", "PEM", "-out", "made.p7s"]  # fmt: skip
    subprocess.run(words, cwd=tmp_path, capture_output=True, timeout=30, check=True)
    sign(package, SignWanted(p7s=tmp_path / "made.p7s"))
    assert check(package, "signed").answer is Answer.YES
    other = packed(tmp_path / "thermo", tmp_path / "other.zip").path
    rewritten(other, lambda files: None)
    (tmp_path / "thermo" / "README.md").write_text("x")
    other = packed(tmp_path / "thermo", tmp_path / "third.zip").path
    before = other.read_bytes()
    with pytest.raises(SignatureWrongError):
        sign(other, SignWanted(p7s=tmp_path / "made.p7s"))
    assert other.read_bytes() == before


@pytest.mark.debian("openssl")
def test_a_timestamp_is_over_the_signature(package: Path, tmp_path: Path) -> None:
    keys.new_key("team")
    authority = Authority(tmp_path / "tsa", stamper())
    with service(authority) as url:
        signed = sign(package, SignWanted(timestamp_url=url))
    assert signed.stamped is not None
    told = check(package, "timestamped")
    assert told.answer is Answer.UNKNOWN  # anybody could call themselves so
    assert "Giờ Việt Nam" in told.detail
    keyring.authorities().add("root", to_pem([root().der]))
    assert check(package, "timestamped").answer is Answer.YES
    found = members(package)
    (tmp_path / "tsa" / "data").write_bytes(found["thermo/signatures/10-team.p7s"])
    (tmp_path / "tsa" / "kept").write_bytes(found["thermo/signatures/10-team.tsr"])
    authority.run("-verify", "-data", "data", "-in", "kept", "-CAfile", "root.pem")
    # Signed anew without a timestamp: the old one would be over nothing.
    sign(package, SignWanted(force=True))
    assert check(package, "timestamped").answer is Answer.UNKNOWN
    # Not the old one: signed anew within the same second, the signature is the same bytes.
    others = authority.answer(timestamps.request(hashlib.sha256(b"other").digest()))

    def moved(files: dict[str, bytes]) -> None:
        files["thermo/signatures/10-team.tsr"] = others

    rewritten(package, moved)
    bad = check(package, "timestamped")
    assert bad.answer is Answer.NO
    assert "signatures/10-team.tsr" in bad.detail


@pytest.mark.debian("openssl")
def test_an_expired_certificate_needs_a_timestamp_of_a_trusted_authority(
    package: Path, tmp_path: Path
) -> None:
    end = NOW + timedelta(days=1)
    short = issue(name("Cô Xuân"), rsa_key(6), intermediate(), end=end)
    file = tmp_path / "short.pem"
    file.write_bytes(short.pem())
    keyring.authorities().add("root", to_pem([root().der]))
    honest = Authority(tmp_path / "tsa", stamper())
    self_made = issue(name("Giờ"), rsa_key(7), extensions=((STAMPING, True),))
    anybody = Authority(tmp_path / "anybody", self_made)

    def later() -> tuple[Check, Check]:
        with open_package(package) as opened:
            return check_people(opened, end + timedelta(days=1))

    with service(honest) as url:
        sign(package, SignWanted(file=file, timestamp_url=url))
    signed, stamped = later()
    assert "lead to an authority" in signed.evidence[0]
    assert stamped.answer is Answer.YES
    with service(anybody) as url:
        sign(package, SignWanted(file=file, timestamp_url=url, force=True))
    signed, stamped = later()
    assert "had expired" in signed.evidence[0]
    assert stamped.answer is Answer.UNKNOWN


def test_a_signature_of_another_package_is_caught(package: Path, tmp_path: Path) -> None:
    keys.new_key("team")
    sign(package, SignWanted())
    (tmp_path / "thermo" / "README.md").write_text("x")
    other = packed(tmp_path / "thermo", tmp_path / "other.zip").path
    swapped = members(package)["thermo/signatures/10-team.p7s"]
    rewritten(other, lambda files: files.update({"thermo/signatures/10-team.p7s": swapped}))
    told = check(other, "signed")
    assert told.answer is Answer.NO
    assert "signatures/10-team.p7s" in told.detail
    assert not verify(other, VerifyWanted(run=False)).ok


DAY = timedelta(days=1)


@pytest.mark.parametrize("trusted", [False, True])
def test_a_certificate_counts_in_its_time_alone(
    package: Path, tmp_path: Path, trusted: bool
) -> None:
    if trusted:
        keyring.authorities().add("root", to_pem([root().der]))
    end = NOW + DAY
    file = tmp_path / "short.pem"
    file.write_bytes(issue(name("Cô Xuân"), rsa_key(6), intermediate(), end=end).pem())
    sign(package, SignWanted(file=file))

    def signed(at: datetime) -> Check:
        with open_package(package) as opened:
            return check_people(opened, at)[0]

    assert signed(NOW).answer is Answer.YES
    # Nobody but the signer says that it was signed before the certificate ran out.
    assert signed(end + DAY).answer is Answer.UNKNOWN
    assert "had expired" in signed(end + DAY).evidence[0]
    assert signed(NOW - 40 * DAY).answer is Answer.NO


@pytest.mark.parametrize(
    "when", [{"begin": NOW + DAY}, {"begin": NOW - 3 * DAY, "end": NOW - DAY}, {}]
)
def test_what_no_judge_would_take_is_not_signed(
    package: Path, tmp_path: Path, when: dict[str, datetime]
) -> None:
    usage = () if when else ((ONLY_KEYS, True),)
    file = tmp_path / "bad.pem"
    file.write_bytes(
        issue(name("Cô Xuân"), rsa_key(6), intermediate(), extensions=usage, **when).pem()
    )
    before = package.read_bytes()
    with pytest.raises(WorthlessSignatureError, match="Cô Xuân"):
        sign(package, SignWanted(file=file))
    assert package.read_bytes() == before


def test_a_changed_package_is_not_signed(package: Path) -> None:
    keys.new_key("team")
    rewritten(package, lambda files: files.update({"thermo/data/x.txt": b"x"}))
    before = package.read_bytes()
    with pytest.raises(PackageBrokenError, match=r"x\.txt"):
        sign(package, SignWanted())
    assert package.read_bytes() == before


def test_a_trusted_signer_is_told_so(package: Path, tmp_path: Path, own_home: Path) -> None:
    key = keys.new_key("team")
    sign(package, SignWanted())
    certificate = tmp_path / "team.crt"
    keys.export_key(key.id, certificate)
    keys.remove_key(key.id)
    assert "not in your list" in check(package, "signed").evidence[0]
    keyring.trusted().add("team", certificate.read_bytes())
    assert "a signer whom you trust" in check(package, "signed").evidence[0]
