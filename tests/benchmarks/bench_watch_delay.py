"""From a line's last byte to its value on the screen, and from a key to what it does, end to end.

    python tests/benchmarks/bench_watch_delay.py [VALUES]

A pseudo-terminal stands for the board: it prints a value that comes only once, and the clock is
read. `stemkit watch` (or a display of pyserial's readline, plotext and rich) runs on another one,
whose output is read until that value stands in it. Values come at uneven times, so that they meet
every moment between two pictures.

A control tells the machine's doing from the program's, in the same run: how long the program's
first thread was ready and had no processor meanwhile (other programs and the feeder had it), and by
how much a process that only sleeps woke late (a virtual machine may be robbed of all its
processors).
"""

from __future__ import annotations

import json
import os
import pty
import random
import select
import statistics
import sys
import tempfile
import time
import tty
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

from bench_watch import FEEDER, Child, sized

BOUND_MS = 100.0

# Sleeps on each processor, and tells when it was woken more than 5 ms late.
SLEEPER = """
import json, os, sys, threading, time
late = []
def sleep(processor):
    os.sched_setaffinity(0, {processor})
    before = time.monotonic()
    while True:
        time.sleep(0.003)
        now = time.monotonic()
        if now - before > 0.008:
            late.append((before, now))
        before = now
for processor in os.sched_getaffinity(0):
    threading.Thread(target=sleep, args=(processor,), daemon=True).start()
sys.stdin.readline()
print(json.dumps(late), flush=True)
"""

# What a student would write with the usual libraries: the newest value in the title.
USUAL = """
import sys, serial, plotext
from rich.live import Live
from rich.text import Text
port, values = serial.Serial(sys.argv[1], timeout=1), []
def picture():
    plotext.clear_figure()
    plotext.plotsize(118, 36)
    plotext.plot(values[-1000:], marker="braille")
    plotext.title(f"v {values[-1]:.0f}")
    return Text.from_ansi(plotext.build())
with Live(auto_refresh=False, screen=True) as live:
    while True:
        line = port.readline().decode().strip()
        if ":" in line:
            values.append(float(line.split(":")[1]))
            if not port.in_waiting:
                live.update(picture(), refresh=True)
"""


class Seen(NamedTuple):
    """One value or key, on the monotonic clock."""

    begun_s: float
    seen_s: float
    waited_s: float
    """How long the program's first thread was ready and had no processor."""

    @property
    def ms(self) -> float:
        """The delay."""
        return (self.seen_s - self.begun_s) * 1000

    @property
    def own_ms(self) -> float:
        """The same without the wait for a processor."""
        return self.ms - self.waited_s * 1000


def waited_s(pid: int) -> float:
    """Seconds that a process's first thread has waited for a processor; 0 where none tells."""
    try:
        return int(Path(f"/proc/{pid}/task/{pid}/schedstat").read_text().split()[1]) * 1e-9
    except (OSError, IndexError):
        return 0.0


class Screen:
    """A program on a pseudo-terminal."""

    def __init__(self, words: list[str], size: tuple[int, int] = (40, 120)) -> None:
        """`size` is rows and columns."""
        environ = {**os.environ, "TERM": "xterm-256color", "LANG": "C.UTF-8",
                   "COLUMNS": str(size[1]), "LINES": str(size[0]),
                   "STEMKIT_HOME": tempfile.mkdtemp()}  # fmt: skip
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.execvpe(sys.executable, [sys.executable, *words], environ)
        sized(self.terminal, *size)
        self._shown = b""

    def read(self, timeout_s: float) -> None:
        """Take in what is drawn."""
        if select.select([self.terminal], [], [], timeout_s)[0]:
            self._shown = (self._shown + os.read(self.terminal, 65536))[-200_000:]

    def waits_for(self, text: bytes, timeout_s: float) -> bool:
        """Read until `text` is shown."""
        end = time.monotonic() + timeout_s
        while text not in self._shown:
            if time.monotonic() > end:
                return False
            self.read(0.05)
        return True

    def forget(self) -> None:
        """What was shown so far."""
        while select.select([self.terminal], [], [], 0)[0]:
            self.read(0)
        self._shown = b""

    def press(self, key: bytes) -> None:
        """Press a key."""
        os.write(self.terminal, key)

    def end(self) -> None:
        """Close the window."""
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)


def seen(screen: Screen, act: Callable[[], None], text: bytes) -> Seen | None:
    """Do something and wait until `text` is shown; None where it never was."""
    screen.forget()
    before_s = waited_s(screen.pid)
    begun_s = time.monotonic()
    act()
    if not screen.waits_for(text, 2.0):
        return None
    return Seen(begun_s, time.monotonic(), waited_s(screen.pid) - before_s)


def rest(screen: Screen, seconds: float) -> None:
    """Let it draw for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        screen.read(0.01)


WARM = 10
"""Values before the others begin to send and before any is counted."""


def delays(
    words: list[str], values: int, busy: int = 0, size: tuple[int, int] = (40, 120)
) -> list[str]:
    """Delays of a display's values, beside so many boards at full pace."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    ports = [os.ttyname(slave)]
    sleeper = Child(SLEEPER)
    others = Child(FEEDER, busy, 384, values * 0.4 + 20) if busy else None
    if others is not None:
        ports += json.loads(others.line())
    screen = Screen([*words, *ports], size)
    choose = random.Random(7)
    found: list[Seen | None] = []
    for k in range(values + WARM):
        if k == WARM and others is not None:
            others.say()
        rest(screen, 0.5 if k < WARM else choose.uniform(0.2, 0.35))
        # Five digits that no axis and no clock shows.
        value = b"%d" % (10_000 + (89 * k) % 80_000 + 7)
        found.append(seen(screen, partial(os.write, master, b"v:%s\n" % value), value))
    screen.end()
    if others is not None:
        others.process.kill()
    return told(found[WARM:], sleeper)


def key_delays(words: list[str], presses: int, busy: int) -> list[str]:
    """The same from the key that stops the picture to the word that says so."""
    sleeper = Child(SLEEPER)
    others = Child(FEEDER, busy, 384, presses * 0.8 + 20)
    screen = Screen([*words, *json.loads(others.line())])
    choose = random.Random(7)
    found: list[Seen | None] = []
    others.say()
    for k in range(presses + WARM):
        rest(screen, 0.5 if k < WARM else choose.uniform(0.2, 0.35))
        found.append(seen(screen, partial(screen.press, b" "), b"PAUSE"))
        screen.press(b" ")
        rest(screen, 0.15)
    screen.end()
    others.process.kill()
    return told(found[WARM:], sleeper)


def told(all_found: list[Seen | None], sleeper: Child) -> list[str]:
    """Delays as the cells of a row."""
    sleeper.say()
    late: list[tuple[float, float]] = json.loads(sleeper.line())
    found = [one for one in all_found if one is not None]
    if not found:
        return ["never shown"]
    worst = max(found, key=lambda one: one.ms)
    slept_ms = [(b - a) * 1000 for a, b in late if b > worst.begun_s and a < worst.seen_s]
    beyond = [one for one in found if one.ms > BOUND_MS]
    ours = sum(one.own_ms > BOUND_MS for one in found)
    return [
        f"median {statistics.median(one.ms for one in found):.0f} ms",
        f"95 % within {sorted(one.ms for one in found)[int(0.95 * (len(found) - 1))]:.0f} ms",
        f"worst {worst.ms:.0f} ms of {len(found)}, {len(all_found) - len(found)} missed",
        f"beyond {BOUND_MS:.0f} ms: {len(beyond)}, of the program's own doing {ours}",
        f"in the worst: {worst.waited_s * 1000:.0f} ms without a processor, "
        f"a sleeper up to {max(slept_ms, default=0):.0f} ms late",
    ]


def rows(values: int) -> Iterator[list[str]]:
    """The table, row by row."""
    watch = ["-m", "stemkit", "watch"]
    recorded = [*watch, "--record", "x"]
    yield ["stemkit watch, one board", *delays(watch, values)]
    yield ["beside 39 boards x 384 lines/s", *delays(watch, values, 39)]
    yield ["the same, recorded", *delays(recorded, values, 39)]
    yield ["the same on 80 x 24", *delays(recorded, values, 39, (24, 80))]
    yield ["the same on 200 x 60", *delays(recorded, values, 39, (60, 200))]
    yield ["key space to PAUSE, one board", *key_delays(watch, values, 1)]
    yield ["the same with 40 boards x 384 lines/s", *key_delays(watch, values, 40)]
    try:
        import plotext  # noqa: F401
    except ImportError:
        yield ["readline + plotext + rich", "plotext is not installed"]
    else:
        yield ["readline + plotext + rich, one board", *delays(["-c", USUAL], values)]


def main(values: int = 100) -> None:
    print(f"bound {BOUND_MS:.0f} ms")
    for row in rows(values):
        print("\n    ".join(row), flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
