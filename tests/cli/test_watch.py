"""`stemkit watch` and `stemkit record` as a person and a script use them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from stream.boards import PtyBoard, until

from stemkit.__main__ import main
from stemkit.storage import places
from stemkit.virtual import RunningBoard
from tests.conftest import StartBoards

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import time
n = 0
while True:
    print("temp:%d.5,hum:%d" % (20 + n % 5, 50 + n % 7))
    n += 1
    time.sleep(0.02)
"""


@pytest.fixture
def printing(virtual_board: RunningBoard) -> RunningBoard:
    """A virtual board whose program prints readings."""
    start_printing(virtual_board)
    return virtual_board


def start_printing(board: RunningBoard) -> None:
    from stemkit.devices.session import Session
    from stemkit.links import open_link

    link = open_link(board.port)
    try:
        with Session(link) as session:
            session.exec(f"f = open('main.py', 'w'); f.write({PROGRAM!r}); f.close()")
        link.write(b"\x04")  # a soft reset at the friendly prompt starts main.py
        time.sleep(0.3)
    finally:
        link.close()


def run(*words: str, data: bytes | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stemkit", *words],
        input=None if data is None else data.decode("latin-1"),
        encoding="latin-1" if data is not None else "utf-8",
        capture_output=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )


def objects(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_a_board_is_watched_and_recorded(printing: RunningBoard) -> None:
    done = run("watch", "v1", "--json", "--for", "2", "--record", "con lắc")
    assert done.returncode == 0, done.stderr
    told = objects(done.stdout)
    assert told[0]["schema"] == "stemkit.watch/1"
    assert told[0]["boards"] == ["v1"]
    rows = [o for o in told if "values" in o]
    assert len(rows) > 20
    assert all(set(row) == {"t", "board", "seq", "values"} for row in rows)
    assert set(rows[0]["values"]) == {"temp", "hum"}
    assert [row["t"] for row in rows] == sorted(row["t"] for row in rows)
    assert {o.get("event") for o in told} >= {"connected", "recording-started", "recorded"}
    listed = json.loads(run("record", "list", "--json").stdout)
    assert listed["schema"] == "stemkit.record.list/1"
    [recording] = listed["recordings"]
    assert recording["name"] == "con lắc"
    assert recording["state"] == "complete"
    assert recording["rows"] >= len(rows)
    assert recording["channels"] == ["temp", "hum"]
    again = run("watch", "v1", "--json", "--for", "1", "--record", "con lắc")
    assert again.returncode == 2
    assert json.loads(again.stderr)["error"]["code"] == "recording-exists"
    assert run("watch", "v1", "--for", "1", "--record", "con lắc", "--force").returncode == 0


def test_a_pulled_cable_and_back(printing: RunningBoard) -> None:
    watch = subprocess.Popen(
        [sys.executable, "-m", "stemkit", "watch", "--json", "--for", "30", "--record", "pulled"],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert watch.stdout is not None
    told = follow(watch.stdout)
    assert wait_for(told, lambda o: "values" in o)
    assert main(["sim", "unplug", "v1"]) == 0
    assert wait_for(told, lambda o: o.get("event") == "disconnected")
    assert main(["sim", "plug", "v1"]) == 0
    back = wait_for(told, lambda o: o.get("event") == "reconnected")
    assert back["board"] == "v1"
    assert wait_for(told, lambda o: "values" in o)
    watch.send_signal(signal.SIGTERM)
    watch.stdout.read()
    assert watch.wait(20) == 130
    watch.stdout.close()
    shown = json.loads(run("record", "show", "pulled", "--json").stdout)
    assert shown["state"] == "complete"
    events = [event["event"] for event in shown["events"]]
    assert events.count("disconnected") == events.count("reconnected") == 1
    assert (places.recordings() / "pulled" / "data.csv").is_file()


def follow(stream: Any) -> Iterator[dict[str, Any]]:
    for line in stream:
        yield json.loads(line)


def wait_for(told: Iterator[dict[str, Any]], wanted: Any) -> dict[str, Any]:
    return next(o for o in told if wanted(o))


def test_standard_input_is_read_to_its_end() -> None:
    done = run("watch", "--from", "-", "--json", data=b"a:1,b:2\n" * 6 + b"hello \x1b[2J\xff\na:3")
    assert done.returncode == 0, done.stderr
    told = objects(done.stdout)
    assert [o["values"] for o in told if "values" in o] == [{"a": 1, "b": 2}] * 6 + [{"a": 3}]
    assert "\x1b" not in done.stdout


def test_plain_lines_are_data_and_the_rest_is_beside_it() -> None:
    done = run("watch", "--from", "-", "--plain", data=b"#: v=1 ch=a;V;;;\na:1.5\nhello\n")
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert [line.split("  ", 1)[1] for line in lines if "a=" in line] == ["a=1.5 V"]
    assert "hello" in lines
    assert "connected" in done.stderr
    assert "stdin: has ended" in done.stderr
    assert "cable" not in done.stderr
    assert run("watch", "--from", "-", "-q", data=b"a:1\n").stderr == ""


def test_a_file_is_read_at_once(tmp_path: Path) -> None:
    table = tmp_path / "trọng lực.csv"
    table.write_text("\ufeffTime (seconds),g\r\n0.5,9.8\r\n1.5,9.7\r\n", "utf-8")
    done = run("watch", "--from", str(table), "--json", "--for", "5")
    rows = [o for o in objects(done.stdout) if "values" in o]
    assert [row["values"] for row in rows] == [{"g": 9.8}, {"g": 9.7}]
    assert rows[0]["board"] == "trọng lực"


@pytest.mark.parametrize(
    ("source", "code", "exit_code"),
    [
        ("mqtt://x/y", "bad-source", 2),
        ("nowhere.csv", "no-such-source", 5),
        ("socket://127.0.0.1:1", "host-unreachable", 3),
        ("blinka:nowhere.py", "no-such-source", 5),
    ],
)
def test_a_source_that_is_none(
    source: str, code: str, exit_code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["watch", "--from", source, "--json"]) == exit_code
    assert json.loads(capsys.readouterr().err)["error"]["code"] == code


def test_no_board(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["watch", "v1", "--json"]) == 3
    assert json.loads(capsys.readouterr().err)["error"]["code"] in {"no-such-board", "no-board"}


def record_something(name: str, lines: bytes) -> Path:
    done = run("watch", "--from", "-", "--plain", "-q", "--record", name, data=lines)
    assert done.returncode == 0, done.stderr
    return places.recordings() / name


def test_a_recording_is_shown_and_played_again(capsys: pytest.CaptureFixture[str]) -> None:
    record_something("first", b"a:1,b:2\n" * 20 + b"a:nan,b:4\n")
    assert main(["record", "show", "first", "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["rows"], shown["lines"], shown["lost"]) == (21, 21, 0)
    assert [(c["label"], c["n"], c["max"]) for c in shown["channels"]] == [
        ("a", 20, 1),
        ("b", 21, 4),
    ]
    assert main(["record", "show", "first"]) == 0
    assert "21 readings" in capsys.readouterr().out
    assert main(["--lang", "vi", "record", "show", "first"]) == 0
    assert "21 số đo" in capsys.readouterr().out
    assert main(["record", "replay", "first", "--plain", "--speed", "1000"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 21
    assert main(["record", "show", "none", "--json"]) == 5
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "no-such-recording"


def test_what_was_killed_is_recovered(capsys: pytest.CaptureFixture[str]) -> None:
    watch = subprocess.Popen(
        [sys.executable, "-m", "stemkit", "watch", "--from", "-", "--json", "--record", "killed"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
    )
    assert watch.stdin is not None
    assert watch.stdout is not None
    watch.stdin.write(b"a:1,b:2\n" * 500)
    watch.stdin.flush()
    acknowledged = 0
    while not acknowledged:
        told = json.loads(watch.stdout.readline())
        acknowledged = told.get("lines", 0) if told.get("event") == "recorded" else 0
    os.kill(watch.pid, signal.SIGKILL)
    watch.wait()
    watch.stdin.close()
    watch.stdout.close()
    assert main(["record", "recover", "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)["recordings"]
    assert found["lines"] == 500 >= acknowledged > 0
    folder = places.recordings() / "killed"
    assert len((folder / "data.csv").read_text("utf-8").splitlines()) == 501
    assert main(["record", "recover", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["recordings"] == []


def test_a_replayed_recording_cannot_be_recorded(capsys: pytest.CaptureFixture[str]) -> None:
    record_something("one", b"a:1\n" * 3)
    assert main(["watch", "--from", "one", "--record", "two", "--json"]) == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "nothing-to-record"


def test_a_reader_that_leaves_is_no_fault() -> None:
    done = subprocess.run(
        f"{sys.executable} -m stemkit watch --from - --plain | head -1",
        shell=True,
        input=b"a:1\n" * 20_000,
        capture_output=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0
    assert b"Traceback" not in done.stderr
    assert b"went wrong" not in done.stderr


SETUP = """
[[channel]]
label = "dist"
unit = "cm"
calibration = [[0, 1], [10, 21]]
[[formula]]
label = "twice"
formula = "dist*2"
unit = "cm"
[[alarm]]
when = "dist > 60"
[[trigger]]
when = "dist > 40"
does = "mark"
"""


def test_a_setup_shapes_what_is_watched_recorded_and_exported(tmp_path: Path) -> None:
    setup = tmp_path / "setup.toml"
    setup.write_text(SETUP, "utf-8")
    lines = b"".join(b"dist:%d\n" % n for n in [*range(40), 0])
    words = ["watch", "--from", "-", "--json", "--setup", str(setup), "--record", "set up"]
    told = objects(run(*words, data=lines).stdout)
    rows = [o["values"] for o in told if "values" in o]
    assert rows[3] == {"dist": 7, "twice": 14}
    events = [o["event"] for o in told if "event" in o]
    assert events.count("alarm") == events.count("alarm-over") == 1
    assert events.count("trigger") == events.count("mark") == 1
    folder = places.recordings() / "set up"
    table = (folder / "data.csv").read_text("utf-8").splitlines()
    assert table[0] == "time,t_s,board,dist (cm),twice (cm)"
    assert table[4].endswith(",7,14")
    assert b'"line":"dist:3"' in (folder / "raw.jsonl").read_bytes()
    again = objects(run("watch", "--from", "set up", "--json", "--speed", "1000").stdout)
    assert [o["values"] for o in again if "values" in o] == rows
    shown = json.loads(run("record", "show", "set up", "--json").stdout)
    assert [c["label"] for c in shown["channels"]] == ["dist", "twice"]
    assert [e["event"] for e in shown["events"]].count("alarm") == 1


def test_mistakes_in_a_setup_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    setup = tmp_path / "setup.toml"
    setup.write_text('[[formula]]\nlabel = "a"\nformula = "1 +"\n', "utf-8")
    assert main(["watch", "--from", "-", "--setup", str(setup), "--json"]) == 5
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "data-file"
    assert "setup.toml:3" in error["message"]


def test_a_trigger_begins_and_ends_a_recording(tmp_path: Path) -> None:
    setup = tmp_path / "setup.toml"
    trigger = '[[trigger]]\nwhen = "n > {}"\ndoes = "{}"\n'
    setup.write_text(trigger.format(20, "record") + trigger.format(60, "stop"), "utf-8")
    words = [sys.executable, "-m", "stemkit", "watch", "--from", "-", "--json", "--setup"]
    watch = subprocess.Popen(
        [*words, str(setup)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=ROOT
    )
    assert watch.stdin is not None
    assert watch.stdout is not None
    assert b"watching" in watch.stdout.readline()  # a busy machine starts slowly
    for n in range(100):
        watch.stdin.write(b"n:%d\n" % n)
        watch.stdin.flush()
        time.sleep(0.04)
    watch.stdin.close()
    watch.stdout.read()
    watch.stdout.close()
    assert watch.wait(20) == 0
    [recording] = json.loads(run("record", "list", "--json").stdout)["recordings"]
    assert 15 <= recording["rows"] <= 75
    assert recording["state"] == "complete"


def test_boards_are_taken_as_they_are_plugged_in(virtual_boards: StartBoards) -> None:
    words = ["watch", "--json", "--for", "60", "--record", "a class"]
    watch = subprocess.Popen(
        [sys.executable, "-m", "stemkit", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert watch.stdout is not None
    told = follow(watch.stdout)
    try:
        assert wait_for(told, lambda o: o.get("event") == "watching")["boards"] == []
        assert wait_for(told, lambda o: o.get("event") == "no-board")
        for name in ("v1", "v2"):
            start_printing(virtual_boards()[0])
            assert wait_for(told, lambda o, name=name: "values" in o and o["board"] == name)
        assert main(["sim", "unplug", "v1"]) == 0
        assert wait_for(told, lambda o: o.get("event") == "disconnected")["board"] == "v1"
        assert main(["sim", "plug", "v1"]) == 0
        assert wait_for(told, lambda o: o.get("event") == "reconnected")["board"] == "v1"
        meta = places.recordings() / "a class" / "meta.json"
        # While it still runs: a kill would not lose it.
        assert until(lambda: '"v2"' in meta.read_text("utf-8"))
    finally:
        watch.send_signal(signal.SIGTERM)
        watch.stdout.read()
        assert watch.wait(20) == 130
        watch.stdout.close()
    shown = json.loads(run("record", "show", "a class", "--json").stdout)
    assert shown["boards"] == ["v1", "v2"]


def test_who_waits_in_vain_is_told_and_a_script_at_once() -> None:
    begun_s = time.monotonic()
    done = run("watch", "--plain", "--for", "1")
    assert done.returncode == 3
    assert "no-board" in done.stderr
    assert "Plug one in" in done.stderr
    assert time.monotonic() - begun_s > 1
    done = run("watch", "--json")  # nobody sits before it
    assert done.returncode == 3
    assert json.loads(done.stderr)["error"]["code"] == "no-board"


def test_a_program_that_has_the_port_open_too_is_told(tmp_path: Path) -> None:
    board = PtyBoard(tmp_path, "b0")
    with subprocess.Popen(["cat", board.port], stdout=subprocess.DEVNULL) as other:
        try:
            time.sleep(0.2)
            done = run("watch", board.port, "--json", "--for", "1")
        finally:
            other.kill()
            board.close()
    [told] = [o for o in objects(done.stdout) if o.get("event") == "shared"]
    assert (told["board"], told["program"], told["pid"]) == ("port-b0", "cat", other.pid)
