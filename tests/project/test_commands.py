"""The commands as people and scripts meet them, on virtual boards."""

from __future__ import annotations

import json
import os
import py_compile
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import bagit
import pytest

from stemkit.__main__ import main
from stemkit.model.verdict import CHECKS
from stemkit.storage import places
from tests.archives.forge import forge, made

from .made import made_project, made_recording, members, packed, rewritten

ROOT = Path(__file__).resolve().parents[2]


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


@pytest.mark.timeout(300)
@pytest.mark.skipif(sys.platform == "win32", reason="a shell script with virtual boards")
def test_the_example_goes_from_nothing_to_a_verified_package(tmp_path: Path) -> None:
    shim = tmp_path / "bin" / "stemkit"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m stemkit "$@"\n')
    shim.chmod(0o755)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        "PATH": f"{shim.parent}{os.pathsep}{os.environ['PATH']}",
    }
    done = subprocess.run(
        ["sh", str(ROOT / "examples" / "first-project.sh")],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for line in ("✓ unchanged", "✓ signed", "✓ measured live", "✓ tables", "✓ program runs"):
        assert line in done.stdout
    assert (tmp_path / "first-project.html").is_file()
    page = (tmp_path / "first-project.html").read_text("utf-8")
    assert "data:image/svg+xml" in page


def test_verify_answers_in_json_whatever_it_is_given(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = made_project(tmp_path / "thermo")
    made_recording(project / "runs" / "first")
    package = packed(project, tmp_path / "a.zip").path
    words = ["project", "verify", str(package), "--json", "--no-run"]
    assert main(words) == 1  # nobody signed it
    found = told(capsys)
    assert found["schema"] == "stemkit.project.verify/1"
    checks = found["checks"]
    assert isinstance(checks, list)
    assert [check["name"] for check in checks] == list(CHECKS)
    answers = {check["name"]: check["ok"] for check in checks}
    assert answers["signed"] is False
    assert answers["program"] is None
    assert main(["key", "new", "team", "--quiet"]) == 0
    assert main(["project", "sign", str(package), "--quiet"]) == 0
    capsys.readouterr()
    assert main(words) == 0
    assert told(capsys)["ok"] is True
    package.write_bytes(forge(made(name="../evil.txt")))
    assert main(words) == 6
    found = told(capsys)
    assert found["ok"] is False
    checks = found["checks"]
    assert isinstance(checks, list)
    assert (checks[0]["name"], checks[0]["ok"]) == ("safe", False)
    package.write_bytes(b"no zip at all")
    assert main(words) == 1
    assert main(["project", "verify", str(tmp_path / "missing.zip")]) == 5


def test_a_bag_of_somebody_else_is_judged_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    package = tmp_path / "x.zip"
    for files in ({}, {"x/bagit.txt": b""}, {"a.txt": b"x"}, {"x/data/project.toml": b"\xff"}):
        package.write_bytes(b"PK\x05\x06" + bytes(18))
        rewritten(package, lambda found, files=files: found.update(files))
        assert main(["project", "verify", str(package), "--json", "--no-run"]) == 1
        assert told(capsys)["ok"] is False


def test_what_others_tools_make_is_called_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bag = tmp_path / "bag"
    bag.mkdir()
    (bag / "a.txt").write_text("x")
    bagit.make_bag(str(bag), checksums=["sha256"])
    shutil.make_archive(str(tmp_path / "bag"), "zip", tmp_path, "bag")
    assert main(["project", "verify", str(tmp_path / "bag.zip"), "--json", "--no-run"]) == 1
    checks = told(capsys)["checks"]
    assert isinstance(checks, list)
    assert checks[0]["answer"] == "yes"
    evidence = checks[1]["evidence"]
    assert "another program wrote it" in evidence[0]
    # Its sums are right, and its lines are read although they are written another way.
    assert not any("not the one" in told or "cannot be read" in told for told in evidence)
    assert main(["project", "verify", str(bag)]) == 5
    assert "is a folder" in capsys.readouterr().err


def test_a_folder_that_was_zipped_is_called_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = made_project(tmp_path / "nhiet-ke")
    made_recording(project / "runs" / "first")
    package = packed(project, tmp_path / "nhiet-ke.zip").path

    def evidence(path: Path) -> list[str]:
        main(["project", "verify", str(path), "--json", "--no-run"])
        checks = told(capsys)["checks"]
        assert isinstance(checks, list)
        assert checks[0]["answer"] == "yes"
        return list(checks[1]["evidence"])

    shutil.make_archive(str(tmp_path / "folder"), "zip", tmp_path, "nhiet-ke")
    assert "stemkit project pack" in evidence(tmp_path / "folder.zip")[0]

    # Safari unpacks what it downloads; Finder zips it again with its own notes beside it.
    with zipfile.ZipFile(tmp_path / "mac.zip", "w") as zipped:
        for name, content in members(package).items():
            zipped.writestr(name, content)
        zipped.writestr("__MACOSX/nhiet-ke/._bagit.txt", b"\0\5\x16\7")
    found = evidence(tmp_path / "mac.zip")
    assert "a Mac" in found[0]
    assert "__MACOSX/nhiet-ke/._bagit.txt” was added" in found[1]
    assert not any("is missing" in one for one in found)

    # What lies beside the folder never stands for what lies in it.
    with zipfile.ZipFile(tmp_path / "beside.zip", "w") as zipped:
        for name, content in members(package).items():
            at = name.removeprefix("nhiet-ke/") if name.endswith("data.csv") else name
            zipped.writestr(at, content)
    found = evidence(tmp_path / "beside.zip")
    assert any("data/runs/first/data.csv” is missing" in one for one in found)


@pytest.mark.skipif(sys.platform == "win32", reason="virtual boards")
@pytest.mark.parametrize(
    ("program", "answer", "words"),
    [
        (b"print('temp:21.5')\nprint('temp:21.6')\n" * 4, "yes", "temp: 21.5"),
        (b"while True:\n    print('hum:40')\n", "no", "temp"),
        (b"import time\nprint('temp:1')\n1/0\n", "no", "ZeroDivisionError"),
        (b"def broken(:\n", "no", "SyntaxError"),
        (b"import socket\nsocket.socket()\n", "unknown", "network"),
    ],
)
def test_the_program_is_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], program: bytes, answer: str, words: str
) -> None:
    project = made_project(tmp_path / "thermo")
    made_recording(project / "runs" / "first")
    (project / "program" / "main.py").write_bytes(program)
    package = packed(project, tmp_path / "a.zip").path
    main(["project", "verify", str(package), "--json"])
    checks = told(capsys)["checks"]
    assert isinstance(checks, list)
    found = {check["name"]: check for check in checks}["program"]
    assert found["answer"] == answer, found
    assert words in found["detail"] + " ".join(found["evidence"])


def test_what_pip_compiled_in_the_templates_is_no_part_of_a_new_folder(tmp_path: Path) -> None:
    for program in places.shipped("examples").glob("*-template/**/main.py"):
        py_compile.compile(str(program))
    assert main(["project", "new", str(tmp_path / "pendulum")]) == 0
    assert main(["lesson", "new", "20-magnets", "--into", str(tmp_path)]) == 0
    assert list(tmp_path.rglob("main.py"))
    assert not list(tmp_path.rglob("__pycache__"))


def test_new_asks_nothing_in_a_pipe_and_add_copies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], own_home: Path
) -> None:
    made_recording(own_home / "recordings" / "con lắc 1")
    folder = str(tmp_path / "pendulum")
    assert main(["project", "new", folder, "--team", "fox, owl", "--lang", "vi"]) == 0
    assert main(["project", "new", folder]) == 2
    assert main(["project", "new", str(tmp_path / "b"), "--board", "toaster"]) == 2
    assert main(["project", "add", "con lắc 1", "--project", folder]) == 0
    assert main(["project", "add", "con lắc 1", "--project", folder]) == 2
    assert main(["project", "add", "con lắc 1", "--project", folder, "--force"]) == 0
    assert main(["project", "add", "nothing", "--project", folder]) == 5
    runs = tmp_path / "pendulum" / "runs"
    assert [path.name for path in runs.iterdir()] == ["con-lac-1"]
    assert (own_home / "recordings" / "con lắc 1" / "raw.jsonl").is_file()
    capsys.readouterr()
    assert main(["project", "pack", folder, "--json"]) == 0
