"""Signed bundles: the same bytes everywhere, checked by others, and not to be tricked."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.actions.library.bundles import open_bundle
from stemkit.errors import Exit, StemkitError
from stemkit.events import Event, Noted
from stemkit.formats.bundle import BundleTamperedError, pack_bundle, read_bundle
from stemkit.signing.cms import sign_detached
from stemkit.signing.errors import SignatureUnreadableError, SignatureWrongError
from stemkit.signing.signer import load_signer, new_identity
from stemkit.storage import places
from tests.conftest import ROOT, StartBoards
from tests.made_images import esp_firmware

FOLDER = places.shipped("lessons") / "01-first-light"
BUNDLE = "01-first-light-1.0.0.stem"
TEACHERS = "01-first-light-1.0.0-teacher.stem"
MEMBER = "signatures/10-co-hoa.p7s"
# Another order of names than the file system gave: sorted backwards, wherever names are listed.
OTHER_ORDER = """\
import os, sys
os.umask(0o077)
real_scandir, real_listdir = os.scandir, os.listdir
class Backwards(list):
    def __enter__(self): return self
    def __exit__(self, *_): return None
    def close(self): pass
def scandir(path='.'):
    with real_scandir(path) as rows:
        return Backwards(sorted(rows, key=lambda row: row.name, reverse=True))
os.scandir = scandir
os.listdir = lambda path='.': sorted(real_listdir(path), reverse=True)
from stemkit.__main__ import main
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with both bundles, and the home of the trainer who signed them."""
    folder = tmp_path_factory.mktemp("made")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEMKIT_HOME", str(folder / "home"))
        patch.setenv("STEMKIT_LANG", "en")
        assert main(["key", "new", "Cô Hoà"]) == 0
        words = ["lesson", "build", str(FOLDER), "--no-run", "--into", str(folder)]
        assert main(words) == 0
        assert main(["key", "export", "co-hoa", str(folder / "hoa.crt")]) == 0
        assert main([*words[:-1], str(folder / "unsigned"), "--unsigned"]) == 0
    return folder


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_a_signature_changes_nothing_else(made: Path) -> None:
    signed, plain = members(made / BUNDLE), members(made / "unsigned" / BUNDLE)
    assert set(signed) - set(plain) == {MEMBER}
    assert {name: signed[name] for name in plain} == plain
    identities = {read_bundle(p.read_bytes(), "x").identity for p in made.rglob(BUNDLE)}
    assert len(identities) == 1


def test_other_computers_make_the_same_signed_bytes(made: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / FOLDER.name
    shutil.copytree(FOLDER, copy, copy_function=shutil.copyfile)
    for number, path in enumerate(sorted(copy.rglob("*"), reverse=True)):
        os.utime(path, (number * 1e6, number * 1e6))
    home = tmp_path / "home"
    shutil.copytree(made / "home", home)
    for number, (zone, locale) in enumerate(
        [("Asia/Ho_Chi_Minh", "C"), ("America/Adak", "vi_VN.UTF-8"), ("UTC", "POSIX")]
    ):
        into = tmp_path / str(number)
        words = ["lesson", "build", str(copy), "--no-run", "--into", str(into)]
        environment = {
            **os.environ,
            "TZ": zone,
            "LC_ALL": locale,
            "LANG": locale,
            "PYTHONHASHSEED": str(number + 5),
            "PYTHONPATH": str(ROOT),
            "STEMKIT_HOME": str(home),
            "SOURCE_DATE_EPOCH": str(number * 1000),
        }
        run = subprocess.run(
            [sys.executable, "-c", OTHER_ORDER, *words],
            env=environment,
            cwd=tmp_path,
            capture_output=True,
            timeout=90,
        )
        assert run.returncode == 0, run.stderr
        for name in (BUNDLE, TEACHERS):
            assert (into / name).read_bytes() == (made / name).read_bytes()


@pytest.mark.debian("openssl")
def test_openssl_verifies_a_bundle(made: Path, tmp_path: Path) -> None:
    for name, content in members(made / BUNDLE).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    words = "cms -verify -binary -inform DER -content manifest.json -purpose any -out told -in"
    command = ["openssl", *words.split(), MEMBER, "-CAfile", str(made / "hoa.crt")]

    def run() -> int:
        return subprocess.run(command, cwd=tmp_path, capture_output=True, timeout=30).returncode

    assert run() == 0
    manifest = (tmp_path / "manifest.json").read_bytes()
    (tmp_path / "manifest.json").write_bytes(manifest.replace(b"CC-BY", b"CC-BX"))
    assert run() != 0


def put_together(made: Path, signatures: Mapping[str, bytes]) -> bytes:
    read = read_bundle((made / "unsigned" / BUNDLE).read_bytes(), "x")
    return pack_bundle(read.manifest, read.files(), signatures)


def test_signatures_that_do_not_fit_are_refused(made: Path) -> None:
    good = members(made / BUNDLE)[MEMBER]
    others = members(made / TEACHERS)[MEMBER]
    for signatures in ({MEMBER: others}, {MEMBER: good, "signatures/20-b.p7s": others}):
        with pytest.raises(SignatureWrongError):
            open_bundle(put_together(made, signatures), "x")
    for odd in (b"", b"hello", b"\x30\x80", good[:-1], good + b"\0", b"PK\x03\x04" * 20):
        with pytest.raises(SignatureUnreadableError):
            open_bundle(put_together(made, {MEMBER: odd}), "x")


def test_nothing_else_travels_as_a_signature(made: Path) -> None:
    good = members(made / BUNDLE)[MEMBER]
    for path in ("signatures/10-a.py", "signatures/a.p7s", "signatures/10-.p7s", "signatures/1/a"):
        with pytest.raises(BundleTamperedError):
            open_bundle(put_together(made, {path: good}), "x")
    with pytest.raises(BundleTamperedError):
        open_bundle(put_together(made, {MEMBER: bytes(65 << 10)}), "x")
    with pytest.raises(BundleTamperedError):
        open_bundle(put_together(made, {f"signatures/{n}-a.p7s": good for n in range(10, 27)}), "x")
    signers = open_bundle(put_together(made, {MEMBER: good}), "x").signers
    assert [one.signed.name for one in signers] == ["Cô Hoà"]


def test_two_hundred_changed_bytes_are_caught(made: Path) -> None:
    data = (made / BUNDLE).read_bytes()
    whole = open_bundle(data, "x")
    chance = random.Random(3)
    refused = 0
    for at in chance.sample(range(len(data)), 200):
        changed = bytearray(data)
        changed[at] ^= chance.randrange(1, 256)
        try:
            opened = open_bundle(bytes(changed), "x")
        except StemkitError as error:
            assert error.exit_code in (Exit.REFUSED, Exit.BAD_INPUT_FILE)
            refused += 1
            continue
        # The date or the version of the archive's own tool: nothing that anybody reads.
        assert opened.bundle.files() == whole.bundle.files()
        assert opened.bundle.manifest == whole.bundle.manifest
    assert refused > 150


def test_what_nobody_known_vouches_for_is_told_once(made: Path) -> None:
    def told(path: Path) -> list[Event]:
        events: list[Event] = []
        open_bundle(path.read_bytes(), path.name, events.append)
        return events

    (unknown,) = told(made / BUNDLE)
    assert isinstance(unknown, Noted)
    assert "Cô Hoà" in unknown.text
    (unsigned,) = told(made / "unsigned" / BUNDLE)
    assert isinstance(unsigned, Noted)
    assert "not signed" in unsigned.text
    shutil.copytree(made / "home" / "keys", places.keys())
    assert told(made / BUNDLE) == []


def test_a_second_signature_stands_beside_the_first(made: Path) -> None:
    minh = load_signer(new_identity("Thầy Minh"), "x")
    read = read_bundle((made / BUNDLE).read_bytes(), "x")
    both = {**read.signatures(), "signatures/20-minh.p7s": sign_detached(read.manifest, minh)}
    opened = open_bundle(pack_bundle(read.manifest, read.files(), both), "x")
    assert [one.signed.name for one in opened.signers] == ["Cô Hoà", "Thầy Minh"]
    assert (opened.standing, opened.bundle.identity) == ("unknown", read.identity)


def test_a_damaged_keyring_vouches_for_nobody(made: Path) -> None:
    shutil.copytree(made / "home" / "keys", places.keys())
    (places.keys() / "odd.pem").write_bytes(b"not a key")
    assert open_bundle((made / BUNDLE).read_bytes(), "x").standing == "own"
    (places.keys() / "co-hoa.pem").write_bytes(b"")
    assert open_bundle((made / BUNDLE).read_bytes(), "x").standing == "unknown"


def test_boards_get_a_signed_bundle(
    made: Path,
    tmp_path: Path,
    virtual_boards: StartBoards,
    capsys: pytest.CaptureFixture[str],
) -> None:
    running, blank = virtual_boards()[0], virtual_boards(blank=True)[0]
    file = tmp_path / "made.bin"
    file.write_bytes(esp_firmware("esp32"))
    bundle = str(made / BUNDLE)
    flashing = ["flash", blank.name, "--firmware", str(file), "--lesson", bundle]
    for words in (["deploy", bundle, running.name], flashing):
        capsys.readouterr()
        assert main([*words, "--json"]) == 0
        out, err = capsys.readouterr()
        told = json.loads(out)["bundle"]
        assert told["standing"] == "unknown"
        assert told["signers"][0]["name"] == "Cô Hoà"
        assert "Careful" not in err
        assert main(words) == 0
        assert capsys.readouterr().err.count("Careful") == 1
    assert main(["boards", "--probe", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["boards"]
    assert [row["lesson"] for row in rows] == [{"name": "01-first-light", "version": "1.0.0"}] * 2


def test_boards_stay_as_they_are_where_a_bundle_is_tampered(
    made: Path,
    tmp_path: Path,
    virtual_boards: StartBoards,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (board,) = virtual_boards()
    read = read_bundle((made / BUNDLE).read_bytes(), "x")
    tampered = tmp_path / "tampered.stem"
    manifest = read.manifest.replace(b"CC-BY-SA-4.0", b"CC-BY-SA-3.0")
    tampered.write_bytes(pack_bundle(manifest, read.files(), read.signatures()))
    for words in (["deploy", str(tampered), "--all"], ["flash", "--lesson", str(tampered)]):
        assert main(words) == 6
        assert "tampered.stem was changed after it was signed" in capsys.readouterr().err
    assert main(["boards", "--probe", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["boards"]
    assert (row["port"], row["lesson"], row["state"]) == (board.port, None, "running")
