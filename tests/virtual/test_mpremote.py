"""A client that is not ours: the mpremote command as a process of its own."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from pathlib import Path

from stemkit.virtual import RunningBoard
from tests.conftest import StartBoards


def mpremote(board: RunningBoard, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mpremote", "connect", board.port, *words],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_exec_says_what_board_it_is(virtual_board: RunningBoard) -> None:
    out = mpremote(virtual_board, "exec", "import sys, os; print(sys.platform, os.uname().machine)")
    assert out.strip() == "esp32 Generic ESP32 module with ESP32"


def test_run_shows_the_program_output_and_its_error(
    virtual_board: RunningBoard, tmp_path: Path
) -> None:
    program = tmp_path / "p.py"
    program.write_text("print(6 * 7)")
    assert mpremote(virtual_board, "run", str(program)).strip() == "42"


def test_copied_folder_comes_back_byte_for_byte(
    virtual_board: RunningBoard, tmp_path: Path
) -> None:
    folder = tmp_path / "lesson"
    (folder / "data").mkdir(parents=True)
    noise = random.Random(1).randbytes(20_000)
    (folder / "data" / "noise.bin").write_bytes(noise)
    (folder / "main.py").write_text("print('lesson runs')\n")
    mpremote(virtual_board, "fs", "cp", "-r", str(folder), ":")
    assert "noise.bin" in mpremote(virtual_board, "fs", "ls", ":lesson/data")
    told = mpremote(virtual_board, "fs", "sha256sum", ":lesson/data/noise.bin")
    assert hashlib.sha256(noise).hexdigest() in told
    assert "lesson runs" in mpremote(virtual_board, "fs", "cat", ":lesson/main.py")


def test_files_outlive_a_soft_reset(virtual_board: RunningBoard) -> None:
    mpremote(virtual_board, "exec", "open('kept.txt', 'w').write('still here'); gone = 1")
    mpremote(virtual_board, "soft-reset")
    out = mpremote(virtual_board, "exec", "print(open('kept.txt').read(), 'gone' in globals())")
    assert out.strip() == "still here False"


def test_mount_serves_files_from_the_computer(virtual_board: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "there.py").write_text("value = 'from the computer'\n")
    out = mpremote(
        virtual_board, "mount", str(tmp_path), "exec", "import there; print(there.value)"
    )
    assert "from the computer" in out


def test_mip_installs_from_a_local_folder(virtual_board: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "thing.py").write_text("answer = 42\n")
    package = {"urls": [["thing/__init__.py", "thing.py"]], "version": "1"}
    (tmp_path / "package.json").write_text(json.dumps(package))
    mpremote(virtual_board, "mip", "install", str(tmp_path / "package.json"))
    assert mpremote(virtual_board, "exec", "import thing; print(thing.answer)").strip() == "42"


def test_boards_are_apart(virtual_boards: StartBoards) -> None:
    first, second = virtual_boards(2)
    mpremote(first, "exec", "open('mine.txt', 'w').write('1')")
    assert "mine.txt" in mpremote(first, "fs", "ls")
    assert "mine.txt" not in mpremote(second, "fs", "ls")
    assert first.unique_id != second.unique_id
