"""What stemkit remembers about boards and adapters, in files that several processes share."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.model.kit import SelfTest, SensorTest
from stemkit.storage.flashed import Flashed
from stemkit.storage.line_rates import LineRates
from stemkit.storage.notebook import Notebook, NotebookDamagedError
from stemkit.storage.roster import NumberTakenError, Roster
from stemkit.storage.unfinished import UnfinishedBoards

RATES = (921600, 460800, 115200)


def test_boards_get_the_next_free_number_and_keep_it(tmp_path: Path) -> None:
    roster = Roster(tmp_path / "kit.json")
    assert [roster.label(f"{n:012x}").number for n in range(3)] == [1, 2, 3]
    assert roster.label("000000000001").number == 2
    assert roster.label("00000000000A").unique_id == "00000000000a"
    assert roster.by_id("00000000000A") == roster.by_number(4)
    assert roster.by_number(99) is None


def test_a_number_belongs_to_one_board(tmp_path: Path) -> None:
    roster = Roster(tmp_path / "kit.json")
    roster.label("aa", number=7, name="Bảy", model="esp32")
    with pytest.raises(NumberTakenError) as error:
        roster.label("bb", number=7)
    assert error.value.exit_code == 2
    assert roster.by_id("bb") is None
    assert roster.label("bb").number == 1
    moved = roster.label("aa", number=8)
    assert (moved.number, moved.name, moved.model) == (8, "Bảy", "esp32")
    assert roster.label("bb", number=7).number == 7


def test_the_history_of_self_tests_stays(tmp_path: Path) -> None:
    roster = Roster(tmp_path / "kit.json")
    roster.label("aa")
    tests = [
        SelfTest(f"2026-01-0{n}T00:00:00+00:00", "1.24", (SensorTest("bme280", n != 2, "x"),))
        for n in (1, 2, 3)
    ]
    for test in tests:
        roster.add_test("AA", test)
    roster.add_test("unknown", tests[0])
    roster.label("aa", number=5)
    found = Roster(tmp_path / "kit.json").by_number(5)
    assert found is not None
    assert found.tests == tuple(tests)
    assert [test.ok for test in found.tests] == [True, False, True]


def test_a_damaged_roster_is_told_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "kit.json"
    for text in ("{", "[]", '{"boards": [{"number": 1}]}', '{"boards": 3}'):
        path.write_text(text)
        with pytest.raises(NotebookDamagedError):
            Roster(path).all()
        with pytest.raises(NotebookDamagedError):
            Roster(path).label("aa")
        assert path.read_text() == text


def test_several_processes_number_boards_without_losing_one(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from stemkit.storage.roster import Roster\n"
        "for n in range(10): Roster(Path(sys.argv[1])).label(sys.argv[2] + str(n))"
    )
    path = tmp_path / "kit.json"
    runs = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name]) for name in ("a", "b", "c")
    ]
    assert [run.wait() for run in runs] == [0, 0, 0]
    assert [board.number for board in Roster(path).all()] == list(range(1, 31))


def test_a_change_that_fails_changes_nothing(tmp_path: Path) -> None:
    notebook = Notebook(tmp_path / "book.json")
    with notebook.changing() as body:
        body["a"] = 1

    def failing() -> None:
        with notebook.changing() as body:
            body["a"] = 2
            raise KeyError

    with pytest.raises(KeyError):
        failing()
    assert notebook.read() == {"a": 1}


def test_marks_are_set_and_cleared_from_many_threads(tmp_path: Path) -> None:
    marks = UnfinishedBoards(tmp_path / "unfinished")
    names = [f"board {n}" for n in range(20)]
    threads = [threading.Thread(target=marks.set, args=(n, n, "fw")) for n in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {mark.key for mark in marks.all()} == set(names)
    for name in names[1:]:
        marks.clear(name)
        marks.clear(name)
    assert [mark.key for mark in marks.all()] == ["board 0"]
    assert "board 0" in marks
    assert "board 1" not in marks


@given(st.lists(st.text(min_size=1, max_size=40), min_size=2, max_size=6, unique=True))
def test_no_two_boards_share_a_mark(
    tmp_path_factory: pytest.TempPathFactory, keys: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("marks")
    marks = UnfinishedBoards(folder)
    marks.set(keys[0], "x", "y")
    assert [key in marks for key in keys] == [True] + [False] * (len(keys) - 1)
    assert all(path.parent == folder for path in folder.rglob("*"))


def test_a_damaged_mark_still_marks(tmp_path: Path) -> None:
    (tmp_path / "240ac4.json").write_text("{")
    assert [mark.key for mark in UnfinishedBoards(tmp_path).all()] == ["240ac4"]


def test_an_adapter_begins_at_the_rate_that_worked_and_gets_another_chance(tmp_path: Path) -> None:
    rates = LineRates(tmp_path / "rates.json")
    assert rates.of("ch340", RATES) == 921600
    rates.worked("ch340", 921600, 921600)
    assert not (tmp_path / "rates.json").exists()
    rates.worked("ch340", 115200, 921600)
    assert rates.of("ch340", RATES) == 115200
    assert rates.of("other", RATES) == 921600
    for _ in range(3):
        rates.worked("ch340", 115200, 921600)
    assert rates.of("ch340", RATES) == 460800
    rates.worked("ch340", 460800, 921600)
    assert rates.of("ch340", RATES) == 460800
    rates.worked("ch340", 921600, 921600)
    assert rates.of("ch340", RATES) == 921600
    assert json.loads((tmp_path / "rates.json").read_text()) == {}


@pytest.mark.parametrize("text", ["{", "[1]", '{"ch340": "fast"}', '{"ch340": [7, 1]}'])
def test_damaged_rates_are_forgotten(tmp_path: Path, text: str) -> None:
    path = tmp_path / "rates.json"
    path.write_text(text)
    rates = LineRates(path)
    assert rates.of("ch340", RATES) == 921600
    rates.worked("ch340", 115200, 921600)
    rates.worked("ch340", 115200, 921600)
    assert rates.of("ch340", RATES) == 115200


def test_the_firmware_of_a_board_is_told_while_the_board_names_that_build(tmp_path: Path) -> None:
    known = Flashed(tmp_path / "flashed.json")
    named = "MicroPython v1.27.0 on 2025-12-09"
    assert known.sha256("240ac4", named) == ""
    known.remember("240AC4", "ab" * 32, "v1.27.0 on 2025-12-09")
    assert known.sha256("240ac4", named) == "ab" * 32
    for other in ("", "MicroPython v1.27.0-preview on 2025-12-09", "v1.27.0 on 2025-12-10"):
        assert known.sha256("240ac4", other) == ""
    assert known.sha256("240ac5", named) == ""
    known.forget("240ac5")
    known.forget("240ac4")
    assert known.sha256("240ac4", named) == ""


@pytest.mark.parametrize("text", ["{", "[1]", '{"240ac4": "ab"}', '{"240ac4": [1, 2]}'])
def test_damaged_notes_of_firmware_tell_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "flashed.json").write_text(text)
    known = Flashed(tmp_path / "flashed.json")
    assert known.sha256("240ac4", "MicroPython v1.27.0 on 2025-12-09") == ""
    known.forget("240ac4")
    known.remember("240ac4", "ab" * 32, "v1.27.0 on 2025-12-09")
    assert known.sha256("240ac4", "MicroPython v1.27.0 on 2025-12-09") == "ab" * 32
