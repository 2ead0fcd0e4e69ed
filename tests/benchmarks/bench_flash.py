"""How long a classroom takes: `stemkit flash` beside esptool, on virtual boards at 921600 baud.

    python -m tests.benchmarks.bench_flash [--boards 1 8 20] [--runs 3]

Every figure is of whole processes: wall time, CPU and peak memory as the system counts them. The
best of the runs is shown, since a busy computer only ever adds. The boards run on this computer
too and need about a sixth of a core for twenty.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.made_images import ETBOARD

IMAGE = ETBOARD / "etboard_firmware_micropython_custom_0831_last.bin"
COMPRESSED_BYTES = 985_616
BAUD = 921_600
WIRE_S = COMPRESSED_BYTES * 10 / BAUD
STEMKIT = (sys.executable, "-m", "stemkit")


@dataclass(frozen=True)
class Cost:
    """What some processes took together."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    """Sum of the processes' own peaks."""
    board_s: float = 0.0
    """The slowest board's own time, where it is told."""

    def best(self, other: Cost | None) -> Cost:
        """The lower of each figure."""
        if other is None:
            return self
        return Cost(
            min(self.wall_s, other.wall_s),
            min(self.cpu_s, other.cpu_s),
            min(self.peak_mb, other.peak_mb),
            min(self.board_s, other.board_s),
        )


def run(commands: Sequence[Sequence[str]], env: dict[str, str]) -> tuple[Cost, list[str]]:
    """All commands at the same time; their cost together and their standard outputs."""
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        processes = []
        for number, command in enumerate(commands):
            out = (Path(folder) / str(number)).open("w+")
            process = subprocess.Popen(command, stdout=out, stderr=subprocess.STDOUT, env=env)
            processes.append((process, out))
        cpu_s = peak_mb = 0.0
        outputs = []
        for process, out in processes:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            outputs.append(out.read())
            if process.returncode:
                raise SystemExit(f"{process.args!r} failed:\n{outputs[-1]}")
            cpu_s += usage.ru_utime + usage.ru_stime
            peak_mb += usage.ru_maxrss / 1024
    return Cost(time.monotonic() - began_s, cpu_s, peak_mb), outputs


@contextmanager
def boards(count: int, env: dict[str, str]) -> Iterator[list[str]]:
    """Ports of `count` empty virtual ESP32s."""
    start = [*STEMKIT, "sim", "start", "-n", str(count), "--blank", "--detach", "--json"]
    answer = subprocess.run(start, env=env, capture_output=True, text=True, check=True).stdout
    try:
        yield [board["port"] for board in json.loads(answer)["boards"]]
    finally:
        stop = [*STEMKIT, "sim", "stop", "--all", "--json"]
        subprocess.run(stop, env=env, check=True, capture_output=True)


def flash(env: dict[str, str], status: str) -> Cost:
    """One `stemkit flash --all`."""
    command = [*STEMKIT, "flash", "--all", "--firmware", str(IMAGE), "--json", "--quiet"]
    cost, (answer,) = run([command], env)
    rows = json.loads(answer)["boards"]
    assert all(row["status"] == status and row["verified"] for row in rows), answer
    return replace(cost, board_s=max(row["seconds"] for row in rows))


def esptool(ports: Sequence[str], env: dict[str, str]) -> Cost:
    """The esptool command, a process a board, all at the same time."""
    write = ["--baud", str(BAUD), "write-flash", "0x1000", str(IMAGE)]
    commands = [[sys.executable, "-m", "esptool", "--port", port, *write] for port in ports]
    return run(commands, env)[0]


def measure(counts: Sequence[int], runs: int) -> dict[str, Cost]:
    """Title to the best cost of all runs; the kinds take turns, so that noise meets all."""
    found: dict[str, Cost] = {}
    with tempfile.TemporaryDirectory() as home:
        env = {**os.environ, "STEMKIT_HOME": home, "STEMKIT_LANG": "en"}
        for _ in range(runs):
            for count in counts:
                with boards(count, env):
                    for title, status in (("flash", "flashed"), ("unchanged", "unchanged")):
                        name = f"stemkit {title}, {count}"
                        found[name] = flash(env, status).best(found.get(name))
            for count in (1, 8):
                with boards(count, env) as ports:
                    name = f"esptool, {count}"
                    found[name] = esptool(ports, env).best(found.get(name))
    return found


def show(found: dict[str, Cost], counts: Sequence[int]) -> None:
    """The table, then the figures to hold."""
    print(f"{COMPRESSED_BYTES:,} compressed bytes at {BAUD} baud: {WIRE_S:.2f} s on the wire")
    print(f"{'what, boards':<24}{'wall s':>9}{'board s':>9}{'CPU s':>8}{'peak MB':>9}")
    for name, cost in found.items():
        board = f"{cost.board_s:9.2f}" if cost.board_s else " " * 9
        print(f"{name:<24}{cost.wall_s:9.2f}{board}{cost.cpu_s:8.2f}{cost.peak_mb:9.0f}")
    one = found[f"stemkit flash, {counts[0]}"]
    rows = [("one board / its wire time", one.board_s / WIRE_S, 1.1)]
    for count, limit in ((8, 1.15), (20, 1.3)):
        if count in counts:
            many = found[f"stemkit flash, {count}"]
            rows.append((f"{count} boards / one", many.wall_s / one.wall_s, limit))
            each = (many.cpu_s - one.cpu_s) / (count - counts[0])
            rows.append((f"CPU s for each further of {count}", each, 0.2))
            rows.append((f"peak MB for {count}", many.peak_mb, 200))
    unchanged = found[f"stemkit unchanged, {counts[0]}"]
    rows.append(("unchanged board, s", unchanged.board_s, 1.0))
    for name, value, limit in rows:
        mark = "holds" if value <= limit else "DOES NOT HOLD"
        print(f"{name:<36}{value:9.2f}  <= {limit:<6} {mark}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--boards", type=int, nargs="+", default=[1, 8, 20])
    parser.add_argument("--runs", type=int, default=3)
    words = parser.parse_args()
    show(measure(words.boards, words.runs), words.boards)


if __name__ == "__main__":
    main()
