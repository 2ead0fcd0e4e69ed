"""Whatever is changed in a package is caught, and the sentence says in which file."""

from __future__ import annotations

import random
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from stemkit.actions.projects.verify import VerifyWanted, verify
from stemkit.events import BoardFailed, BoardFinished, Event
from stemkit.formats.bag import manifest, parse_manifest
from stemkit.model.verdict import Answer, Verdict

from .made import made_project, made_recording, members, packed, rewritten

TOP = "thermo/"
Files = dict[str, bytes]


@pytest.fixture
def package(tmp_path: Path) -> Path:
    folder = made_project(tmp_path / "thermo")
    made_recording(folder / "runs" / "first")
    return packed(folder, tmp_path / "thermo.zip").path


def looked_at(package: Path) -> Verdict:
    return verify(package, VerifyWanted(run=False))


def test_an_untouched_package_is_intact(package: Path) -> None:
    verdict = looked_at(package)
    answers = {check.name: check.answer for check in verdict.checks}
    assert answers["safe"] is answers["intact"] is Answer.YES
    assert answers["provenance"] is answers["data"] is Answer.YES, verdict.checks
    assert answers["program"] is answers["complete"] is answers["timestamped"] is Answer.UNKNOWN


def test_a_package_with_a_no_does_not_end_well(package: Path) -> None:
    told: list[Event] = []
    rewritten(package, changed("data/runs/first/data.csv"))
    assert not verify(package, VerifyWanted(run=False), told.append).ok
    assert isinstance(told[-1], BoardFailed)
    assert not any(isinstance(event, BoardFinished) for event in told)


def changed(path: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[TOP + path] += b" "

    return change


def renamed(files: Files) -> None:
    files[TOP + "data/README.txt"] = files.pop(TOP + "data/README.md")


def removed(files: Files) -> None:
    del files[TOP + "data/program/main.py"]


def added(files: Files) -> None:
    files[TOP + "data/extra.txt"] = b"x"


def added_beside(files: Files) -> None:
    files[TOP + "extra.txt"] = b"x"


def hidden_as_signature(files: Files) -> None:
    files[TOP + "signatures/evil.py"] = b"x"


def other_top(files: Files) -> None:
    for path in list(files):
        files["other/" + path.removeprefix(TOP)] = files.pop(path)


def manifest_of_another_file(files: Files) -> None:
    """The file and its line are changed; the tag manifest still tells."""
    files[TOP + "data/README.md"] = b"x"
    import hashlib

    rows = parse_manifest(files[TOP + "manifest-sha256.txt"], "m")
    rows["data/README.md"] = hashlib.sha256(b"x").hexdigest()
    files[TOP + "manifest-sha256.txt"] = manifest(rows)


CHEATS: dict[str, tuple[Callable[[Files], None], str]] = {
    "payload": (changed("data/README.md"), "data/README.md"),
    "recording": (changed("data/runs/first/raw.jsonl"), "data/runs/first/raw.jsonl"),
    "crate": (changed("data/ro-crate-metadata.json"), "data/ro-crate-metadata.json"),
    "manifest": (changed("manifest-sha256.txt"), "manifest-sha256.txt"),
    "tag manifest": (changed("tagmanifest-sha256.txt"), "tagmanifest-sha256.txt"),
    "bag-info": (changed("bag-info.txt"), "bag-info.txt"),
    "bagit": (changed("bagit.txt"), "bagit.txt"),
    "renamed": (renamed, "data/README.md"),
    "removed": (removed, "data/program/main.py"),
    "added": (added, "data/extra.txt"),
    "added beside": (added_beside, "extra.txt"),
    "no signature": (hidden_as_signature, "signatures/evil.py"),
    "other top": (other_top, "other"),
    "manifest too": (manifest_of_another_file, "manifest-sha256.txt"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_what_a_clever_cheat_changes_is_named(package: Path, cheat: str) -> None:
    change, named = CHEATS[cheat]
    rewritten(package, change)
    verdict = looked_at(package)
    intact = verdict.check("intact")
    assert not verdict.ok
    assert intact.answer is Answer.NO
    assert any(named in sentence for sentence in intact.evidence), intact


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_package_that_was_zipped_again_is_told(package: Path, method: int) -> None:
    found = members(package)
    with zipfile.ZipFile(package, "w", method) as archive:
        for path, content in found.items():
            archive.writestr(path, content)
    intact = looked_at(package).check("intact")
    assert intact.answer is Answer.NO
    assert "packed again" in intact.detail


def test_other_bytes_around_it_are_refused(package: Path) -> None:
    whole = package.read_bytes()
    for data in (b"x" + whole, whole + b"x", whole[:-1], whole[:100], b"", b"PK"):
        package.write_bytes(data)
        assert not looked_at(package).ok


def test_two_hundred_flipped_bytes_are_caught(package: Path, tmp_path: Path) -> None:
    whole = package.read_bytes()
    chance = random.Random(20260302)
    names = [path.encode() for path in members(package)]
    target = tmp_path / "flipped.zip"
    for _ in range(200):
        at = chance.randrange(len(whole))
        data = bytearray(whole)
        data[at] ^= 1 << chance.randrange(8)
        target.write_bytes(data)
        verdict = looked_at(target)
        said = [c for c in verdict.checks if c.answer is Answer.NO and c.name in ("safe", "intact")]
        assert said, at
        assert not verdict.ok
    assert names


def test_a_file_of_the_payload_that_was_flipped_is_named(package: Path) -> None:
    whole = package.read_bytes()
    at = whole.index(b"temp:20.50")
    package.write_bytes(whole[:at] + b"temp:29.50" + whole[at + 10 :])
    intact = looked_at(package).check("intact")
    assert intact.answer is Answer.NO
    assert "data/runs/first/" in intact.detail


def test_a_copy_under_another_file_name_is_the_same_package(package: Path, tmp_path: Path) -> None:
    copy = shutil.copy(package, tmp_path / "thermo (1).zip")
    first, second = looked_at(package), looked_at(Path(copy))
    assert second.check("intact").answer is Answer.YES
    assert first.identity == second.identity
