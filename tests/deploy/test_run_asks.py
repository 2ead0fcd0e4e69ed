"""A program on a board asks with `input()`, the person at the computer answers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from stemkit.devices.asking import Asking
from stemkit.virtual import RunningBoard
from tests.cli.terminal import Terminal
from tests.deploy.benchwork import session_on
from tests.deploy.test_microbit import microbit_v1

__all__ = ["microbit_v1"]

ASKS = """\
name = input("Tên: ")
print("Chào", name, len(name))
try:
    age = input("Tuổi: ")
except EOFError:
    print("không nói")
else:
    print(int(age) + 1)
"""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "hỏi.py"
    path.write_text(ASKS, "utf-8")
    return path


def run(program: Path, *more: str, answers: bytes | None) -> subprocess.CompletedProcess[bytes]:
    words = [sys.executable, "-m", "stemkit", "run", str(program), *more]
    stdin = None if answers is not None else subprocess.DEVNULL
    return subprocess.run(words, input=answers, stdin=stdin, capture_output=True, timeout=60)


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ("Hoàng Yến\n12\n", "Tên: Chào Hoàng Yến 9\nTuổi: 13\n"),
        ("An\r\n12", "Tên: Chào An 2\nTuổi: 13\n"),
        ("\n", "Tên: Chào  0\nTuổi: không nói\n"),
        ("x" * 2000 + "\n1\n" * 300, f"Tên: Chào {'x' * 2000} 2000\nTuổi: 2\n"),
    ],
)
def test_answers_from_a_pipe(
    virtual_board: RunningBoard, program: Path, answers: str, said: str
) -> None:
    done = run(program, answers=answers.encode())
    assert (done.returncode, done.stdout.decode(), done.stderr) == (0, said, b"")


def test_no_answers_at_all_is_the_programs_eof_error(
    virtual_board: RunningBoard, program: Path
) -> None:
    done = run(program, answers=None)
    assert done.returncode == 1
    assert done.stdout.decode() == "Tên: \n"
    place, hint = done.stderr.decode().split("Hint: ")
    assert place == f'{program}, line 1:\n    name = input("Tên: ")\nEOFError\n'
    assert "input()" in hint


def test_a_program_that_reads_the_line_itself(virtual_board: RunningBoard, program: Path) -> None:
    program.write_text("import sys\nprint(repr(sys.stdin.readline()))\n")
    assert run(program, answers="đi\n".encode()).stdout == rb"'\u0111i\n'" + b"\n"


def test_with_json_too(virtual_board: RunningBoard, program: Path) -> None:
    rows = run(program, "--json", answers=b"An\n1\n").stdout.decode().splitlines()
    assert rows[:2] == ['{"line": "Tên: Chào An 2"}', '{"line": "Tuổi: 2"}']


def test_a_person_types(virtual_board: RunningBoard, program: Path) -> None:
    with Terminal("run", str(program)) as terminal:
        terminal.see("Tên: ")
        terminal.type("Yém\x7fến\n")  # with a letter taken back, as on any terminal
        assert terminal.see("Tuổi: ") == "Yém\x08 \x08ến\r\nChào Yéến 4\r\nTuổi: "
        terminal.type("\x04")
        terminal.see("không nói")
        assert terminal.ended() == 0


def test_ctrl_c_while_it_asks(virtual_board: RunningBoard, program: Path) -> None:
    with Terminal("run", str(program)) as terminal:
        terminal.see("Tên: ")
        os.kill(terminal.process.pid, signal.SIGINT)
        assert terminal.ended() == 130
    with session_on(virtual_board.port) as session:
        assert session.exec("print(1)") == b"1\r\n"


def test_the_boards_own_input_is_back_afterwards(
    virtual_board: RunningBoard, program: Path
) -> None:
    with session_on(virtual_board.port) as session:
        before = session.exec("print(input)")
    run(program, answers=b"An\n1\n")
    with session_on(virtual_board.port) as session:
        assert session.exec("print(input)") == before


@pytest.mark.debian("qemu-system-arm")
def test_a_board_that_keeps_its_own_input(microbit_v1: str) -> None:
    program = b"print(input('who? '), input('what? '))"
    lines = [b"An", b"tea"]
    with session_on(microbit_v1) as session:
        asking = Asking(session, lambda: lines.pop(0) if lines else None, program)
        asking.install()
        session.start(program)
        heard = b""

        def hear(data: bytes) -> None:
            nonlocal heard
            heard += asking.heard(data)

        session.finish(timeout_s=20, on_output=hear, meanwhile=asking.attend)
        asking.remove()
        assert heard == b"who? what? An tea\r\n"
