"""How a board starts, and what hostile or broken programs can do to it."""

from __future__ import annotations

import os
import signal

import pytest
import serial

from stemkit.virtual import RunningBoard
from tests.conftest import StartBoards
from tests.virtual.steering import tell, wait_until
from tests.virtual.test_mpremote import mpremote
from tests.virtual.test_sim_command import children_of


def put(board: RunningBoard, name: str, text: str) -> None:
    mpremote(board, "exec", f"with open({name!r}, 'w') as f: f.write({text!r})")


def after(board: RunningBoard, key: bytes, until: bytes) -> bytes:
    with serial.Serial(board.port, timeout=30) as port:
        port.write(b"\r\x03" + key)
        return bytes(port.read_until(until))


def test_soft_reset_runs_boot_then_main_then_the_prompt(virtual_board: RunningBoard) -> None:
    put(virtual_board, "boot.py", "print('boot', __name__)\n")
    put(virtual_board, "main.py", "print('main', __name__)\nleft = 5\n")
    said = after(virtual_board, b"\x04", b"information.\r\n>>> ")
    start = said.index(b"MPY: soft reboot\r\n")
    assert said[start:].startswith(
        b"MPY: soft reboot\r\nboot __main__\r\nmain __main__\r\nMicroPython v"
    )
    assert after(virtual_board, b"print(left)\r", b"\n5\r\n").endswith(b"\n5\r\n")


def test_hard_reset_says_what_the_rom_says(virtual_board: RunningBoard) -> None:
    said = after(virtual_board, b"import machine; machine.reset()\r", b"information.\r\n>>> ")
    assert b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0xc (SW_CPU_RESET)" in said


def test_error_in_main_names_the_person_file_and_line_alone(virtual_board: RunningBoard) -> None:
    put(virtual_board, "main.py", "def f():\n    1 / 0\n\nf()\n")
    said = after(virtual_board, b"\x04", b"divide by zero\r\n").decode()
    trace = said[said.index("Traceback") :].splitlines()
    assert trace == [
        "Traceback (most recent call last):",
        '  File "main.py", line 4, in <module>',
        '  File "main.py", line 2, in f',
        "ZeroDivisionError: divide by zero",
    ]


def test_endless_main_is_interrupted_and_left_out_by_a_raw_soft_reset(
    virtual_board: RunningBoard,
) -> None:
    put(virtual_board, "main.py", "print('loop')\nwhile True:\n    pass\n")
    with serial.Serial(virtual_board.port, timeout=30) as port:
        port.write(b"\r\x03\x04")
        assert port.read_until(b"loop\r\n").endswith(b"loop\r\n")
        port.write(b"\x03")
        assert b"KeyboardInterrupt" in port.read_until(b">>> ")
        port.write(b"\x01")
        port.read_until(b"raw REPL; CTRL-B to exit\r\n>")
        port.write(b"\x04")
        said = port.read_until(b"raw REPL; CTRL-B to exit\r\n>")
        assert b"MPY: soft reboot\r\n" in said
        assert b"loop" not in said


def test_deep_sleep_wakes_and_says_so(virtual_board: RunningBoard) -> None:
    said = after(virtual_board, b"import machine; machine.deepsleep(300)\r", b"information.\r\n")
    assert b"DEEPSLEEP_RESET" in said
    out = mpremote(virtual_board, "exec", "import machine; print(machine.reset_cause())")
    assert out.strip() in ("3", "4", "5")


def test_crash_of_micropython_is_a_reset_of_that_board(virtual_boards: StartBoards) -> None:
    first, _ = virtual_boards(2)
    programs = children_of(first.pid)
    with serial.Serial(first.port, timeout=30) as port:
        port.write(b"\r\x03import machine\r")
        port.read_until(b">>> ")
        os.kill(min(programs), signal.SIGSEGV)
        said = port.read_until(b"information.\r\n")
    assert b"RTCWDT_RTC_RESET" in said
    assert len(children_of(first.pid)) == 2


WRECKS = {
    "nonsense on the wire": "f = open(4, 'wb')\nfor i in range(50): f.write(bytes(range(256)))",
    "deep JSON on the wire": "open(4, 'wb').write(b'{' + b'[' * 60000 + b'\\n')",
    "bad baud": "from _wire import ask\nask({'op': 'uart_baud', 'baud': -1})\n"
    "ask({'op': 'uart_baud', 'baud': 'x'})\nask({'op': ['x']})\nask({})",
    "ready again": "from _wire import ask\nask({'op': 'ready', 'banner': 'x'})",
    "answers never read": "f = open(4, 'wb')\nwhile True: f.write(b'{}\\n' * 100)",
    "frames without end": "f = open(4, 'wb')\n"
    "while True: f.write(b'\\x87\\0\\4\\0' + bytes(8) + b'abcd')",
    "output without end": "while True: print('x' * 500)",
    "output closed": "import sys\nsys._real.stdout.close()\nsys._real.stderr.close()",
    "memory full": "a = []\nwhile True: a.append(bytearray(1000))",
    "stack full": "def f(): f()\nf()",
    "all files removed": "import os\n[os.remove(n) for n in os.listdir()]\nos.umount('/')",
    "flash closed": "import os\nfor n in (3, 5): open(n, 'rb').close()",
}


@pytest.mark.parametrize("name", WRECKS)
def test_no_program_wrecks_its_board_or_its_neighbour(
    virtual_boards: StartBoards, name: str
) -> None:
    board, neighbour = virtual_boards(2)
    with serial.Serial(board.port, timeout=1) as port:
        port.write(b"\r\x03\x01")
        port.read_until(b"raw REPL; CTRL-B to exit\r\n>")
        port.write(WRECKS[name].encode() + b"\x04")
        port.read(3000)
        assert mpremote(neighbour, "exec", "print(6 * 7)").strip() == "42"
    tell(board, "reset")
    wait_until(lambda: tell(board, "state") == {"state": "running"})
    assert mpremote(board, "exec", "print(6 * 7)").strip() == "42"
