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
    ("x = 1\nif x > 2:\n    pass\nelse if x > 1:\n    pass\n", 4, "“elif”"),
    ("x = 1\nx++\nprint(x)\n", 2, "+= 1"),
    ("a = 1\nif a == 1 && a > 0:\n    pass\n", 2, "“and”"),
    ("if !True:\n    pass\n", 1, "“not”"),
    ("class = '6A'\n", 1, "“class” is a word"),
    ("x = 1\nif (x == 1) {\n    x = 2\n}\n", 2, "braces"),
    ("int x = 5;\n", 1, "only x ="),
    ("def f:\n    pass\n", 1, "def f():"),
    ("x = 3\nif x => 3:\n    pass\n", 2, ">="),
    ("t = 3\nprint('T:' t)\n", 2, "a comma"),
    ("a = [1 2 3]\n", 1, "a comma"),
    ("print（1）\n", 1, "looks like"),
    ("x = 1\n\u00a0\u00a0print(x)\n", 2, "looks like"),
    ("a = [1,\n 2\nb = 2\n", 3, "line 1 opens"),
    ("if True:\n        x = 1\n    y = 2\n", None, "Line 3 begins"),
    ("if True:\n\tx = 1\n\t\ty = 2\n", 3, "4 spaces further"),
    ("if True:\n    # later\nx = 1\n", 3, "4 spaces further"),
    ("import machin\n", 1, "“machine”"),
    ("import speech\n", 1, "kind of board"),
    ("from stem import sensors\n", 1, "stemkit deploy"),
    ("import random\nrandom.randit(1, 6)\n", 2, "“randint”"),
    ("import time\ntime.delay(100)\n", 2, "time.sleep_ms(...)"),
    ("digitalWrite(2, 1)\n", 1, "Arduino"),
    ("x = 3,5\nprint(x * 2.0)\n", 2, "3.5"),
    ("class A:\n    def f():\n        pass\nA().f()\n", 4, "self"),
    ("s = 'abc'\ns[0] = 'x'\n", 2, "new text"),
    ("s = (1, 2)\ns[0] = 5\n", 2, "list [...]"),
    ("raise EOFError\n", 1, "input()"),
    ("raise AttributeError('no humm in /stem.json')\n", 1, "“hum”"),
    ("raise AttributeError('no dht22 in /stem.json')\n", 1, "of this kit"),
    ("raise AttributeError('no bme')\n", 1, "“bme280”"),
    ("raise AttributeError('no wind in /stem.json')\n", 1, "what it measures"),
    ("class Sensor: pass\nSensor().value()\n", 2, "read()"),
    ("raise ValueError('nhiệt: use a-z, 0-9 and _')\n", 1, "accents"),
    ("x = None\nprint(x + 1)\n", 2, "sensor did not answer"),
    ("raise OSError('file not found')\n", 1, "no such file"),  # a micro:bit V1 says it so
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


def test_old_firmware_names_the_line_behind() -> None:
    """MicroPython 1.9, on the micro:bit V1, for a colon that is missing in line 1."""
    trace = (
        'Traceback (most recent call last):\n  File "<stdin>", line 2\nSyntaxError: invalid syntax'
    )
    error = explain(parse_traceback(trace), Path("mine.py"), b"if 1 == 1\n    print(1)\n")
    assert error.hint == "In the line above: A colon (:) is missing at the end of the line."


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


def test_each_run_starts_afresh(virtual_board: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "first.py").write_text(
        "from machine import Timer\n"
        "x = 1\n"
        "Timer(0).init(period=20, callback=lambda t: print('tick'))\n"
    )
    (tmp_path / "second.py").write_text("import time\ntime.sleep(0.2)\nprint('x' in globals())\n")
    assert run(str(tmp_path / "first.py")).returncode == 0
    assert run(str(tmp_path / "second.py")).stdout == "False\n"


def test_a_boot_py_without_end_does_not_stand_in_the_way(
    virtual_board: RunningBoard, tmp_path: Path
) -> None:
    with session_on(virtual_board.port) as session:
        session.exec("with open('boot.py','w') as f: f.write('while True: pass')")
    (tmp_path / "p.py").write_text("print(6 * 7)\n")
    assert run(str(tmp_path / "p.py")).stdout == "42\n"


def test_a_call_without_end_fills_no_screen(virtual_board: RunningBoard, tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text("def f(n):\n    return f(n + 1)\nf(0)\n")
    told = run(str(tmp_path / "p.py")).stderr
    assert len(told.splitlines()) < 20
    assert " more calls\n" in told
    assert told.endswith("calls itself again and again without an end.\n")


def test_a_folder_is_told_apart_from_a_missing_file(
    virtual_board: RunningBoard, tmp_path: Path
) -> None:
    (tmp_path / "main.py").write_text("print(1)\n")
    done = run(str(tmp_path))
    assert done.returncode == 5
    assert f"stemkit run {tmp_path / 'main.py'}" in done.stderr


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
