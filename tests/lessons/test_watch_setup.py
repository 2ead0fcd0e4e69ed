"""A lesson's `watch.toml`: read by `lesson check`, opened by `stemkit watch`."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.actions.library.lessons import read_lesson
from stemkit.actions.readings.lesson_setup import lesson_experiment
from stemkit.formats.bundle import read_bundle
from stemkit.model.lesson_names import WATCH
from stemkit.storage import places


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    assert main(["lesson", "new", "14-magnets", "--into", str(tmp_path)]) == 0
    return tmp_path / "14-magnets"


def found(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[int, str]]:
    capsys.readouterr()
    main(["lesson", "check", str(folder), "--no-run", "--json", "--lang", "en"])
    (report,) = json.loads(capsys.readouterr().out)["lessons"]
    return [(f["line"], f["message"]) for f in report["findings"] if f["path"].endswith(WATCH)]


def test_the_template_has_one_that_is_in_order(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (lesson / WATCH).is_file()
    assert found(lesson, capsys) == []


@pytest.mark.parametrize(
    ("text", "line", "told"),
    [
        ('[view]\nchannels = ["tmp"]\n', 1, "“tmp”"),
        ('[[alarm]]\nwhen = "light < 3"\n', 1, "“light”"),
        ('[[formula]]\nlabel = "f"\nformula = "temp *"\n', 3, "formula"),
        ("[view]\nspan = 3\n", 2, "span"),
        ('[[channel]]\nlabel = "temp"\ncalibration = [[1, 2], [1, 3]]\n', 3, "calibration"),
        ("no toml at all", 1, ""),
    ],
)
def test_a_mistake_is_told_with_its_place(
    lesson: Path, capsys: pytest.CaptureFixture[str], text: str, line: int, told: str
) -> None:
    (lesson / WATCH).write_text(text, "utf-8")
    mistakes = found(lesson, capsys)
    assert mistakes, text
    assert mistakes[0][0] == line
    assert told in mistakes[0][1]


def test_names_and_units_come_from_the_manifest() -> None:
    folder = places.shipped("lessons") / "02-temperature-humidity"
    lesson = read_lesson(folder)
    experiment = lesson_experiment(lesson, {WATCH: (folder / WATCH).read_bytes()})
    temp = experiment.channels[0]
    assert (temp.label, temp.unit, temp.high) == ("temp", "°C", 40)
    assert temp.name is not None
    assert temp.name.vi == "Nhiệt độ"
    assert experiment.title == lesson.title
    without = lesson_experiment(lesson, {})
    assert [c.label for c in without.channels] == ["temp", "hum"]


def test_it_travels_in_the_bundle(lesson: Path, tmp_path: Path) -> None:
    into = tmp_path / "built"
    assert main(["lesson", "build", str(lesson), "--no-run", "--into", str(into)]) == 0
    (path,) = (p for p in into.glob("*.stem") if "teacher" not in p.name)
    assert WATCH in read_bundle(path.read_bytes(), path.name).files()


def test_the_documented_example_is_right(lesson: Path) -> None:
    text = (places.shipped("lessons") / "README.md").read_text("utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (block,) = [one for one in blocks if "[[formula]]" in one]
    experiment = lesson_experiment(read_lesson(lesson), {WATCH: block.encode()})
    assert [formula.label for formula in experiment.formulas] == ["speed"]
    assert experiment.view.span_s == 20
