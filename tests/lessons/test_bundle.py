"""`lesson build`: the same bytes each time, and nothing but what the manifest names."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.actions.programs.errors import NothingToDeployError
from stemkit.actions.programs.source import Target, read_source
from stemkit.formats.archive_errors import ArchiveDamagedError, ArchiveUnsafeError
from stemkit.formats.bundle import BundleTamperedError, pack_bundle, read_bundle
from stemkit.storage import places
from stemkit.storage.catalogue import boards
from tests.archives.forge import forge, made

FOLDER = places.shipped("lessons") / "01-first-light"


def build(into: Path, *words: str, folder: Path = FOLDER) -> int:
    return main(["lesson", "build", str(folder), "--no-run", "--into", str(into), *words])


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    assert build(tmp_path) == 0
    return tmp_path / "01-first-light-1.0.0.stem"


def test_a_bundle_holds_the_lesson_and_not_the_answers(bundle: Path) -> None:
    read = read_bundle(bundle.read_bytes(), "x")
    files = read.files()
    assert (read.lesson, read.version, read.kind) == ("01-first-light", "1.0.0", "lesson")
    assert files["board/main.py"] == (FOLDER / "board/main.py").read_bytes()
    assert not any(path.startswith("teacher") for path in files)
    teacher = bundle.with_name("01-first-light-1.0.0-teacher.stem")
    assert set(read_bundle(teacher.read_bytes(), "x").files()) == {
        "teacher/vi.md",
        "teacher/en.md",
        "teacher/questions.toml",
    }
    with zipfile.ZipFile(bundle) as archive:  # somebody else's eyes
        assert archive.testzip() is None
        manifest = archive.read("manifest.json")
    assert hashlib.sha256(manifest).hexdigest() == read.identity
    assert json.loads(manifest)["title"]["vi"] == "Ánh sáng đầu tiên"


@pytest.mark.skipif(os.name == "nt", reason="no umask")
def test_other_clock_zone_mask_and_times_give_the_same_bytes(bundle: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / FOLDER.name
    shutil.copytree(FOLDER, copy, copy_function=shutil.copyfile)
    for path in copy.rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            os.utime(path, (1, 1))
    (copy / "board" / "__pycache__").mkdir()
    (copy / "board" / "__pycache__" / "x.pyc").write_bytes(b"x")
    words = ["lesson", "build", str(copy), "--no-run", "--into", str(tmp_path / "b")]
    code = "import os, sys; os.umask(0o077); from stemkit.__main__ import main; "
    code += f"sys.exit(main({words!r}))"
    environment = {**os.environ, "TZ": "Asia/Ho_Chi_Minh", "PYTHONHASHSEED": "7", "LANG": "C"}
    subprocess.run([sys.executable, "-c", code], env=environment, check=True, timeout=60)
    assert (tmp_path / "b" / bundle.name).read_bytes() == bundle.read_bytes()


def test_another_bundle_is_not_written_over(bundle: Path, tmp_path: Path) -> None:
    assert build(tmp_path) == 0
    bundle.write_bytes(b"mine")
    assert build(tmp_path) == 2
    assert bundle.read_bytes() == b"mine"
    assert build(tmp_path, "--force") == 0
    assert read_bundle(bundle.read_bytes(), "x")


def test_a_lesson_that_is_not_in_order_does_not_travel(tmp_path: Path) -> None:
    copy = tmp_path / FOLDER.name
    shutil.copytree(FOLDER, copy)
    (copy / "en" / "lesson.md").unlink()
    assert build(tmp_path / "out", folder=copy) == 1
    assert not (tmp_path / "out").exists()


def test_every_changed_bit_is_seen(bundle: Path) -> None:
    teacher = read_bundle(bundle.with_name("01-first-light-1.0.0-teacher.stem").read_bytes(), "x")
    files = {"teacher/vi.md": b"1", "teacher/en.md": b""}
    body = json.loads(teacher.manifest) | {
        "files": {
            path: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for path, content in files.items()
        }
    }
    data = pack_bundle(json.dumps(body).encode(), files)
    assert read_bundle(data, "x").files() == files
    for at in range(len(data) * 8):
        changed = bytearray(data)
        changed[at // 8] ^= 1 << at % 8
        with pytest.raises((ArchiveDamagedError, ArchiveUnsafeError, BundleTamperedError)):
            read_bundle(bytes(changed), "x")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_another_program_may_pack_a_bundle_anew(method: int, bundle: Path) -> None:
    again = bundle.with_name("again.stem")
    with zipfile.ZipFile(bundle) as before, zipfile.ZipFile(again, "w", method) as after:
        for path in before.namelist():
            after.writestr(path, before.read(path))
    read, anew = (read_bundle(path.read_bytes(), "x") for path in (bundle, again))
    assert (anew.identity, anew.files()) == (read.identity, read.files())


@pytest.mark.parametrize(
    "manifest",
    [
        b"",
        b"[]",
        b"\xff",
        b'{"files": 3}',
        b"[" * 100_000,
        b'{"schema":"stemkit.bundle/9","id":"a","version":"1","kind":"lesson","files":{}}',
        b'{"schema":"stemkit.bundle/1","id":"\\u001b","version":"1","kind":"lesson","files":{}}',
        b'{"schema":"stemkit.bundle/1","id":"a","version":"1","kind":"lesson","files":{"b":'
        b'{"bytes":1,"sha256":"0"}}}',
        b'{"schema":"stemkit.bundle/1","id":"a","version":"1","kind":"lesson","files":{}}',
    ],
)
def test_a_manifest_that_does_not_fit_is_refused(manifest: bytes) -> None:
    files = [made(name="manifest.json", content=manifest, method=0), made(name="extra.py")]
    with pytest.raises(BundleTamperedError):
        read_bundle(forge(*files), "x.stem")
    with pytest.raises(BundleTamperedError):
        read_bundle(forge(files[1]), "x.stem")


def test_a_bundle_is_deployed_as_its_folder_is(bundle: Path) -> None:
    for model in ("esp32", "yolobit", "microbit-v2"):
        target = Target(boards()[model], 7)
        from_bundle = read_source(bundle).files(target)
        assert from_bundle == read_source(FOLDER).files(target)
        assert "light.py" in [file.path for file in from_bundle]


def test_the_teachers_part_and_a_changed_bundle_are_not_deployed(bundle: Path) -> None:
    with pytest.raises(NothingToDeployError):
        read_source(bundle.with_name("01-first-light-1.0.0-teacher.stem"))
    bundle.write_bytes(bundle.read_bytes().replace(b"sleep_ms(80)", b"sleep_ms(81)"))
    with pytest.raises(ArchiveDamagedError):
        read_source(bundle)


def test_a_bundle_with_signatures_can_be_taken_apart_and_put_together(bundle: Path) -> None:
    plain = read_bundle(bundle.read_bytes(), "x")
    signatures = {"signatures/1-trainer.p7s": b"one", "signatures/2-province.p7s": b"two"}
    signed = pack_bundle(plain.manifest, plain.files(), signatures)
    read = read_bundle(signed, "x")
    assert (read.identity, read.signatures()) == (plain.identity, signatures)
    assert read.files() == plain.files()
    assert pack_bundle(read.manifest, read.files(), read.signatures()) == signed
    for path in ("signatures/x.txt", "signatures/1-a/b.p7s", "Signatures/1-a.p7s"):
        with pytest.raises(BundleTamperedError):
            read_bundle(pack_bundle(plain.manifest, plain.files(), {path: b"x"}), "x")


@pytest.mark.parametrize(
    "command",
    [["lesson", "show"], ["lesson", "add"], ["lesson", "handout"], ["lesson", "export", "stick"],
     ["key", "trust"], ["deploy"]],
    ids=" ".join,
)  # fmt: skip
def test_a_bundle_with_another_lesson_in_it_is_refused_by_every_command(
    command: list[str],
    bundle: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(bundle.parent)
    plain = read_bundle(bundle.read_bytes(), "x")
    told = plain.manifest.replace(b'"01-first-light"', b'"03-soil-moisture"')
    for manifest, files in (
        (told, plain.files()),
        (plain.manifest.replace(b'"bytes":', b'"bytes":1e999,"more":', 1), plain.files()),
        (plain.manifest + b" " * (512 << 10), plain.files()),
    ):
        Path("a.stem").write_bytes(pack_bundle(manifest, files))
        assert main([*command, "a.stem", "--json"]) == 6
        assert json.loads(capsys.readouterr().err)["error"]["code"] == "bundle-tampered"
    assert not Path("stick").exists()
