"""`lesson new`, `check`, `show`, `list`, as a trainer uses them."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.actions.library.lessons import read_lesson
from stemkit.storage import places
from stemkit.virtual.confine import can_shut_off

LESSONS = sorted(path.parent for path in places.shipped("lessons").glob("*/lesson.toml"))


@pytest.fixture
def lesson(tmp_path: Path) -> Path:
    """A new lesson for one kind of board."""
    assert main(["lesson", "new", "14-magnets", "--into", str(tmp_path)]) == 0
    folder = tmp_path / "14-magnets"
    edit(folder / "lesson.toml", '"esp32", "pico", "yolobit"', '"esp32"')
    return folder


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")


def check(folder: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["lesson", "check", str(folder), "--json", *words])
    (report,) = json.loads(capsys.readouterr().out)["lessons"]
    return code, report


def problems(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    code, report = check(folder, capsys)
    assert code == 1
    assert not report["ok"]
    return [p for board in report["boards"] for p in board["problems"]]


def findings(folder: Path, capsys: pytest.CaptureFixture[str]) -> list[str]:
    code, report = check(folder, capsys, "--no-run")
    assert code == 1
    return [
        f"{Path(f['path']).relative_to(folder).as_posix()}:{f['line']}"
        for f in report["findings"]
        if f["error"]
    ]


@pytest.mark.parametrize("folder", LESSONS, ids=lambda path: path.name)
def test_every_shipped_lesson_is_in_order(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    boards = two_of(read_lesson(folder).needs.boards, int(folder.name[:2]))
    code, report = check(folder, capsys, *(word for board in boards for word in ("--board", board)))
    assert {board["model"]: board["problems"] for board in report["boards"]} == {
        board: [] for board in boards or {"computer"}
    }
    assert (code, report["findings"]) == (0, [])


def two_of(boards: tuple[str, ...], number: int) -> set[str]:
    """Other ones for each lesson; tests/benchmarks/bench_lessons.py runs all lessons on all."""
    return {boards[(number + half) % len(boards)] for half in (0, len(boards) // 2) if boards}


def test_where_parts_share_a_pin_the_lessons_own_is_plugged_in(
    capsys: pytest.CaptureFixture[str],
) -> None:
    # The ESP8266 has one pin for voltages, which soil probe and light sensor share.
    folder = places.shipped("lessons") / "03-soil-moisture"
    code, report = check(folder, capsys, "--board", "esp8266")
    assert (code, report["boards"][0]["problems"]) == (0, [])


def test_a_new_lesson_passes_on_every_board_that_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lesson", "new", "14-magnets", "--into", str(tmp_path)]) == 0
    code, report = check(tmp_path / "14-magnets", capsys)
    assert (code, report["ok"]) == (0, True)
    assert {board["model"] for board in report["boards"]} == {"esp32", "pico", "yolobit"}
    assert all(board["run_s"] == 300 for board in report["boards"])


def test_nothing_is_written_over(lesson: Path) -> None:
    before = (lesson / "lesson.toml").read_bytes()
    assert main(["lesson", "new", lesson.name, "--into", str(lesson.parent)]) == 2
    assert (lesson / "lesson.toml").read_bytes() == before
    assert main(["lesson", "new", "../evil", "--into", str(lesson.parent)]) == 2
    assert sorted(path.name for path in lesson.parent.iterdir()) == [lesson.name]


def test_a_program_that_fails_is_told_with_its_line(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(lesson / "board/main.py", "    send(", "    t > 60 and boom()\n    send(")
    (told, *_) = problems(lesson, capsys)
    assert 'File "main.py", line 4' in told
    assert "boom" in told


def test_a_program_that_does_not_compile_is_told(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (lesson / "board" / "helper.py").write_text("import time\ndef x(:\n")
    (lesson / "board" / "deep.py").write_text("x = 1\ny = " + "-" * 100_000 + "x\n")
    found = findings(lesson, capsys)
    assert [place.rpartition(":")[0] for place in found] == ["board/deep.py", "board/helper.py"]
    assert found[1] == "board/helper.py:2"


def test_what_only_a_board_cannot_read_is_told(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # Python knows this, MicroPython does not.
    (lesson / "board" / "helper.py").write_text("match 1:\n    case 1:\n        pass\n")
    (told, *_) = problems(lesson, capsys)
    assert "SyntaxError" in told
    assert "<stdin>" not in told.partition("helper")[2]


@pytest.mark.parametrize(
    "program",
    [
        "while True:\n    print('x' * 100)\n",
        "from stem import send\nwhile True:\n    send(temp=20)\n",
        "import machine\nmachine.reset()\n",
    ],
    ids=["prints", "sends", "restarts"],
)
def test_a_program_in_which_no_time_passes_is_let_go(
    program: str,
    lesson: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("stemkit.actions.lessons.run._SILENCE_S", 2.0)
    (lesson / "board/main.py").write_text(program)
    assert "No time passes" in problems(lesson, capsys)[0]


@pytest.mark.skipif(not can_shut_off(), reason="this system cannot shut a program off")
def test_a_program_reaches_neither_network_nor_files(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = lesson.parent / "secret.txt"
    secret.write_text("21")
    edit(lesson / "board/main.py", "sensors.temp.read()", f"float(open({str(secret)!r}).read())")
    assert "ENOENT" in problems(lesson, capsys)[0]
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        edit(
            lesson / "board/main.py",
            f"float(open({str(secret)!r}).read())",
            f"socket.socket().connect(socket.getaddrinfo('127.0.0.1', {port})[0][-1])",
        )
        edit(lesson / "board/main.py", "from stem", "import socket\nfrom stem")
        assert "OSError" in problems(lesson, capsys)[0]
        server.settimeout(0.1)
        with pytest.raises(TimeoutError):
            server.accept()


def test_a_program_that_ends_is_no_lesson(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(lesson / "board/main.py", "    send(", "    if t > 30: break\n    send(")
    assert "end" in problems(lesson, capsys)[0]


def test_each_demand_is_judged(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toml = lesson / "check.toml"
    edit(toml, "high = 40", "high = 26")
    edit(toml, "interval_s = 2", "interval_s = 3")
    edit(toml, "change = 3", "change = 20")
    edit(toml, "memory_percent = 80", "memory_percent = 1")
    told = problems(lesson, capsys)
    assert len(told) == 4
    assert "26" in told[0]
    assert "every 2 s" in told[1]
    assert "+20" in told[2]
    assert "memory" in told[3]


def test_a_fall_is_no_rise(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(lesson / "check.toml", "change = 3", "change = -3")
    assert len(problems(lesson, capsys)) == 1


def test_a_channel_that_is_not_sent_is_missed(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(lesson / "board/main.py", "temp=", "heat=")
    assert "never" in problems(lesson, capsys)[0]


def test_memory_that_runs_out_is_told(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(lesson / "board/main.py", "for t", "kept = []\nfor t")
    edit(lesson / "board/main.py", "    send(", "    kept.append(bytes(4000))\n    send(")
    assert any("MemoryError" in told or "memory" in told for told in problems(lesson, capsys))


def test_the_files_are_looked_at(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(lesson / "en")
    edit(
        lesson / "vi/lesson.md",
        "## 2. ",
        "![dây](day.svg) [xa](../../x.md)\n\n<b>đậm</b>\n\n## 2. ",
    )
    (lesson / "vi/bị dấu.txt").write_text("x")
    (lesson / "teacher/en.md").write_text("# One\n\n### Three\n")
    (lesson / "vi/day.svg").write_text("<svg onload='x'><script>alert(1)</script></svg>")
    found = findings(lesson, capsys)
    assert "en/lesson.md:1" in found
    assert found.count("vi/lesson.md:15") == 2
    assert "vi/lesson.md:17" in found
    assert "teacher/en.md:3" in found
    assert any(place.startswith("vi/b") for place in found)


def test_sizes_are_held(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (lesson / "board" / "big.bin").write_bytes(bytes(600_000))
    code, report = check(lesson, capsys, "--no-run")
    assert code == 0
    assert [finding["error"] for finding in report["findings"]] == [False]
    (lesson / "board" / "big.bin").write_bytes(bytes(2_100_000))
    assert findings(lesson, capsys) == [".:1"]
    (lesson / "board" / "big.bin").unlink()
    (lesson / "vi" / "big.png").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100_000))
    for language in ("vi", "en"):
        edit(lesson / language / "lesson.md", "## 2. ", "![x](../vi/big.png)\n\n## 2. ")
    assert len(findings(lesson, capsys)) == 2


def test_a_microbit_v1_program_is_read_with_its_own_eyes(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(lesson / "lesson.toml", '"esp32"', '"microbit-v1"')
    edit(lesson / "board/main.py", "for t", "print(f'{1}')\nfor t")
    assert findings(lesson, capsys) == [".:3"]


def test_mistakes_of_manifest_and_check_come_together(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(lesson / "lesson.toml", "minutes = 45", "minutes = 1")
    edit(lesson / "check.toml", "minutes = 5", "minutes = 0")
    assert findings(lesson, capsys) == ["lesson.toml:8", "check.toml:2"]


def test_a_mistake_that_two_files_make_together_is_told_with_its_line(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    manifest = lesson / "lesson.toml"
    edit(manifest, '"esp32"', '\n  "esp32",\n  "espresso",\n')
    edit(manifest, '["temp"]', '["temp",\n "taste"]')
    edit(lesson / "check.toml", "[[response]]", "[[response]]\nboards = ['esp32', 'pico']")
    edit(lesson / "check.toml", "scenario.toml", "film.toml")
    rows = manifest.read_text("utf-8").split("\n")
    told = [f"lesson.toml:{rows.index(row) + 1}" for row in ('  "espresso",', ' "taste"]')]
    rows = (lesson / "check.toml").read_text("utf-8").split("\n")
    for row in ('scenario = "film.toml"', "boards = ['esp32', 'pico']"):
        told.append(f"check.toml:{rows.index(row) + 1}")
    assert findings(lesson, capsys) == told


def test_a_copy_of_a_lesson_may_be_called_anything(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy = lesson.rename(lesson.with_name("my copy"))
    code, report = check(copy, capsys, "--no-run")
    assert code == 0
    assert [(one["line"], one["error"]) for one in report["findings"]] == [(1, False)]


def test_a_scenario_is_read(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    edit(lesson / "scenario.toml", '"temperature"', '"temprature"')
    assert findings(lesson, capsys) == ["scenario.toml:5", "scenario.toml:10"]


def test_a_board_that_the_lesson_does_not_name_is_refused(lesson: Path) -> None:
    assert main(["lesson", "check", str(lesson), "--board", "pico"]) == 6


def test_lessons_are_listed_and_shown(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["lesson", "list", "--json"]) == 0
    listed = [row["id"] for row in json.loads(capsys.readouterr().out)["lessons"]]
    assert listed == [path.name for path in LESSONS]
    assert main(["lesson", "show", "01", "--lang", "vi"]) == 0
    assert "Ánh sáng đầu tiên" in capsys.readouterr().out
    assert main(["lesson", "show", "99"]) == 5
