"""`stemkit key` as a trainer and a teacher use it, and who vouches for a bundle."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import unicodedata
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from stemkit.__main__ import main
from stemkit.formats.bundle import pack_bundle, read_bundle
from stemkit.signing.certificates import holder_of, load_all, to_pem
from stemkit.storage import places
from tests.conftest import ROOT
from tests.signing.authorities import NOW, intermediate, issue, name, root, rsa_key, teacher

Capture = pytest.CaptureFixture[str]
LESSON = "01-first-light"


def answer(capsys: Capture, *words: str, code: int = 0) -> dict[str, Any]:
    """What a command answers with --json (its error where it fails)."""
    capsys.readouterr()
    assert main([*words, "--json"]) == code
    out, err = capsys.readouterr()
    found: dict[str, Any] = json.loads(out) if code in (0, 1) else json.loads(err)["error"]
    return found


@pytest.fixture
def hoa(capsys: Capture) -> dict[str, Any]:
    """A trainer's key."""
    found: dict[str, Any] = answer(capsys, "key", "new", "Cô Hoà", "--organisation", "THPT số 1")[
        "key"
    ]
    return found


def another_computer(monkeypatch: pytest.MonkeyPatch, path: Path) -> None:
    monkeypatch.setenv("STEMKIT_HOME", str(path / "another"))


def build(into: Path, *words: str) -> Path:
    assert main(["lesson", "build", LESSON, "--no-run", "--into", str(into), *words]) == 0
    return into / f"{LESSON}-1.0.0.stem"


def test_a_key_is_made_once_and_kept_from_others(hoa: dict[str, Any], capsys: Capture) -> None:
    assert (hoa["id"], hoa["name"], hoa["locked"]) == ("co-hoa", "Cô Hoà", False)
    file = places.keys() / "co-hoa.pem"
    before = file.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert answer(capsys, "key", "new", "co hoa", code=2)["code"] == "key-there"
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == ["co-hoa.pem"]
    (row,) = answer(capsys, "key", "list")["keys"]
    assert row == hoa
    assert len(row["number"].split()) == 8
    assert main(["key", "list"]) == 0
    assert row["number"] in capsys.readouterr().out


def test_a_name_that_another_keyboard_typed_is_the_same(capsys: Capture) -> None:
    typed = unicodedata.normalize("NFD", "Cô Hoà")
    key = answer(capsys, "key", "new", typed)["key"]
    assert (key["id"], key["name"]) == ("co-hoa", "Cô Hoà")
    pem = (places.keys() / "co-hoa.pem").read_bytes()
    assert "Cô Hoà".encode() in load_all(pem, "x")[0]


@pytest.mark.parametrize("name", ["", "!!", "⟨⟩", "\x1b[31m"])
def test_a_key_needs_a_name(name: str, capsys: Capture) -> None:
    assert answer(capsys, "key", "new", name, code=2)["code"] == "key-name"
    assert not places.keys().exists()


def test_a_locked_key_asks_for_its_passphrase(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    words = ("key", "new", "Thầy Đức", "--passphrase")
    assert answer(capsys, *words, code=2)["code"] == "passphrase-needed"
    monkeypatch.setenv("STEMKIT_KEY_PASSPHRASE", "mật khẩu")
    assert answer(capsys, *words)["key"]["locked"] is True
    assert b"ENCRYPTED" in (places.keys() / "thay-duc.pem").read_bytes()
    assert build(tmp_path).is_file()
    # The same letters from another way of typing.
    monkeypatch.setenv("STEMKIT_KEY_PASSPHRASE", unicodedata.normalize("NFD", "mật khẩu"))
    assert build(tmp_path).is_file()
    building = ("lesson", "build", LESSON, "--no-run", "--into", str(tmp_path))
    monkeypatch.setenv("STEMKIT_KEY_PASSPHRASE", "wrong")
    assert answer(capsys, *building, code=2)["code"] == "passphrase-wrong"
    monkeypatch.delenv("STEMKIT_KEY_PASSPHRASE")
    assert answer(capsys, *building, code=2)["code"] == "passphrase-needed"
    # Listing and trusting need no passphrase.
    assert answer(capsys, "key", "list")["keys"][0]["name"] == "Thầy Đức"


def test_a_passphrase_is_set_changed_and_taken_away(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, hoa: dict[str, Any]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    file = places.keys() / "co-hoa.pem"
    words = ("key", "passphrase", "Cô Hoà")
    assert answer(capsys, *words, code=2)["code"] == "new-passphrase-needed"
    monkeypatch.setenv("STEMKIT_NEW_KEY_PASSPHRASE", "một")
    assert answer(capsys, *words)["locked"] is True
    locked = file.read_bytes()
    assert b"ENCRYPTED" in locked
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    monkeypatch.setenv("STEMKIT_NEW_KEY_PASSPHRASE", "hai")
    assert answer(capsys, *words, code=2)["code"] == "passphrase-needed"
    monkeypatch.setenv("STEMKIT_KEY_PASSPHRASE", "sai")
    assert answer(capsys, *words, code=2)["code"] == "passphrase-wrong"
    assert answer(capsys, *words, "--remove", code=2)["code"] == "passphrase-wrong"
    assert file.read_bytes() == locked
    monkeypatch.setenv("STEMKIT_KEY_PASSPHRASE", "một")
    assert answer(capsys, *words)["locked"] is True
    assert answer(capsys, *words, code=2)["code"] == "passphrase-wrong"
    monkeypatch.setenv("STEMKIT_KEY_PASSPHRASE", "hai")
    assert build(tmp_path).is_file()
    assert answer(capsys, *words, "--remove")["locked"] is False
    # It is the same key with the same certificate all the time.
    assert answer(capsys, "key", "list")["keys"] == [hoa]


def test_only_keys_of_people_are_locked(capsys: Capture) -> None:
    from stemkit.signing.keys import new_private_key
    from stemkit.storage import keyring

    keyring.own().add("mirror", new_private_key())
    assert answer(capsys, "key", "passphrase", "mirror", code=2)["code"] == "key-for-mirrors"
    assert answer(capsys, "key", "passphrase", "nobody", code=5)["code"] == "no-such-key"


def test_a_certificate_of_an_authority_is_brought(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "Hoà.p12"
    file.write_bytes(teacher().p12(b"1234"))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert answer(capsys, "key", "import", str(file), code=2)["code"] == "passphrase-needed"
    monkeypatch.setenv("STEMKIT_KEY_PASSPHRASE", "12345")
    assert answer(capsys, "key", "import", str(file), code=2)["code"] == "passphrase-wrong"
    monkeypatch.setenv("STEMKIT_KEY_PASSPHRASE", "1234")
    key = answer(capsys, "key", "import", str(file))["key"]
    assert (key["id"], key["name"], key["issuer"]) == ("hoa", "Nguyễn Thị Hoà", "Sub CA")
    assert key["personal_numbers"] == ["CCCD"]
    assert "0123456789" not in json.dumps(key)  # which kind, never the number
    bundle = read_bundle(build(tmp_path).read_bytes(), "x")
    assert list(bundle.signatures()) == ["signatures/10-nguyen-thi-hoa.p7s"]
    shown = answer(capsys, "lesson", "show", str(tmp_path / f"{LESSON}-1.0.0.stem"))
    assert shown["bundle"]["signers"][0]["name"] == "Nguyễn Thị Hoà"
    assert answer(capsys, "key", "import", str(file), code=2)["code"] == "key-there"


KEY_ALONE = teacher().pem().partition(b"-----BEGIN CERT")[0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"hello",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
        KEY_ALONE,
        KEY_ALONE + intermediate().pem().partition(b"KEY-----\n-----BEGIN")[2],
        KEY_ALONE + to_pem([root().der]),
    ],
    ids=["empty", "text", "no key", "no certificate", "torn certificate", "another's"],
)
def test_a_file_without_a_key_and_its_certificate_is_refused(
    content: bytes, capsys: Capture, tmp_path: Path
) -> None:
    file = tmp_path / "x.pem"
    file.write_bytes(content)
    assert answer(capsys, "key", "import", str(file), code=5)["code"] == "signer-unusable"
    assert not places.keys().exists() or not list(places.keys().iterdir())


def test_a_teacher_trusts_by_the_number_alone(
    hoa: dict[str, Any], capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    certificate = tmp_path / "hoa.crt"
    assert main(["key", "export", "Cô Hoà", str(certificate)]) == 0
    assert b"PRIVATE" not in certificate.read_bytes()
    assert answer(capsys, "key", "export", "co-hoa", str(certificate), code=2)["code"] == (
        "file-there"
    )
    bundle = build(tmp_path)
    another_computer(monkeypatch, tmp_path)
    assert answer(capsys, "lesson", "show", str(bundle))["bundle"]["standing"] == "unknown"
    trusting = ("key", "trust", str(certificate))
    assert answer(capsys, *trusting, code=2)["code"] == "key-number-needed"
    wrong = ("--number", "12345 " * 8)
    assert answer(capsys, *trusting, *wrong, code=6)["code"] == "key-number-differs"
    number = ("--number", hoa["number"].replace(" ", "-"))
    assert answer(capsys, *trusting, *number)["key"]["kind"] == "trusted"
    assert answer(capsys, *trusting, *number)["key"]["id"] == "co-hoa"  # again: nothing new
    assert answer(capsys, "lesson", "show", str(bundle))["bundle"]["standing"] == "trusted"
    capsys.readouterr()
    assert main(["lesson", "show", str(bundle)]) == 0
    assert "Careful" not in capsys.readouterr().err
    assert main(["key", "untrust", "Cô Hoà"]) == 0
    assert answer(capsys, "key", "untrust", "co-hoa", code=5)["code"] == "no-such-key"
    # The lesson itself brings its signer too; all 64 hex digits do as well.
    trusting = ("key", "trust", str(bundle), "--name", "hoà của trường")
    assert answer(capsys, *trusting, "--number", hoa["fingerprint"])["key"]["id"] == (
        "hoa-cua-truong"
    )
    assert answer(capsys, "lesson", "show", str(bundle))["bundle"]["standing"] == "trusted"


def test_a_judge_trusts_who_signed_a_project(
    hoa: dict[str, Any], capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    answers = ["--title", "T", "--question", "Q", "--team", "fox", "--club", "C", "--contest", ""]
    assert main(["project", "new", "thermo", "--board", "esp32", *answers]) == 0
    assert main(["project", "pack", "thermo"]) == 0
    trusting = ("key", "trust", "thermo.zip")
    assert answer(capsys, *trusting, code=2)["code"] == "not-signed"
    (tmp_path / "minh.pem").write_bytes(teacher().pem())
    assert main(["project", "sign", "thermo.zip"]) == 0
    assert main(["project", "sign", "thermo.zip", "--certificate", "minh.pem"]) == 0
    another_computer(monkeypatch, tmp_path)
    assert answer(capsys, *trusting, code=2)["code"] == "key-number-needed"
    assert answer(capsys, *trusting, "--number", "1", code=6)["code"] == "key-number-differs"
    second = holder_of(teacher().der).fingerprint
    told = [answer(capsys, *trusting, "--number", n)["key"] for n in (hoa["number"], second)]
    assert [key["name"] for key in told] == ["Cô Hoà", "Nguyễn Thị Hoà"]
    capsys.readouterr()
    assert main(["project", "verify", "thermo.zip", "--no-run"]) in (0, 1)
    assert capsys.readouterr().out.count("a signer whom you trust") == 2


def test_an_unsigned_lesson_tells_nobody_to_trust(capsys: Capture, tmp_path: Path) -> None:
    bundle = build(tmp_path, "--unsigned")
    assert answer(capsys, "key", "trust", str(bundle), code=2)["code"] == "not-signed"
    page = tmp_path / "page.crt"
    page.write_bytes(b"<!doctype html>")
    assert answer(capsys, "key", "trust", str(page), code=5)["code"] == "certificate-unreadable"
    assert answer(capsys, "key", "trust", "gone.crt", code=5)["code"] == "no-such-file"


def test_only_the_certificate_whose_number_was_compared_is_trusted(
    capsys: Capture, tmp_path: Path
) -> None:
    file = tmp_path / "several.crt"
    file.write_bytes(to_pem([root().der, intermediate().der, teacher().der]))
    number = holder_of(root().der).fingerprint
    assert main(["key", "trust", str(file), "--authority", "--number", number]) == 0
    (kept,) = (places.keys() / "authorities").iterdir()
    assert kept.read_bytes() == to_pem([root().der])
    (row,) = answer(capsys, "key", "list")["keys"]
    assert (row["kind"], row["name"]) == ("authority", "Gốc Việt Nam")


def test_the_only_key_signs_and_several_must_be_named(
    hoa: dict[str, Any], capsys: Capture, tmp_path: Path
) -> None:
    assert read_bundle(build(tmp_path / "1").read_bytes(), "x").signatures()
    assert not read_bundle(build(tmp_path / "2", "--unsigned").read_bytes(), "x").signatures()
    main(["key", "new", "Minh"])
    words = ("lesson", "build", LESSON, "--no-run", "--into", str(tmp_path / "3"))
    assert answer(capsys, *words, code=2)["code"] == "several-keys"
    assert answer(capsys, *words, "--key", "nobody", code=5)["code"] == "no-such-key"
    assert not (tmp_path / "3").exists()
    built = answer(capsys, *words, "--key", "minh")["bundles"]
    assert {row["signer"] for row in built} == {"Minh"}


def test_the_key_of_a_mirror_is_listed_and_signs_no_lesson(capsys: Capture, tmp_path: Path) -> None:
    from stemkit.signing import keys

    places.keys().mkdir(parents=True)
    private = keys.new_private_key()
    (places.keys() / "mirror.pem").write_bytes(private)
    (row,) = answer(capsys, "key", "list")["keys"]
    assert row["fingerprint"] == keys.fingerprint(keys.public_key(private))
    assert row["not_after"] is None
    assert not read_bundle(build(tmp_path).read_bytes(), "x").signatures()
    words = ("lesson", "build", LESSON, "--no-run", "--into", str(tmp_path), "--key", "mirror")
    assert answer(capsys, *words, code=2)["code"] == "key-without-certificate"


def test_a_key_with_a_certificate_signs_a_mirror_too(hoa: dict[str, Any]) -> None:
    from stemkit.signing import keys

    private = (places.keys() / "co-hoa.pem").read_bytes()
    public = keys.public_key(private)
    assert keys.fingerprint(public) == hoa["fingerprint"]
    keys.verify(public, b"index", keys.sign(private, b"index"))


def test_a_key_is_not_deleted_by_mistake(
    hoa: dict[str, Any], capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["key", "remove", "co-hoa"]) == 2
    assert (places.keys() / "co-hoa.pem").is_file()
    copy = tmp_path / "copy.pem"
    assert main(["key", "export", "co-hoa", "--private"]) == 2
    assert "PRIVATE" not in capsys.readouterr().out
    assert main(["key", "export", "co-hoa", str(copy), "--private"]) == 0
    if os.name == "posix":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    assert main(["key", "remove", "co-hoa", "--yes"]) == 0
    assert answer(capsys, "key", "list")["keys"] == []
    assert answer(capsys, "key", "import", str(copy))["key"]["fingerprint"] == hoa["fingerprint"]


def test_two_who_make_the_same_key_at_once_do_not_overwrite_each_other() -> None:
    command = [sys.executable, "-m", "stemkit", "key", "new", "Cô Hoà", "--json"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    running = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(4)
    ]
    told = [process.communicate(timeout=60)[0] for process in running]
    codes = sorted(process.returncode for process in running)
    assert codes == [0, 2, 2, 2]
    (made,) = [json.loads(text)["key"]["fingerprint"] for text in told if text]
    from stemkit.actions.keys.own import own_keys

    assert [key.fingerprint for key in own_keys()] == [made]


def test_a_key_and_its_certificate_may_lie_in_two_files(capsys: Capture, tmp_path: Path) -> None:
    key, certificate = tmp_path / "hoa.pem", tmp_path / "hoa.cer"
    key.write_bytes(KEY_ALONE)
    certificate.write_bytes(teacher().der)
    found = answer(capsys, "key", "import", str(key), "--certificate", str(certificate))["key"]
    assert found["name"] == "Nguyễn Thị Hoà"
    certificate.write_bytes(intermediate().der)
    words = ("key", "import", str(key), "--name", "x", "--certificate", str(certificate))
    assert answer(capsys, *words, code=5)["code"] == "signer-unusable"


def test_a_damaged_file_in_the_keyring_hides_no_other(hoa: dict[str, Any], capsys: Capture) -> None:
    (places.keys() / "odd.pem").write_bytes(b"odd")
    found = answer(capsys, "key", "list")
    assert [key["id"] for key in found["keys"]] == ["co-hoa"]
    assert found["unreadable"] == [str(places.keys() / "odd.pem")]
    assert main(["key", "list"]) == 0
    assert "odd.pem is damaged" in capsys.readouterr().err


def test_whom_a_trusted_authority_knows_is_trusted(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "hoa.pem"
    file.write_bytes(teacher().pem())
    main(["key", "import", str(file)])
    bundle = build(tmp_path)
    another_computer(monkeypatch, tmp_path)
    showing = ("lesson", "show", str(bundle))
    assert answer(capsys, *showing)["bundle"]["standing"] == "unknown"
    (tmp_path / "root.cer").write_bytes(root().der)
    number = holder_of(root().der).fingerprint
    words = ["key", "trust", str(tmp_path / "root.cer"), "--authority", "--number", number]
    assert main(words) == 0
    assert answer(capsys, *showing)["bundle"]["standing"] == "trusted"
    assert main(["key", "untrust", "Gốc Việt Nam"]) == 0
    assert answer(capsys, *showing)["bundle"]["standing"] == "unknown"
    # To trust the person who is an authority is not to trust whom they vouch for.
    assert main([word for word in words if word != "--authority"]) == 0
    assert answer(capsys, *showing)["bundle"]["standing"] == "unknown"


def test_a_key_that_ended_is_told(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    past = {"begin": NOW - timedelta(days=9), "end": NOW - timedelta(days=2)}
    old = issue(name("Cô Xuân"), rsa_key(2), **past)
    (tmp_path / "old.pem").write_bytes(old.pem())
    main(["key", "import", str(tmp_path / "old.pem")])
    assert answer(capsys, "key", "list")["keys"][0]["expired"] is True
    assert main(["lesson", "show", str(build(tmp_path))]) == 0
    told = capsys.readouterr().err
    assert told.count(f" on {NOW - timedelta(days=2):%Y-%m-%d}") == 2  # building, and showing


def changed(bundle: Path, into: Path) -> Path:
    """The bundle with another licence in its manifest, put together rightly again."""
    read = read_bundle(bundle.read_bytes(), "x")
    manifest = read.manifest.replace(b"CC-BY-SA-4.0", b"CC-BY-SA-3.0")
    assert manifest != read.manifest
    into.write_bytes(pack_bundle(manifest, read.files(), read.signatures()))
    return into


@pytest.mark.parametrize(
    "words",
    [
        ["deploy", "FILE"],
        ["flash", "--lesson", "FILE"],
        ["lesson", "show", "FILE"],
        ["key", "trust", "FILE", "--number", "1"],
    ],
    ids=" ".join,
)
def test_a_tampered_bundle_is_refused_before_a_board_is_looked_for(
    words: list[str], hoa: dict[str, Any], capsys: Capture, tmp_path: Path
) -> None:
    file = changed(build(tmp_path), tmp_path / "other.stem")
    words = [str(file) if word == "FILE" else word for word in words]
    assert answer(capsys, *words, code=6)["code"] == "signature-wrong"
