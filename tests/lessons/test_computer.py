"""A lesson that needs no board: its program runs on this computer, with virtual sensors."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.storage import places

pytest.importorskip("adafruit_blinka")

LESSON = places.shipped("lessons") / "13-no-board"


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    return Path(shutil.copytree(LESSON, tmp_path / LESSON.name))


def check(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["lesson", "check", str(folder), "--json", *words])
    (report,) = json.loads(capsys.readouterr().out)["lessons"]
    return code, report


def program(folder: Path, text: str) -> None:
    (folder / "computer" / "main.py").write_text(text, "utf-8")


def test_it_is_in_order_and_its_drivers_read_registers(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, report = check(lesson, capsys)
    assert (code, report["findings"]) == (0, [])
    (run,) = report["boards"]
    assert (run["model"], run["ok"], run["run_s"]) == ("computer", True, 240)
    assert run["readings"] > 600
    # The whole four minutes take no time: nothing waits.
    assert run["seconds"] < 60


def test_what_happens_around_is_demanded(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = lesson / "scenario.toml"
    scenario.write_text(scenario.read_text("utf-8").replace("[90, 29]", "[90, 24.5]"), "utf-8")
    code, report = check(lesson, capsys)
    assert code == 1
    assert len(report["boards"][0]["problems"]) == 2


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("import board\ni2c = board.I2C()\n1 / 0\n", "ZeroDivisionError"),
        ("print('aht:24,bmp:24,diff:0')\n", "came to its end"),
        ("import board\nassert board.I2C().scan() == [0x38]\n", "AssertionError"),
    ],
)
def test_a_program_that_fails_or_ends_is_told(
    lesson: Path, capsys: pytest.CaptureFixture[str], text: str, told: str
) -> None:
    program(lesson, text)
    code, report = check(lesson, capsys)
    assert code == 1
    assert told in report["boards"][0]["problems"][0]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux confines a program")
@pytest.mark.parametrize(
    "deed", ["open({path!r}, 'w')", "__import__('os').system('touch ' + {path!r}) and 1 / 0"]
)
def test_a_lesson_of_anybody_harms_nothing(
    lesson: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], deed: str
) -> None:
    path = tmp_path / "written"
    program(lesson, f"{deed.format(path=str(path))}\n")
    code, _ = check(lesson, capsys)
    assert code == 1
    assert not path.exists()


def test_mistakes_are_told(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    manifest = lesson / "lesson.toml"
    text = manifest.read_text("utf-8")
    program(lesson, "x = 1\nwhile True print(1)\n")
    code, report = check(lesson, capsys)
    assert code == 1
    assert [(Path(f["path"]).name, f["line"]) for f in report["findings"]] == [("main.py", 2)]
    (lesson / "computer" / "main.py").unlink()
    assert "computer/main.py" in check(lesson, capsys)[1]["findings"][0]["message"]
    start, end = text.index("[computer]"), text.index("[[channel]]")
    manifest.write_text(text[:start] + text[end:], "utf-8")
    told = [f["message"] for f in check(lesson, capsys)[1]["findings"]]
    assert any("firmware" in message for message in told)
    firmware = '[firmware]\nname = "MicroPython"\nmin_version = "1.20"\n\n'
    manifest.write_text(text[:start] + firmware + text[end:], "utf-8")
    told = [f["message"] for f in check(lesson, capsys)[1]["findings"]]
    assert any("no board" in message for message in told)


def test_it_is_not_for_a_board(lesson: Path) -> None:
    assert main(["lesson", "check", str(lesson), "--board", "pico"]) == 6
