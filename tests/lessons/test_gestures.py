"""`record learn` and lesson 11's model: learned again the same, and the same on a board."""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from stemkit.__main__ import main
from stemkit.analysis.learned import Labelled, learn, windows
from stemkit.analysis.moves import measure
from stemkit.storage import places

LESSON = places.shipped("lessons") / "11-gestures"
RECORDINGS = sorted((LESSON / "recordings").glob("*.csv"))
_START = "import sys, micropython_run as m; sys.exit(m.run_main(['micropython', *sys.argv[1:]]))"


def rows_of(path: Path) -> list[list[float]]:
    return [[float(cell) for cell in line.split(",")] for line in path.read_text().split()[1:]]


def model() -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "model"}
    exec(compile((LESSON / "board" / "model.py").read_text("utf-8"), "model.py", "exec"), names)
    return names


WINDOWS = [window for path in RECORDINGS for window in windows(rows_of(path), 20)]


def test_the_lessons_model_is_learned_again_from_its_recordings(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["record", "learn", *map(str, reversed(RECORDINGS)), "--to", str(tmp_path / "m.py")]
    assert main([*words, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (tmp_path / "m.py").read_bytes() == (LESSON / "board" / "model.py").read_bytes()
    assert told["labels"] == ["circle", "shake", "still", "tilt"]
    assert told["people"] == ["an", "binh", "chi", "dung"]
    assert told["tested_on_people_unseen"]
    assert sum(map(sum, told["confusion"])) == told["windows"] == len(WINDOWS)
    assert sum(row[n] for n, row in enumerate(told["confusion"])) == told["right"]
    # Four gestures: chance would be a quarter. Nobody's model is right always.
    assert 0.75 < told["right"] / told["windows"] < 1.0
    # The folder of them is the same; the lesson's text tells these figures.
    assert (
        main(["record", "learn", str(LESSON / "recordings"), "--to", str(tmp_path / "n.py")]) == 0
    )
    shown = capsys.readouterr().out
    assert f"{told['right']} of {told['windows']}" in shown
    bound = str(told["tree"][0][1])
    for language, written in (("vi", bound.replace(".", ",")), ("en", bound)):
        text = (LESSON / language / "lesson.md").read_text("utf-8")
        assert str(told["right"]) in text
        assert str(told["windows"]) in text
        assert f" {written} " in text


def test_a_board_answers_every_window_as_this_computer_does(tmp_path: Path) -> None:
    here = [model()["guess"](window) for window in WINDOWS]
    (tmp_path / "windows.json").write_text(json.dumps(WINDOWS))
    program = (
        "import json, model\nfor w in json.load(open('windows.json')):\n print(model.guess(w))"
    )
    (tmp_path / "model.py").write_bytes((LESSON / "board" / "model.py").read_bytes())
    done = subprocess.run(
        [sys.executable, "-c", _START, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        cwd=tmp_path,
        check=True,
    )
    assert [int(line) for line in done.stdout.split()] == here
    assert len(set(here)) == 4


class Single(float):
    """A float that is rounded to 32 bits after every operation, as most boards have them."""

    def __new__(cls, value: float) -> Single:
        return super().__new__(cls, struct.unpack("f", struct.pack("f", value))[0])


def _rounding(name: str) -> Any:
    def operate(self: float, other: float) -> Any:
        result = getattr(float, name)(self, float(Single(other)))
        return result if result is NotImplemented else Single(result)

    return operate


for _name in ("add", "radd", "sub", "rsub", "mul", "rmul", "truediv", "rtruediv", "pow"):
    setattr(Single, f"__{_name}__", _rounding(f"__{_name}__"))


def test_short_floats_give_the_same_answers() -> None:
    guess = model()["guess"]
    for window in WINDOWS:
        short = [[Single(value) for value in row] for row in window]
        assert isinstance(measure(short)[0], Single)  # nothing on the way is longer
        assert guess(short) == guess(window)


def test_no_model_is_marked_with_what_it_has_seen() -> None:
    # What one person calls “up” the other calls “down”: nobody could learn that from the other.
    slow = [[math.sin(n / 9)] for n in range(200)]
    fast = [[math.sin(n * 2)] for n in range(200)]
    told = [
        Labelled("up", "an", slow),
        Labelled("down", "an", fast),
        Labelled("up", "binh", fast),
        Labelled("down", "binh", slow),
    ]
    assert learn(told, ["x"], 20).tested.right == 0
    alone = learn(told[:2], ["x"], 20).tested
    assert alone.right == alone.windows > 0


def test_a_still_board_is_no_division_by_nothing() -> None:
    assert measure([[1.0, 2.0]] * 20) == [1e-9, 0.0, 0.0, 0]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["shake-an.csv", "shake-binh.csv"], 2),
        (["shake-an.csv", "short-an.csv"], 5),
        (["shake-an.csv", "nothing-an.csv"], 5),
    ],
)
def test_what_cannot_be_learned_is_told_and_nothing_is_written(
    tmp_path: Path, names: list[str], code: int
) -> None:
    for path in RECORDINGS[4:6]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "short-an.csv").write_text("acc_x,acc_y,acc_z\n1,2,3\n1,2,4\n")
    to = tmp_path / "model.py"
    assert main(["record", "learn", *(str(tmp_path / n) for n in names), "--to", str(to)]) == code
    assert not to.exists()


def test_a_model_that_is_there_is_not_replaced_by_itself(tmp_path: Path) -> None:
    to = tmp_path / "model.py"
    to.write_text("mine")
    words = ["record", "learn", str(LESSON / "recordings"), "--to", str(to)]
    assert main(words) == 2
    assert to.read_text() == "mine"
    assert main([*words, "--force"]) == 0
