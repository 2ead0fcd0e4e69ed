"""`stemkit sim` as a person runs it, and that nothing is left running."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from stemkit.virtual import running

STEMKIT = [sys.executable, "-m", "stemkit"]


def stemkit(*words: str) -> dict[str, Any]:
    done = subprocess.run([*STEMKIT, *words, "--json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert isinstance(answer, dict)
    return answer


def children_of(pid: int) -> set[int]:
    found = set()
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found |= {int(child) for child in task.read_text().split()}
    return found


def gone(pids: set[int], within_s: float = 5.0) -> bool:
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.02)
    return False


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    except OSError:
        return False


@pytest.fixture
def home_folder(own_home: Path) -> Path:
    return own_home / "virtual"


def test_detached_boards_are_listed_and_stopped(home_folder: Path) -> None:
    started = stemkit("sim", "start", "-n", "2", "--detach")
    assert started["schema"] == "stemkit.sim.start/1"
    assert [row["name"] for row in started["boards"]] == ["v1", "v2"]
    assert all(Path(row["port"]).exists() for row in started["boards"])
    assert stemkit("sim", "list")["boards"] == started["boards"]
    supervisor = running(home_folder)[0].pid
    everything = {supervisor} | children_of(supervisor)
    assert len(everything) == 3
    stemkit("sim", "stop", "v1")
    assert [row["name"] for row in stemkit("sim", "list")["boards"]] == ["v2"]
    stemkit("sim", "stop", "--all")
    assert stemkit("sim", "list")["boards"] == []
    assert gone(everything)
    assert list(home_folder.iterdir()) == []


def test_second_start_takes_the_next_names(home_folder: Path) -> None:
    stemkit("sim", "start", "--detach")
    second = stemkit("sim", "start", "--model", "pico", "--detach")
    assert [(b["name"], b["model"]) for b in second["boards"]] == [("v2", "pico")]
    stemkit("sim", "stop", "--all")


def test_boards_end_with_a_killed_starter(home_folder: Path) -> None:
    starter = subprocess.Popen(
        [*STEMKIT, "sim", "start", "-n", "2", "--json"], stdout=subprocess.PIPE, text=True
    )
    assert starter.stdout is not None
    assert json.loads(starter.stdout.readline())["boards"]
    supervisor = running(home_folder)[0].pid
    everything = {supervisor} | children_of(supervisor)
    starter.kill()
    starter.wait()
    assert gone(everything)
    assert running(home_folder) == []


def test_boards_end_with_a_killed_supervisor(home_folder: Path) -> None:
    stemkit("sim", "start", "-n", "2", "--detach")
    board = running(home_folder)[0]
    programs = children_of(board.pid)
    os.kill(board.pid, signal.SIGKILL)
    assert gone(programs)
    assert running(home_folder) == []
    assert not Path(board.control).parent.exists()


def test_stop_all_ends_a_supervisor_that_hangs(home_folder: Path) -> None:
    stemkit("sim", "start", "-n", "2", "--detach")
    supervisor = running(home_folder)[0].pid
    everything = {supervisor} | children_of(supervisor)
    os.kill(supervisor, signal.SIGSTOP)
    stemkit("sim", "stop", "--all")
    assert gone(everything)
    assert running(home_folder) == []


def test_unplugged_board_has_no_port_and_comes_back_under_it(home_folder: Path) -> None:
    port = Path(stemkit("sim", "start", "--detach")["boards"][0]["port"])
    stemkit("sim", "unplug", "v1")
    assert not port.exists()
    assert stemkit("sim", "list")["boards"][0]["port"] is None
    assert stemkit("sim", "plug", "v1")["boards"][0]["port"] == str(port)
    assert port.exists()
    stemkit("sim", "stop", "--all")


@pytest.mark.parametrize(
    ("words", "code", "exit_code"),
    [
        (("sim", "stop", "v9"), "virtual-no-such-board", 3),
        (("sim", "start", "--model", "esp33"), "unknown-model", 2),
        (("sim", "stop"), "usage", 2),
    ],
)
def test_wrong_words_give_one_clear_error(
    words: tuple[str, ...], code: str, exit_code: int
) -> None:
    done = subprocess.run([*STEMKIT, *words, "--json"], capture_output=True, text=True)
    assert done.returncode == exit_code
    error = json.loads(done.stderr)["error"]
    assert (error["code"], bool(error["remedy"])) == (code, True)


def test_a_lesson_says_what_happens_around_a_board(own_home: Path, tmp_path: Path) -> None:
    stemkit("sim", "start", "--scenario", "02", "--detach")
    assert stemkit("sim", "show", "v1")["values"]["temperature"] == pytest.approx(25, abs=1)
    stemkit("sim", "stop", "--all")
    for name, code in (
        ("01", "no-such-file"),
        ("99", "no-such-lesson"),
        ("x.toml", "no-such-file"),
    ):
        done = subprocess.run(
            [*STEMKIT, "sim", "start", "--scenario", name, "--json"],
            capture_output=True, text=True, cwd=tmp_path, timeout=60,
        )  # fmt: skip
        assert json.loads(done.stderr)["error"]["code"] == code
