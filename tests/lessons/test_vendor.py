"""Others' files in a lesson: brought once, held to a hash, and on the board when it runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.actions.programs.board_files import board_files
from stemkit.formats.archive import read_archive
from stemkit.storage import catalogue
from tests.misbehaving_server import Site, serving

DRIVER = b"def double(x):\n    return 2 * x\n"
DEPENDENCY = """
[[dependency]]
name = "double"
version = "1.3.0"
source = "{url}/double.py"
licence = "MIT"
file = "vendor/double.py"
sha256 = "{sha256}"
"""


@pytest.fixture
def site() -> Iterator[Site]:
    site = Site(files={"/double.py": DRIVER})
    with serving(site):
        yield site


@pytest.fixture
def lesson(tmp_path: Path, site: Site) -> Path:
    """A lesson for one kind of board whose program needs somebody else's file."""
    assert main(["lesson", "new", "14-magnets", "--into", str(tmp_path)]) == 0
    folder = tmp_path / "14-magnets"
    manifest = folder / "lesson.toml"
    text = manifest.read_text("utf-8").replace('"esp32", "pico", "yolobit"', '"esp32"')
    text += DEPENDENCY.format(url=site.url, sha256=hashlib.sha256(DRIVER).hexdigest())
    manifest.write_text(text, "utf-8")
    program = folder / "board" / "main.py"
    program.write_text("import double\nassert double.double(2) == 4\n" + program.read_text("utf-8"))
    return folder


def vendored(folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["lesson", "vendor", str(folder), "--json"])
    streams = capsys.readouterr()
    return code, json.loads(streams.out or streams.err)


def findings(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    capsys.readouterr()
    main(["lesson", "check", str(folder), "--no-run", "--json"])
    (report,) = json.loads(capsys.readouterr().out)["lessons"]
    return [finding["message"] for finding in report["findings"]]


def test_a_file_is_brought_once_and_the_lesson_runs_with_it(
    lesson: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    (missing,) = findings(lesson, capsys)
    assert "stemkit lesson vendor" in missing
    code, answer = vendored(lesson, capsys)
    assert (code, [row["state"] for row in answer["dependencies"]]) == (0, ["fetched"])
    assert (lesson / "vendor" / "double.py").read_bytes() == DRIVER
    asked = len(site.requests)
    code, answer = vendored(lesson, capsys)
    assert (code, [row["state"] for row in answer["dependencies"]]) == (0, ["there"])
    assert len(site.requests) == asked
    assert main(["lesson", "check", str(lesson)]) == 0


def test_the_bundle_names_it_with_its_whole_hash(
    lesson: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vendored(lesson, capsys)
    assert main(["lesson", "build", str(lesson), "--into", str(tmp_path), "--no-run"]) == 0
    archive = read_archive((tmp_path / "14-magnets-0.1.0.stem").read_bytes(), "bundle")
    (told,) = json.loads(archive.read("manifest.json"))["dependencies"]
    assert told["sha256"] == hashlib.sha256(DRIVER).hexdigest()
    assert archive.read(told["file"]) == DRIVER


def test_it_lies_beside_the_other_libraries(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vendored(lesson, capsys)
    model = catalogue.boards()["esp32"]
    files = board_files(lesson, model, catalogue.sensors(), number=1, language="vi")
    assert files["lib/double.py"] == DRIVER
    manifest = lesson / "lesson.toml"
    text = manifest.read_text("utf-8")
    manifest.write_text(text.replace('"esp32"]', '"esp32", "microbit-v2"]'), "utf-8")
    flat = board_files(lesson, catalogue.boards()["microbit-v2"], catalogue.sensors(), number=1,
                       language="vi")  # fmt: skip
    assert flat["double.py"] == DRIVER


def test_another_file_is_refused_and_nothing_is_written(
    lesson: Path, site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    site.files["/double.py"] = DRIVER + b"# changed\n"
    code, answer = vendored(lesson, capsys)
    assert (code, answer["error"]["code"]) == (6, "lesson-dependency-differs")
    assert hashlib.sha256(site.files["/double.py"]).hexdigest() in answer["error"]["message"]
    assert not (lesson / "vendor").exists()


def test_a_changed_copy_and_one_that_nobody_names_are_mistakes(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vendored(lesson, capsys)
    (lesson / "vendor" / "double.py").write_bytes(b"evil = 1\n")
    (lesson / "vendor" / "other.py").write_bytes(b"x = 1\n")
    told = findings(lesson, capsys)
    assert len(told) == 2
    assert "vendor/double.py:1:" in told[0]
    assert "vendor/other.py:1:" in told[1]
    assert vendored(lesson, capsys)[0] == 6
    assert (lesson / "vendor" / "double.py").read_bytes() == b"evil = 1\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('sha256 = "', 'sha256 = "0'),
        ('file = "vendor/', 'file = "../'),
        ('file = "vendor/', 'file = "board/'),
        ('source = "http', 'source = "ftp'),
        ('licence = "MIT"', ""),
    ],
)
def test_a_wrong_entry_is_told_with_its_line(
    old: str, new: str, lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = lesson / "lesson.toml"
    head, mark, tail = manifest.read_text("utf-8").partition("[[dependency]]")
    assert tail.count(old) == 1
    manifest.write_text(head + mark + tail.replace(old, new), "utf-8")
    (told,) = findings(lesson, capsys)
    assert "lesson.toml:" in told
    assert vendored(lesson, capsys)[1]["error"]["code"] == "data-file"
