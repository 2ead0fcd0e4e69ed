"""Packing: the same bytes everywhere, from the disk alone, and only what changed is read."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
import unicodedata
from pathlib import Path

import pytest

from stemkit.actions.projects.errors import PackageExistsError, PackageInProjectError
from stemkit.actions.projects.pack import pack
from stemkit.actions.projects.verify import VerifyWanted, verify
from stemkit.errors import PermissionDeniedError
from stemkit.formats.bag import parse_info, parse_manifest
from stemkit.model.verdict import Answer
from stemkit.model.visible import Tells
from stemkit.storage.project_folder import NoProjectError, listing

from .made import exif, jpeg, lines, made_project, made_recording, members, packed

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = made_project(tmp_path / "Nhiệt kế")
    made_recording(folder / "runs" / "first")
    (folder / "media" / "Ảnh 1.bin").write_bytes(bytes(range(256)) * 100)
    return folder


def test_a_package_is_a_bag_with_a_crate_under_plain_names(project: Path, tmp_path: Path) -> None:
    made = packed(project, tmp_path / "out.zip")
    found = members(made.path)
    assert made.identity == hashlib.sha256(found["Nhiet-ke/tagmanifest-sha256.txt"]).hexdigest()
    named = parse_manifest(found["Nhiet-ke/manifest-sha256.txt"], "m")
    payload = {p.removeprefix("Nhiet-ke/"): c for p, c in found.items() if "/data/" in p}
    assert named == {path: hashlib.sha256(c).hexdigest() for path, c in payload.items()}
    assert list(named) == sorted(named)
    assert "data/media/Anh-1.bin" in named
    info = parse_info(found["Nhiet-ke/bag-info.txt"])
    assert info["Payload-Oxum"] == f"{sum(map(len, payload.values()))}.{len(payload)}"
    graph = json.loads(payload["data/ro-crate-metadata.json"])["@graph"]
    by_id = {row["@id"]: row for row in graph}
    assert by_id["media/Anh-1.bin"]["name"] == "media/Ảnh 1.bin"
    assert by_id["#run-first"]["@type"] == "CreateAction"
    assert by_id["#run-first"]["startTime"] == "2026-03-02T09:15:00+07:00"
    assert {"@id": "#board-esp32"} in by_id["#run-first"]["instrument"]


def test_the_same_folder_gives_the_same_package_anywhere(project: Path, tmp_path: Path) -> None:
    first = packed(project, tmp_path / "a.zip")
    elsewhere = tmp_path / "far" / "Nhiệt kế"
    elsewhere.mkdir(parents=True)
    for path in sorted(project.rglob("*"), reverse=True):  # another order of names on the disk
        target = elsewhere / path.relative_to(project)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
            os.utime(target, (1_000_000_000, 1_000_000_000))
    code = (
        "import os, sys; os.umask(0o077)\n"
        "from stemkit.__main__ import main\n"
        "sys.exit(main(['project', 'pack', sys.argv[1], '--to', sys.argv[2], '--json']))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code, str(elsewhere), str(tmp_path / "b.zip")],
        env={**os.environ, "PYTHONPATH": str(ROOT), "TZ": "Pacific/Chatham", "LANG": "vi_VN.UTF-8",
             "STEMKIT_LANG": "vi", "PYTHONHASHSEED": "77", "STEMKIT_HOME": str(tmp_path / "h")},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert json.loads(told.stdout)["identity"] == first.identity
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_only_what_changed_is_read_again(
    project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = time.time() - 60
    big = project / "media" / "film.bin"
    big.write_bytes(os.urandom(1 << 20))
    packed(project, tmp_path / "a.zip")
    # All of it is too fresh to be trusted: a file could change again in the same instant.
    assert packed(project, tmp_path / "a.zip", force=True).read_bytes > 1 << 20
    later_ns = time.time_ns() + 10_000_000_000
    monkeypatch.setattr(time, "time_ns", lambda: later_ns)
    packed(project, tmp_path / "a.zip", force=True)
    again = packed(project, tmp_path / "a.zip", force=True)
    assert again.read_bytes < 4096
    changed = bytearray(big.read_bytes())
    changed[5] ^= 1
    big.write_bytes(changed)
    os.utime(big, (old, old))  # neither size nor time of contents tell
    third = packed(project, tmp_path / "a.zip", force=True)
    assert 1 << 20 <= third.read_bytes < (1 << 20) + 4096
    assert members(third.path)["Nhiet-ke/data/media/film.bin"] == bytes(changed)
    fresh = shutil.copytree(project, tmp_path / "copy" / "Nhiệt kế")
    assert packed(fresh, tmp_path / "c.zip").identity == third.identity


def test_the_package_s_own_page_shows_the_recordings(project: Path, tmp_path: Path) -> None:
    page = "Nhiet-ke/data/ro-crate-preview.html"
    first = members(packed(project, tmp_path / "a.zip").path)[page].decode()
    assert first.count("<img") == first.count('src="data:image/svg+xml') == 1
    assert "first: temp" in first
    # What was drawn is kept, and drawn anew with the recording.
    assert members(packed(project, tmp_path / "b.zip").path)[page].decode() == first
    shutil.rmtree(project / "runs" / "first")
    made_recording(project / "runs" / "first", lines(50))
    again = members(packed(project, tmp_path / "c.zip").path)[page].decode()
    assert again.count("<img") == 1
    assert again != first
    (project / "runs" / "first" / "raw.jsonl").write_bytes(b"no line\n")
    assert packed(project, tmp_path / "d.zip").files


def test_a_cache_that_is_damaged_is_an_empty_one(
    project: Path, tmp_path: Path, own_home: Path
) -> None:
    first = packed(project, tmp_path / "a.zip")
    for path in (own_home / "project-sums").glob("*.json"):
        path.write_bytes(b'{"schema": "stemkit.sums/2", "files": {"x": 3}}')
    assert packed(project, tmp_path / "b.zip").identity == first.identity


def test_what_stays_behind_is_told(project: Path, tmp_path: Path) -> None:
    (project / ".secret").write_text("x")
    (project / "program" / "__pycache__").mkdir()
    (project / "media" / "link.txt").symlink_to("/etc/passwd")
    made = packed(project, tmp_path / "a.zip")
    assert [path for path, _ in made.left_out] == [
        ".secret", "media/link.txt", "program/__pycache__",
    ]  # fmt: skip
    assert not any("secret" in path or "passwd" in path for path in members(made.path))


def test_names_that_become_one_stay_apart(project: Path, tmp_path: Path) -> None:
    for name in ("ảnh.txt", "anh.txt", "ạnh.txt", "con.txt", "A b.txt"):
        (project / "media" / name).write_text(name)
    found = members(packed(project, tmp_path / "a.zip").path)
    media = {p.rpartition("/")[2]: c.decode() for p, c in found.items() if p.endswith(".txt")}
    assert media["anh.txt"] == "anh.txt"
    assert {media["anh-2.txt"], media["anh-3.txt"]} == {"ảnh.txt", "ạnh.txt"}
    assert media["x-con.txt"] == "con.txt"
    assert media["A-b.txt"] == "A b.txt"


def test_names_that_differ_in_their_accents_form_alone_both_travel(
    project: Path, tmp_path: Path
) -> None:
    for form in ("NFC", "NFD"):
        (project / "media" / unicodedata.normalize(form, "ảnh.txt")).write_text(form)
    (project / "media" / "\N{ROCKET}.txt").write_text("x")
    (project / "media" / "~$doc.docx").write_text("who has it open")
    made = packed(project, tmp_path / "a.zip")
    found = members(made.path)
    media = {p.rpartition("/")[2]: c for p, c in found.items() if "/media/" in p}
    assert {name: media[name] for name in media if name.endswith(".txt")} == {
        "anh.txt": b"NFD", "anh-2.txt": b"NFC", "x.txt": b"x",
    }  # fmt: skip
    assert made.left_out == (("media/~$doc.docx", "it looks like a left-over"),)
    assert verify(made.path, VerifyWanted(run=False)).check("intact").answer is Answer.YES


def test_macos_writing_of_names_gives_the_same_package(project: Path, tmp_path: Path) -> None:
    first = packed(project, tmp_path / "a.zip")
    name = project / "media" / "Ảnh 1.bin"
    name.rename(name.with_name(unicodedata.normalize("NFD", name.name)))
    assert packed(project, tmp_path / "b.zip").identity == first.identity


def test_what_lies_too_deep_travels_nearer(project: Path, tmp_path: Path) -> None:
    deep = project / "media" / "/".join(f"thư mục {n}" for n in range(30))
    deep.mkdir(parents=True)
    for name in ("a.txt", "b.txt"):
        (deep / name).write_text(name)
    made = packed(project, tmp_path / "a.zip")
    assert verify(made.path, VerifyWanted(run=False)).check("safe").answer is Answer.YES
    found = [path for path in members(made.path) if "/deep-" in path]
    assert [path.rpartition("/")[2] for path in found] == ["a.txt", "b.txt"]
    assert len({path.rpartition("/")[0] for path in found}) == 1


@pytest.mark.skipif(os.name == "nt" or os.geteuid() != 0, reason="changes who it is")
def test_the_folder_that_cannot_be_read_is_named(project: Path, tmp_path: Path) -> None:
    locked = project / "media" / "locked"
    locked.mkdir(mode=0)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(0o755)
    os.seteuid(65534)
    try:
        with pytest.raises(PermissionDeniedError, match="locked"):
            listing(project)
    finally:
        os.seteuid(0)


def test_photos_lose_their_place_and_the_rest_is_named(project: Path, tmp_path: Path) -> None:
    photo = jpeg((0xE0, b"JFIF\0" + bytes(9)), (0xE1, b"Exif\0\0" + exif()))
    (project / "media" / "a.jpg").write_bytes(photo)
    (project / "README.md").write_text("Hỏi cô Lan: lan@example.org, 0912 345 678")
    made = packed(project, tmp_path / "a.zip")
    told = {(v.path, v.tells, v.detail, v.removed) for v in made.visible}
    assert ("media/a.jpg", Tells.PLACE, "21.5, 105.25", True) in told
    assert ("media/a.jpg", Tells.AUTHOR, "Nguyen Van A", True) in told
    assert ("README.md", Tells.CONTACT, "lan@example.org", False) in told
    assert ("README.md", Tells.CONTACT, "0912 345 678", False) in told
    clean = members(made.path)["Nhiet-ke/data/media/a.jpg"]
    assert b"Exif" not in clean
    assert b"Nguyen" not in clean
    kept = packed(project, tmp_path / "b.zip", keep_photo_data=True)
    assert members(kept.path)["Nhiet-ke/data/media/a.jpg"] == photo
    assert ("media/a.jpg", Tells.PLACE, "21.5, 105.25", False) in {
        (v.path, v.tells, v.detail, v.removed) for v in kept.visible
    }


def test_no_package_is_written_over_or_into_the_project(project: Path, tmp_path: Path) -> None:
    packed(project, tmp_path / "a.zip")
    before = (tmp_path / "a.zip").read_bytes()
    with pytest.raises(PackageExistsError):
        packed(project, tmp_path / "a.zip")
    with pytest.raises(PackageInProjectError):
        packed(project, project / "media" / "a.zip")
    with pytest.raises(NoProjectError):
        packed(project / "media", tmp_path / "b.zip")
    assert (tmp_path / "a.zip").read_bytes() == before
    assert pack(project).path == tmp_path / "Nhiet-ke.zip"
