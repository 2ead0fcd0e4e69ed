"""Programs that are not ours check a package: BagIt, RO-Crate, tables, sums."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bagit
import frictionless
import pytest

from stemkit.model.project import Part, Person, Project

from .made import made_project, made_recording, packed

WHOLE = Project(
    title="Nhiệt kế của lớp 8A",
    question="Phòng nào ấm hơn?",
    language="vi",
    club="CLB STEM",
    board="microbit-v2",
    date="2026-03-02",
    licence="CC-BY-4.0",
    keywords=("nhiệt độ", "lớp học"),
    people=(Person("cáo", "Nguyễn Văn A"), Person("cú"), Person("", "Cô Hoà", "supervisor")),
    parts=(Part("DHT22", 2),),
)


@pytest.fixture(scope="module")
def bag(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An unpacked package with recordings and names in Vietnamese."""
    home = tmp_path_factory.mktemp("validators")
    folder = made_project(home / "Nhiệt kế", WHOLE)
    made_recording(folder / "runs" / "phòng 1")
    made_recording(folder / "runs" / "second")
    (folder / "media" / "Ảnh của nhóm.txt").write_text("x")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEMKIT_HOME", str(home / "stemkit"))
        package = packed(folder, home / "a.zip").path
    with zipfile.ZipFile(package) as archive:
        assert archive.testzip() is None
        archive.extractall(home / "out")
    return home / "out" / "Nhiet-ke"


def test_bagit_py(bag: Path) -> None:
    found = bagit.Bag(str(bag))
    found.validate()
    assert found.version_info == (1, 0)
    assert found.info["External-Description"] == "Nhiệt kế của lớp 8A"


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this system")
@pytest.mark.parametrize("text", ["manifest-sha256.txt", "tagmanifest-sha256.txt"])
def test_sha256sum(bag: Path, text: str) -> None:
    words = ["sha256sum", "--strict", "-c", text]
    done = subprocess.run(words, cwd=bag, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout


def test_frictionless_reads_the_tables(bag: Path) -> None:
    table = bag / "data" / "runs" / "second" / "data.csv"
    # Its own sandbox wants paths below the folder that it is in.
    report = subprocess.run(
        [sys.executable, "-m", "frictionless", "validate", "--json", table.name],
        cwd=table.parent, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert json.loads(report.stdout)["valid"], report.stdout
    schema = frictionless.Schema.describe(table.read_bytes(), format="csv")
    assert schema.get_field("t_s").type == "number"
    assert schema.get_field("time").type == "datetime"


def test_the_crate_says_what_others_need(bag: Path) -> None:
    """RO-Crate 1.2's own rules (MUST), read from the specification: see the validator's below."""
    crate = json.loads((bag / "data" / "ro-crate-metadata.json").read_text("utf-8"))
    assert crate["@context"] == "https://w3id.org/ro/crate/1.2/context"
    by_id = {row["@id"]: row for row in crate["@graph"]}
    assert len(by_id) == len(crate["@graph"])
    assert by_id["ro-crate-metadata.json"]["about"] == {"@id": "./"}
    root = by_id["./"]
    assert all(root[key] for key in ("name", "description", "datePublished", "license"))
    parts = {part["@id"] for part in root["hasPart"]}
    files = {id for id, row in by_id.items() if "File" in row["@type"]}
    assert files <= parts
    assert all((bag / "data" / file).is_file() for file in files)
    for row in by_id.values():
        for value in row.values():
            for one in value if isinstance(value, list) else [value]:
                if isinstance(one, dict) and not one["@id"].startswith("https://w3id.org/"):
                    assert one["@id"] in by_id, one
    runs = [row for row in by_id.values() if row["@type"] == "CreateAction"]
    assert len(runs) == 2
    assert all(row["startTime"] < row["endTime"] and row["result"] for row in runs)


ROC = os.environ.get("STEMKIT_ROC_VALIDATOR", "")
DATA = Path(__file__).parent / "data"


@pytest.mark.skipif(not ROC, reason="STEMKIT_ROC_VALIDATOR names no folder with roc-validator")
def test_roc_validator(bag: Path, tmp_path: Path) -> None:
    """It needs an older rich than textual does, so `.ci/run` gives it an environment of its own."""
    cache = str(tmp_path / "cache")
    filler = [f"{ROC}/bin/python", str(Path(__file__).parent / "roc_cache.py")]
    context = str(DATA / "ro-crate-1.2-context.json")
    plain = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    subprocess.run([*filler, cache, context], check=True, timeout=60, env=plain)
    words = [f"{ROC}/bin/rocrate-validator", "-y", "validate", "--offline", "--cache-path", cache,
             "-p", "ro-crate-1.2", "-l", "required", str(bag / "data")]  # fmt: skip
    done = subprocess.run(
        words, capture_output=True, text=True, check=False, timeout=100, env=plain
    )
    assert done.returncode == 0, done.stdout + done.stderr
