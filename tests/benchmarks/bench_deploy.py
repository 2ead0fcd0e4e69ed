"""Deploying against others: python tests/benchmarks/bench_deploy.py [--runs N] [--boards N]

Prints a table: whole processes, on paced virtual ESP32s, each tool in turn in the same run. The
payload is 10 files of 84,000 bytes: drivers and a program (seeded text that deflates like real
drivers), and 12,000 random bytes. `mpremote` and `mpytool` (both from PyPI) are left out where
they are not installed. Figures are medians; the last columns say how the targets are met.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Callable
from pathlib import Path

os.environ["STEMKIT_HOME"] = tempfile.mkdtemp(prefix="stemkit-bench-")
# As an installed program: its modules are compiled once.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = tempfile.mkdtemp(prefix="stemkit-bench-pyc-")

from stemkit.actions.sim import Wanted, start_boards
from stemkit.virtual import RunningBoard

STEMKIT = [sys.executable, "-m", "stemkit", "deploy", "--quiet"]
WORDS = """
self value register address buffer read write temperature humidity pressure distance light
sensor bus data config mode range scale offset measure wait raw result status ready timeout
control sample average calibrate enable reset device channel pin frequency duty interval
""".split()  # noqa: SIM905


def driver(rng: random.Random, size: int) -> bytes:
    """Text of the make of a sensor's driver."""
    lines = [f'"""Driver for the {rng.choice(WORDS)} sensor."""', "from machine import I2C, Pin"]
    lines += [f"_{rng.choice(WORDS).upper()} = const(0x{rng.randrange(256):02X})" for _ in range(9)]
    while sum(map(len, lines)) + len(lines) < size:
        name = "_".join(rng.sample(WORDS, rng.choice([1, 2, 2])))
        lines += ["", f"    def {name}(self, {rng.choice(WORDS)}={rng.randrange(9)}):"]
        told = f"{rng.choice(WORDS)} of the {rng.choice(WORDS)} ({rng.randrange(999)})"
        lines += [f'        """Return the {told}."""']
        for _ in range(rng.randrange(2, 7)):
            a, b = rng.sample(WORDS, 2)
            lines.append(rng.choice([
                f"        {a} = self._{b}[{rng.randrange(999)}] << {rng.randrange(12)}",
                f"        self.bus.writeto_mem(self.{a}, 0x{rng.randrange(65536):04X}, self.{b})",
                f"        if {a} > {rng.randrange(99999999)}: {a} -= {rng.randrange(99999999)}",
                f"        {a} = ({a} * {rng.randrange(99999999)} + self.{b}) / {rng.random():.5f}",
            ]))  # fmt: skip
        lines.append(f"        return {rng.choice(WORDS)}")
    return ("\n".join(lines).encode() + b"\n" * size)[:size]


def make_payload(folder: Path) -> None:
    """Ten files, 84,000 bytes; with a 12-bit window they deflate to about 34 kB."""
    rng = random.Random(4)
    (folder / "lib").mkdir(parents=True)
    sizes = [9000, 8500, 8000, 9500, 7500, 8000, 9000, 6500]
    for i, size in enumerate(sizes):
        (folder / "lib" / f"driver{i}.py").write_bytes(driver(rng, size))
    # It must not start by itself: the others do not stop a program in the same way.
    (folder / "program.py").write_bytes(driver(rng, 72_000 - sum(sizes)))
    (folder / "icon.bin").write_bytes(rng.randbytes(12_000))


def deflated(folder: Path, bits: int) -> int:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -bits)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return sum(len(deflate.compress(path.read_bytes())) for path in files) + len(deflate.flush())


def timed(words: list[str]) -> float:
    started = time.monotonic()
    done = subprocess.run(words, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise SystemExit(f"{' '.join(words)}: {done.stdout}{done.stderr}")
    return time.monotonic() - started


def wipe(port: str) -> None:
    code = (
        "import os\ndef f(p):\n for r in os.ilistdir(p):\n  q=p+'/'+r[0]\n"
        "  if r[1]==0x4000:f(q)\n  if q!='/boot.py':os.remove(q)\nf('')"
    )
    subprocess.run([sys.executable, "-m", "mpremote", "connect", port, "exec", code], check=True)


def row(what: str, figures: list[float], target: float | None = None) -> float:
    median = statistics.median(figures)
    wanted = "" if target is None else f"{'ok' if median <= target else 'MISSED'} (<= {target:g})"
    print(f"{what:<52} {median:7.2f} s   {min(figures):6.2f} .. {max(figures):5.2f}   {wanted}")
    return median


def several(runs: int, port: str, words: Callable[[], list[str]], fresh: bool) -> list[float]:
    figures = []
    for _ in range(runs):
        if fresh:
            wipe(port)
        figures.append(timed(words()))
    return figures


def others(folder: Path, board: RunningBoard, runs: int) -> None:
    tops = [str(path) for path in sorted(folder.iterdir())]
    mpremote = [sys.executable, "-m", "mpremote", "connect", board.port, "cp", "-r", *tops, ":"]
    row("mpremote cp -r, first", several(min(runs, 2), board.port, lambda: mpremote, True))
    row(
        "mpremote cp -r, nothing changed",
        several(min(runs, 2), board.port, lambda: mpremote, False),
    )
    if shutil.which("mpytool"):
        mpytool = ["mpytool", "-p", board.port, "cp", *tops, ":/"]
        row("mpytool cp, first", several(min(runs, 2), board.port, lambda: mpytool, True))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--boards", type=int, default=20)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp()) / "lesson"
    make_payload(folder)
    print(f"payload: 10 files, 84000 bytes; deflated (12-bit window) {deflated(folder, 12)} bytes")
    started = start_boards(Wanted(count=1), detach=False)
    late = start_boards(Wanted(count=1, latency_ms=16), detach=False)
    board, far = started.boards[0], late.boards[0]
    runs = options.runs

    def ours(port: str, *more: str) -> Callable[[], list[str]]:
        return lambda: [*STEMKIT, str(folder), port, *more]

    timed(ours(board.port)())  # compiles our modules
    slow = row(
        "first, no baud switch", several(runs, board.port, ours(board.port, "--no-fast"), True), 3.3
    )
    fast = row("first, with baud switch", several(runs, board.port, ours(board.port), True), 1.2)
    figures = several(runs, far.port, ours(far.port, "--no-fast"), True)
    row("first, no baud switch, 16 ms latency", figures, round(1.15 * slow, 2))
    figures = several(runs, far.port, ours(far.port), True)
    row("first, with baud switch, 16 ms latency", figures, round(1.15 * fast, 2))
    row("nothing changed", several(runs, far.port, ours(board.port), False), 0.45)
    rng = random.Random(9)

    def one_changed() -> list[str]:
        (folder / "lib" / "driver7.py").write_bytes(driver(rng, 6000))
        return ours(board.port)()

    row("one 6 kB file changed", several(runs, board.port, one_changed, False), 0.8)
    others(folder, board, runs)
    late.close()
    started.close()
    many = start_boards(Wanted(count=options.boards), detach=False)
    every = lambda: [*STEMKIT, str(folder), "--all", "--no-fast"]  # noqa: E731
    row(
        f"first, {options.boards} boards at once, no baud switch",
        [timed(every())],
        round(1.5 * slow, 2),
    )
    many.close()


if __name__ == "__main__":
    main()
