"""The imitated serial line: pace, rates, latency, receive rings, and that it is fair."""

from __future__ import annotations

import hashlib
import os
import signal
import time
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from stemkit.virtual import RunningBoard
from stemkit.virtual.garble import same_rate, seen_at
from tests.conftest import StartBoards
from tests.virtual.test_sim_command import children_of

SLEEPER = """
import sys, time, micropython
micropython.kbd_intr(-1)
print('asleep')
time.sleep({asleep})
import select
p = select.poll(); p.register(sys.stdin, select.POLLIN)
n = 0
while p.poll(300):
    n += len(sys.stdin.buffer.read(1))
print('had', n)
"""
READER = """
import sys, micropython, hashlib
micropython.kbd_intr(-1)
print('reading')
h = hashlib.sha256()
b = bytearray({count})
sys.stdin.buffer.readinto(b)
h.update(b)
print('sum', h.digest().hex())
"""


class Prompt:
    """A raw prompt through pyserial, as a host has it."""

    def __init__(self, board: RunningBoard, baud: int = 115200) -> None:
        self.port = serial.Serial(board.port, baud, timeout=10)
        self.port.write(b"\r\x03\x03\x01")
        self.port.read_until(b"raw REPL; CTRL-B to exit\r\n>")

    def start(self, program: str, until: bytes) -> None:
        for at in range(0, len(program), 200):
            self.port.write(program[at : at + 200].encode())
            time.sleep(0.03)
        self.port.write(b"\x04")
        assert self.port.read_until(until).endswith(until)
        self.port.read_until(b"\n")

    def line(self, start: bytes) -> str:
        self.port.read_until(start)
        return self.port.read_until(b"\r\n").strip().decode()


def seconds(call: object) -> float:
    start = time.monotonic()
    call()  # type: ignore[operator]
    return time.monotonic() - start


@pytest.mark.parametrize("baud", [115200, 921600])
def test_bytes_take_their_time_to_the_host(virtual_boards: StartBoards, baud: int) -> None:
    board = virtual_boards(paced=True, baud=baud)[0]
    prompt = Prompt(board, baud)
    count = baud // 20
    prompt.port.write(f"print('x' * {count})\x04".encode())
    prompt.port.read_until(b"OK")
    took = seconds(lambda: prompt.port.read(count))
    # 10 bits a byte; a piece of the line's time may have been there with the OK.
    assert took > count * 10 / baud - 0.02


def test_bytes_take_their_time_to_the_board(virtual_boards: StartBoards) -> None:
    board = virtual_boards(paced=True, baud=57600)[0]
    prompt = Prompt(board, 57600)
    prompt.start(READER.format(count=10_000), b"reading")
    start = time.monotonic()
    prompt.port.write(bytes(10_000))
    prompt.line(b"sum")
    assert time.monotonic() - start > 10_000 * 10 / 57600 * 0.98


@pytest.mark.parametrize(("model", "ring"), [("esp32", 260), ("esp8266", 256)])
def test_uart_board_that_does_not_read_loses_what_its_ring_cannot_hold(
    virtual_boards: StartBoards, model: str, ring: int
) -> None:
    prompt = Prompt(virtual_boards(paced=True, model=model)[0])
    prompt.start(SLEEPER.format(asleep=0.6), b"asleep")
    prompt.port.write(bytes(2000))
    assert prompt.line(b"had ") == str(ring)


def test_usb_board_holds_the_host_back_and_loses_nothing(virtual_boards: StartBoards) -> None:
    prompt = Prompt(virtual_boards(paced=True, model="pico")[0])
    prompt.start(SLEEPER.format(asleep=0.6), b"asleep")
    prompt.port.write(bytes(2000))
    assert prompt.line(b"had ") == "2000"


def test_program_that_reads_loses_nothing_at_full_rate(virtual_boards: StartBoards) -> None:
    prompt = Prompt(virtual_boards(paced=True, baud=921600)[0], 921600)
    data = os.urandom(100_000)
    prompt.start(READER.format(count=len(data)), b"reading")
    start = time.monotonic()
    prompt.port.write(data)
    assert prompt.line(b"sum ") == hashlib.sha256(data).hexdigest()
    assert time.monotonic() - start > len(data) * 10 / 921600 * 0.98


def test_program_that_the_computer_does_not_run_loses_nothing(
    virtual_boards: StartBoards,
) -> None:
    board = virtual_boards(paced=True, baud=921600)[0]
    prompt = Prompt(board, 921600)
    data = os.urandom(30_000)
    prompt.start(READER.format(count=len(data)), b"reading")
    (program,) = children_of(board.pid)
    os.kill(program, signal.SIGSTOP)
    prompt.port.write(data[:3000])
    time.sleep(0.3)
    os.kill(program, signal.SIGCONT)
    prompt.port.write(data[3000:])
    assert prompt.line(b"sum ") == hashlib.sha256(data).hexdigest()


def test_interrupt_passes_a_full_ring(virtual_boards: StartBoards) -> None:
    prompt = Prompt(virtual_boards(paced=True)[0])
    prompt.port.write(b"print('busy')\nwhile True: pass\n\x04")
    prompt.port.read_until(b"busy\r\n")
    prompt.port.write(b"x" * 1000 + b"\x03")
    assert b"KeyboardInterrupt" in prompt.port.read_until(b"\x04>")


def test_wrong_rate_gives_garbage_and_the_right_one_sense(virtual_boards: StartBoards) -> None:
    board = virtual_boards(paced=True)[0]
    with serial.Serial(board.port, 9600, timeout=0.5) as port:
        port.write(b"\r\x03print(6 * 7)\r")
        assert b"42" not in port.read(2000)
    with serial.Serial(board.port, 115200, timeout=30) as port:
        port.write(b"\r\x03print(6 * 7)\r")
        assert b"42" in port.read_until(b"\n42")


@pytest.mark.parametrize("model", ["esp32", "esp8266"])
def test_program_changes_the_board_side_of_the_rate(
    virtual_boards: StartBoards, model: str
) -> None:
    prompt = Prompt(virtual_boards(paced=True, model=model)[0])
    prompt.port.write(
        b"import machine\nprint('x' * 500)\nprint('last at the old rate')\n"
        b"machine.UART(0, baudrate=460800)\nimport time; time.sleep_ms(200)\n"
        b"print('first at the new one')\n\x04"
    )
    assert prompt.port.read_until(b"last at the old rate\r\n").endswith(b"old rate\r\n")
    prompt.port.baudrate = 460800
    assert b"first at the new one" in prompt.port.read_until(b"\x04>")
    prompt.port.write(b"print(6 * 7)\x04")
    assert b"OK42\r\n" in prompt.port.read_until(b"\x04>")
    # It outlives a soft reset, and not a hard one.
    prompt.port.write(b"\x04")
    assert b"soft reboot" in prompt.port.read_until(b"CTRL-B to exit\r\n>")
    prompt.port.write(b"import machine; machine.reset()\x04")
    time.sleep(0.5)
    prompt.port.baudrate = 115200
    prompt.port.reset_input_buffer()
    prompt.port.write(b"\r\x03print(6 * 7)\r")
    assert b"42" in prompt.port.read_until(b"\n42")


def test_latency_of_the_adapter_delays_each_answer(virtual_boards: StartBoards) -> None:
    def round_trips(latency_ms: float) -> float:
        prompt = Prompt(virtual_boards(paced=True, latency_ms=latency_ms)[0])

        def ten_times() -> None:
            for _ in range(10):
                prompt.port.write(b"1\x04")
                prompt.port.read_until(b"\x04>")

        return seconds(ten_times)

    assert round_trips(40) > 10 * 0.040
    assert round_trips(1) < round_trips(40)


def test_nothing_waits_for_a_host_that_comes_later(virtual_boards: StartBoards) -> None:
    board = virtual_boards()[0]
    prompt = Prompt(board)
    prompt.port.write(b"import time\nfor n in range(6): print('n', n); time.sleep_ms(100)\n\x04")
    prompt.port.read_until(b"n 0")
    prompt.port.close()
    time.sleep(0.25)
    with serial.Serial(board.port, timeout=30) as port:
        seen = port.read_until(b"n 5")
    assert b"n 1" not in seen
    assert seen.endswith(b"n 5")


def test_supervisor_holds_no_more_than_it_needs(virtual_boards: StartBoards) -> None:
    board = virtual_boards()[0]
    before = len(list(Path(f"/proc/{board.pid}/fd").iterdir()))
    prompt = Prompt(board)
    for _ in range(20):
        prompt.port.write(b"\x04")
        prompt.port.read_until(b"raw REPL; CTRL-B to exit\r\n>")
    assert len(list(Path(f"/proc/{board.pid}/fd").iterdir())) == before


@given(st.binary(min_size=1, max_size=40), st.sampled_from([9600, 57600, 115200, 921600]))
def test_same_rate_is_heard_as_it_was_sent(data: bytes, baud: int) -> None:
    assert seen_at(data, baud, baud) == data
    assert seen_at(data, baud, round(baud * 1.02)) == data
    assert same_rate(baud, round(baud * 1.02))


@given(st.binary(max_size=60), st.integers(0, 2_000_000), st.integers(0, 2_000_000))
def test_garbage_ends(data: bytes, sent: int, heard: int) -> None:
    heard_bytes = seen_at(data, sent, heard)
    if sent and heard:
        assert len(heard_bytes) <= len(data) * max(1.0, heard / sent) * 10 + 1


def test_known_garbage() -> None:
    # 0x55 is 0101010101 on the line: at half the rate each frame of two bytes looks like ones.
    assert seen_at(b"\x00", 9600, 19200) == b"\x00\xf8"[:1] + seen_at(b"\x00", 9600, 19200)[1:]
    assert seen_at(b"U", 115200, 9600) != b"U"
    assert not same_rate(115200, 9600)
