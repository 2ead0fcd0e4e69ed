"""`stemkit run`: output as it comes, errors with the student's own line and a hint."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from stemkit.actions.programs.run import ProgramError, explain
from stemkit.actions.sim import Wanted, start_boards
from stemkit.devices.errors import BoardExceptionError
from stemkit.devices.session import Session
from stemkit.virtual import RunningBoard
from stemkit.wire.traceback import parse_traceback
from stemkit.words import set_language
from tests.deploy.benchwork import session_on

STEMKIT = [sys.executable, "-m", "stemkit"]


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEMKIT_HOME", str(tmp_path_factory.mktemp("home")))
        started = start_boards(Wanted(paced=False), detach=False)
    with session_on(started.boards[0].port) as session:
        yield session
    started.close()


def failure(session: Session, program: str, path: Path = Path("mine.py")) -> ProgramError:
    with pytest.raises(BoardExceptionError) as stopped:
        session.exec(program)
    return explain(parse_traceback(stopped.value.traceback), path, program.encode())


# What beginners write, the line that is named, and a word of the hint.
BEGINNERS = [
    ("if 1 == 1\n    print(1)\n", 1, "colon"),
    ("print 'hello'\n", 1, "print(...)"),
    ("x = 3\nif x = 3:\n    pass\n", 2, "=="),
    ("print((1 + 2)\n", None, "bracket"),
    ("name = 'Lan\n", 1, "quotation"),
    ("print(“hello”)\n", 1, "text editor"),
    ("for i in range(3):\nprint(i)\n", None, "4 spaces"),
    ("a = 1\n    b = 2\n", 2, "begin"),
    ("prnt('hello')\n", 1, "print"),
    ("Print('hello')\n", 1, "“print”"),
    ("temperature = 3\nprint(temprature)\n", 2, "temperature"),
    ("while true:\n    break\n", None, "“True”"),
    ("led = Pin(2)\n", 1, "from machine import Pin"),
    ("time.sleep(1)\n", 1, "import time"),
    ("print(hello)\n", 1, "quotation marks"),
    ("import sensr\n", 1, "sensr"),
    ("from time import slep\n", 1, "slep"),
    ("import time\ntime.slep(1)\n", 2, "slep"),
    ("a = 'x'\na.add(1)\n", 2, "add"),
    ("x = None\nx.read()\n", 2, "None"),
    ("print('T = ' + 3)\n", 1, "str("),
    ("print(3 + '4')\n", 1, "str("),
    ("def f(a):\n    return a\nf()\n", 3, "1, not 0"),
    ("a = [1]\nprint(a(0))\n", 2, "[...]"),
    ("n = 3\nprint(len(n))\n", 2, "list"),
    ("for i in 5:\n    pass\n", 1, "list"),
    ("n = int('3,5')\n", 1, "3.5"),
    ("a, b = 1, 2, 3\n", 1, "left of ="),
    ("a = [1, 2]\nprint(a[2])\n", 2, "from 0"),
    ("d = {}\nprint(d['x'])\n", 2, "entry"),
    ("print(1 / 0)\n", 1, "divided by 0"),
    ("f = open('no.txt')\n", 1, "no such file"),
    ("raise OSError(19)\n", 1, "wires"),
    ("raise OSError(110)\n", 1, "in time"),
    ("a = bytearray(10000000)\n", 1, "memory"),
    ("def f():\n    f()\nf()\n", None, "again and again"),
    ("n = 0\ndef f():\n    n += 1\nf()\n", 3, "global"),
    ("return 5\n", None, "inside a function"),
    ("break\n", None, "inside a loop"),
]


@pytest.mark.parametrize(("program", "line", "word"), BEGINNERS, ids=lambda v: str(v)[:20])
def test_a_beginners_error_is_explained(
    session: Session, program: str, line: int | None, word: str
) -> None:
    error = failure(session, program)
    assert word in error.hint
    if line is not None:
        assert error.places[-1].line == line
        assert error.places[-1].file == "mine.py"
        assert error.places[-1].source == program.splitlines()[line - 1].strip()
    set_language("vi")
    assert failure(session, program).hint not in ("", error.hint)


def test_a_file_on_the_board_is_named_as_it_is(session: Session, tmp_path: Path) -> None:
    session.exec("with open('helper.py','w') as f: f.write('def f():\\n    return 1 / 0\\n')")
    (tmp_path / "helper.py").write_text("def f():\n    return 1 / 0\n")
    error = failure(session, "import helper\nhelper.f()\n", tmp_path / "mine.py")
    assert [(p.file, p.line) for p in error.places] == [
        (str(tmp_path / "mine.py"), 2),
        ("helper.py", 2),
    ]
    assert error.places[-1].source == "return 1 / 0"


def run(*words: str, **more: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*STEMKIT, "run", *words], capture_output=True, text=True, timeout=60, **more
    )


def test_output_and_error_as_a_person_sees_them(
    virtual_board: RunningBoard, tmp_path: Path
) -> None:
    program = tmp_path / "bài.py"
    program.write_text("print('Xin chào \\x1b[2J')\nx = 1 / 0\n", "utf-8")
    done = run(str(program), "v1")
    assert done.returncode == 1
    assert done.stdout == "Xin chào \n"
    assert f"{program}, line 2:\n    x = 1 / 0\nZeroDivisionError" in done.stderr
    assert "Hint: Something is divided by 0" in done.stderr


@pytest.mark.parametrize(
    "encoded",
    [
        b"\xef\xbb\xbf" + "print('Số')\r\nx = 1 / 0\r\n".encode(),
        "print('Số')\nx = 1 / 0\n".encode("utf-16"),
    ],
    ids=["utf-8 with a mark", "utf-16"],
)
def test_a_file_as_notepad_writes_it(
    virtual_board: RunningBoard, tmp_path: Path, encoded: bytes
) -> None:
    (tmp_path / "p.py").write_bytes(encoded)
    done = run(str(tmp_path / "p.py"))
    assert done.stdout == "Số\n"
    assert "p.py, line 2:\n    x = 1 / 0\nZeroDivisionError" in done.stderr


def test_a_program_that_restarts_the_board_comes_to_an_end(
    virtual_board: RunningBoard, tmp_path: Path
) -> None:
    (tmp_path / "p.py").write_text("print('before')\nimport machine\nmachine.reset()\n")
    done = run(str(tmp_path / "p.py"))
    assert done.returncode == 4
    assert done.stdout.startswith("before\n")
    assert "board-restarted" in done.stderr
    (tmp_path / "p.py").write_text("print('again')\n")
    assert run(str(tmp_path / "p.py")).stdout == "again\n"


def test_nothing_is_saved(virtual_board: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("print(6 * 7)")
    assert run(str(tmp_path / "p.py")).stdout == "42\n"
    with session_on(virtual_board.port) as session:
        assert session.exec("import os;print(os.listdir())").strip() == b"['boot.py']"


def test_json_is_a_line_an_object(virtual_board: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("print(1)\nprint('two')\nraise ValueError('three')\n")
    rows = [json.loads(row) for row in run(str(tmp_path / "p.py"), "--json").stdout.splitlines()]
    assert rows[:2] == [{"line": "1"}, {"line": "two"}]
    assert rows[2]["schema"] == "stemkit.run/1"
    assert rows[2]["error"]["kind"] == "ValueError"
    assert rows[2]["error"]["line"] == 3


@pytest.mark.parametrize("stubborn", [False, True])
def test_ctrl_c_stops_the_program_and_not_the_board(
    virtual_board: RunningBoard, tmp_path: Path, stubborn: bool
) -> None:
    catch = "    except KeyboardInterrupt: print('no')\n" if stubborn else "    finally: pass\n"
    (tmp_path / "p.py").write_text(
        "import time\nx = 5\nwhile True:\n    try:\n        print('run')\n"
        f"        time.sleep(0.02)\n{catch}"
    )
    running = subprocess.Popen(
        [*STEMKIT, "run", str(tmp_path / "p.py")], stdout=subprocess.PIPE, text=True
    )
    assert running.stdout is not None
    assert running.stdout.readline() == "run\n"
    running.send_signal(signal.SIGINT)
    assert running.wait(20) == 130
    with session_on(virtual_board.port) as session:
        assert session.exec("print(1)").strip() == b"1"
        if not stubborn:
            assert session.exec("print(x)").strip() == b"5"
