"""`flash --lesson`: firmware, runtime and lesson in one go; the first boot runs the lesson."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.devices.session import Session
from stemkit.links import open_link
from stemkit.storage import places
from stemkit.storage.roster import Roster
from stemkit.virtual import RunningBoard
from tests.conftest import StartBoards
from tests.deploy.benchwork import session_on
from tests.made_images import UFLASH, esp_firmware, pico_uf2
from tests.made_lessons import manifest

MAIN = "import time\nwhile True:\n    print('lesson is running')\n    time.sleep(0.2)\n"


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    folder = tmp_path / "02-climate"
    (folder / "board" / "steps").mkdir(parents=True)
    (folder / "lesson.toml").write_text(manifest("02-climate"))
    (folder / "board" / "main.py").write_text(MAIN)
    (folder / "board" / "steps" / "một.py").write_text("print('một')\n")
    return folder


def read_back(board: RunningBoard, path: str) -> bytes:
    """A file of the board, through mpremote: somebody else's eyes."""
    run = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", board.port, "cat", f":{path}"],
        capture_output=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout.replace(b"\r\n", b"\n")


def test_an_esp32_starts_with_the_lesson_and_its_number(
    virtual_boards: StartBoards,
    tmp_path: Path,
    lesson: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (board,) = virtual_boards(blank=True)
    Roster(places.kit()).label(board.unique_id, number=7)
    file = tmp_path / "made.bin"
    file.write_bytes(esp_firmware("esp32"))
    words = ["flash", "v1", "--firmware", str(file), "--lesson", str(lesson), "--json"]
    assert main(words) == 0
    (row,) = json.loads(capsys.readouterr().out)["boards"]
    assert (row["status"], row["verified"], row["kit_number"]) == ("flashed", True, 7)
    assert main(["boards", "--probe", "--json"]) == 0
    (asked,) = json.loads(capsys.readouterr().out)["boards"]
    assert asked["lesson"] == {"name": "02-climate", "version": "1.2.0"}
    assert asked["kit_number"] == 7
    assert read_back(board, "main.py") == MAIN.encode()
    assert "một" in read_back(board, "steps/một.py").decode()
    assert b"stem" in read_back(board, "lib/stem/__init__.py")


@pytest.mark.parametrize("model", ["esp32", "microbit-v2"])
def test_what_was_flashed_goes_with_the_next_deploy_and_the_number_stays(
    virtual_boards: StartBoards, tmp_path: Path, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    (board,) = virtual_boards(model=model, blank=True)
    Roster(places.kit()).label(board.unique_id, number=7)
    for name, files in {"first": ("main.py", "helper.py"), "second": ("main.py",)}.items():
        (tmp_path / name).mkdir()
        for file in files:
            (tmp_path / name / file).write_text(f"# {name}\n{MAIN}")
    words = ["flash", "v1", "--lesson", str(tmp_path / "first")]
    if model == "esp32":
        (tmp_path / "made.bin").write_bytes(esp_firmware(model))
        words += ["--firmware", str(tmp_path / "made.bin")]
    assert main(words) == 0
    capsys.readouterr()
    assert main(["deploy", str(tmp_path / "second"), "v1", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["boards"]
    assert (row["files_sent"], row["status"]) == (1, "deployed")
    assert row["files_removed"] > 1
    with session_on(row["port"]) as session:
        names = session.exec("import os\nprint(*sorted(os.listdir()))").decode().split()
        assert set(names) - {"boot.py", "lib"} == {".stemkit", "main.py", "stem.json"}
        assert json.loads(session.exec("print(open('stem.json').read())"))["number"] == 7


def test_a_pico_and_a_microbit_get_the_lesson_too(
    virtual_boards: StartBoards,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    program = tmp_path / "program"
    program.mkdir()
    (program / "main.py").write_text(MAIN)
    (pico,) = virtual_boards(model="pico", blank=True)
    uf2 = tmp_path / "pico.uf2"
    uf2.write_bytes(pico_uf2())
    assert main(["flash", pico.name, "--firmware", str(uf2), "--lesson", str(program)]) == 0
    (microbit,) = virtual_boards(model="microbit-v2", blank=True)
    hex_file = next(UFLASH.glob("*v2*.hex"))
    words = ["flash", microbit.name, "--firmware", str(hex_file), "--lesson", str(program)]
    assert main(words) == 0
    capsys.readouterr()
    assert main(["boards", "--probe", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["boards"]
    assert [row["state"] for row in rows] == ["running", "running"]
    found = next(row for row in rows if row["name"] == pico.name)
    assert read_back(RunningBoard(**{**_fields(pico), "port": found["port"]}), "main.py")


@pytest.mark.parametrize(("model", "exact"), [("microbit-v1", False), ("pico", True)])
def test_a_board_that_has_the_lesson_is_left_alone(
    virtual_boards: StartBoards,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    model: str,
    exact: bool,
) -> None:
    program = tmp_path / "program"
    program.mkdir()
    (program / "main.py").write_text(MAIN)
    virtual_boards(model=model, blank=True)
    words = ["flash", "--lesson", str(program), "--json"]
    if model == "pico":
        (tmp_path / "pico.uf2").write_bytes(pico_uf2())
        words += ["--firmware", str(tmp_path / "pico.uf2")]

    def flashed() -> str:
        """Where the board is, once it was flashed, and then left alone."""
        for status in ("flashed", "unchanged"):
            capsys.readouterr()
            assert main(words) == 0
            (row,) = json.loads(capsys.readouterr().out)["boards"]
            assert row["status"] == status
            # A micro:bit names its firmware and does not show it.
            assert row["verified"] == (status == "flashed" or exact)
        return str(row["port"])

    link = open_link(flashed())
    assert b"lesson is running" in b"".join(link.read(4096, 0.1) for _ in range(10))
    with Session(link) as session:
        session.exec("f=open('more.txt','w')\nf.write('a pupil was here')\nf.close()")
    link.close()
    flashed()
    (program / "main.py").write_text(MAIN.replace("running", "runnink"))
    flashed()


def _fields(board: RunningBoard) -> dict[str, object]:
    return {name: getattr(board, name) for name in RunningBoard.__slots__}


def test_a_lesson_that_is_not_there_is_told_before_any_board_is_touched(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str]
) -> None:
    virtual_boards()
    assert main(["flash", "v1", "--lesson", "no-such-lesson"]) == 5
    assert "no-such-lesson" in capsys.readouterr().err
