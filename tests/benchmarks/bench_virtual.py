"""What virtual boards cost: python tests/benchmarks/bench_virtual.py [--boards N]

Prints a table. Starts N boards (40), measures the time until all are at their prompts, memory,
processor time while they idle, and while 20 of them move data at 921600 baud in each direction.
"""

from __future__ import annotations

import argparse
import os
import selectors
import sys
import tempfile
import time
from pathlib import Path

import serial

os.environ["STEMKIT_HOME"] = tempfile.mkdtemp(prefix="stemkit-bench-")

from stemkit.actions.sim import Wanted, start_boards
from stemkit.virtual import RunningBoard

TICKS = os.sysconf("SC_CLK_TCK")
BAUD = 921_600


def family_of(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def cpu_s(pids: list[int]) -> float:
    total = 0.0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        total += (int(fields[11]) + int(fields[12])) / TICKS
    return total


def pss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def row(what: str, value: str) -> None:
    print(f"{what:<58} {value:>12}")


def enter_raw(port: serial.Serial) -> None:
    port.write(b"\r\x03\x03\x01")
    port.read_until(b"raw REPL; CTRL-B to exit\r\n>")


def to_host(boards: list[RunningBoard], seconds: float) -> tuple[float, float]:
    """Programs that print all the time: (bytes a second a board, supervisor's share of a core)."""
    ports = [serial.Serial(board.port, BAUD, timeout=2) for board in boards]
    program = b"b = b'.' * 99 + b'\\n'\nimport sys\nwhile True: sys.stdout.buffer.write(b)\n\x04"
    for port in ports:
        enter_raw(port)
        port.write(program)
        port.read(2)
    return _moved(boards, ports, seconds, lambda port: len(os.read(port.fd, 65536)))


def _moved(boards, ports, seconds, step, write=False):  # type: ignore[no-untyped-def]
    picker = selectors.DefaultSelector()
    for port in ports:
        os.set_blocking(port.fd, False)
        picker.register(port.fd, selectors.EVENT_WRITE if write else selectors.EVENT_READ, port)
    pid = boards[0].pid
    moved = 0
    start, cpu = time.monotonic(), cpu_s([pid])
    while time.monotonic() - start < seconds:
        for key, _ in picker.select(0.1):
            moved += step(key.data)
        time.sleep(0.005)
    took = time.monotonic() - start
    share = (cpu_s([pid]) - cpu) / took
    for port in ports:
        os.set_blocking(port.fd, True)
        port.write(b"\x03\x03")
        port.close()
    return moved / took / len(ports), share


def to_board(boards: list[RunningBoard], seconds: float) -> tuple[float, float]:
    """Programs that read all the time."""
    ports = [serial.Serial(board.port, BAUD, timeout=2) for board in boards]
    program = (
        b"import sys, micropython\nmicropython.kbd_intr(-1)\nb = bytearray(1024)\n"
        b"r = sys.stdin.buffer.readinto\nwhile True: r(b)\n\x04"
    )
    for port in ports:
        enter_raw(port)
        port.write(program)
        port.read(2)
    time.sleep(0.2)
    data = bytes(range(256)) * 16
    return _moved(boards, ports, seconds, lambda port: os.write(port.fd, data), write=True)


def main() -> int:
    words = argparse.ArgumentParser()
    words.add_argument("--boards", type=int, default=40)
    words.add_argument("--moving", type=int, default=20)
    words.add_argument("--seconds", type=float, default=5.0)
    asked = words.parse_args()
    start = time.monotonic()
    started = start_boards(Wanted(count=asked.boards, baud=BAUD), detach=False)
    row(f"{asked.boards} boards at their prompts", f"{time.monotonic() - start:.2f} s")
    pids = family_of(started.boards[0].pid)
    sizes = [pss_mb(pid) for pid in pids]
    row(
        "memory a board, mean (PSS, supervisor's shared out)", f"{sum(sizes) / asked.boards:.1f} MB"
    )
    row("memory of the largest process (PSS)", f"{max(sizes):.1f} MB")
    time.sleep(1)
    cpu = cpu_s(pids)
    time.sleep(10)
    row("idle, all boards and supervisor, of a core", f"{(cpu_s(pids) - cpu) / 10:.2%}")
    some = started.boards[: asked.moving]
    rate, share = to_host(some, asked.seconds)
    row(f"{len(some)} boards printing at {BAUD} baud, each", f"{rate / 1000:.1f} kB/s")
    row("  supervisor, of a core", f"{share:.0%}")
    rate, share = to_board(some, asked.seconds)
    row(f"{len(some)} boards reading at {BAUD} baud, each", f"{rate / 1000:.1f} kB/s")
    row("  supervisor, of a core", f"{share:.0%}")
    started.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
