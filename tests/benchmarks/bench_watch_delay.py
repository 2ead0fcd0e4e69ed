"""From a line's last byte to its value on the screen, and from a key to what it does, end to end.

    python tests/benchmarks/bench_watch_delay.py [VALUES]

A pseudo-terminal stands for the board: it prints a value that comes only once, and the clock is
read. `stemkit watch` (or a display of pyserial's readline, plotext and rich) runs on another one,
whose output is read until that value stands in it. Values come at uneven times, so that they meet
every moment between two pictures.
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

from bench_watch import FEEDER, Child, sized

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


def delays(
    words: list[str], values: int, busy: int = 0, size: tuple[int, int] = (40, 120)
) -> list[str]:
    """Median, nearly worst and worst delay of a display, beside so many boards at full pace."""
    master, slave = pty.openpty()
    tty.setraw(slave)
    ports = [os.ttyname(slave)]
    others = Child(FEEDER, busy, 384, values * 0.4 + 20) if busy else None
    if others is not None:
        ports += json.loads(others.line())
    screen = Screen([*words, *ports], size)
    choose = random.Random(7)
    found: list[float] = []
    missed = 0
    for k in range(values + 10):
        if k == 10 and others is not None:
            others.say()
        # Five digits that no axis and no clock shows.
        value = 10_000 + 89 * k + 7
        end = time.monotonic() + (0.5 if k < 10 else choose.uniform(0.2, 0.35))
        while time.monotonic() < end:
            screen.read(0.01)
        screen.forget()
        written_s = time.monotonic()
        os.write(master, b"v:%d\n" % value)
        if not screen.waits_for(b"%d" % value, 2.0):
            missed += k >= 10
        elif k >= 10:
            found.append((time.monotonic() - written_s) * 1000)
    screen.end()
    if others is not None:
        others.process.kill()
    return told(found, missed)


def key_delays(words: list[str], presses: int, busy: int) -> list[str]:
    """The same from the key that stops the picture to the word that says so."""
    others = Child(FEEDER, busy, 384, presses * 0.8 + 20)
    screen = Screen([*words, *json.loads(others.line())])
    choose = random.Random(7)
    found: list[float] = []
    missed = 0
    others.say()
    for k in range(presses + 10):
        end = time.monotonic() + (0.5 if k < 10 else choose.uniform(0.2, 0.35))
        while time.monotonic() < end:
            screen.read(0.01)
        screen.forget()
        pressed_s = time.monotonic()
        screen.press(b" ")
        shown = screen.waits_for(b"PAUSE", 2.0)
        if k >= 10 and shown:
            found.append((time.monotonic() - pressed_s) * 1000)
        missed += k >= 10 and not shown
        end = time.monotonic() + 0.15
        screen.press(b" ")
        while time.monotonic() < end:
            screen.read(0.01)
    screen.end()
    others.process.kill()
    return told(found, missed)


def told(found: list[float], missed: int) -> list[str]:
    """Milliseconds as the cells of a row."""
    found.sort()
    return [
        f"median {statistics.median(found):.0f} ms" if found else "never shown",
        f"95 % within {found[int(0.95 * (len(found) - 1))]:.0f} ms" if found else "",
        f"worst {found[-1]:.0f} ms of {len(found)}, {missed} missed" if found else "",
    ]


def rows(values: int) -> list[list[str]]:
    """The rows of the table."""
    watch = ["-m", "stemkit", "watch"]
    found: list[list[str]] = [
        ["stemkit watch, one board", *delays(watch, values), "bound 100 ms"],
        ["beside 39 boards x 384 lines/s", *delays(watch, values, 39), "bound 100 ms"],
        ["the same, recorded", *delays([*watch, "--record", "x"], values, 39), "bound 100 ms"],
        [
            "the same on 200 x 60, recorded",
            *delays([*watch, "--record", "x"], values, 39, (60, 200)),
            "bound 100 ms",
        ],
        ["key space to PAUSE, one board", *key_delays(watch, values, 1)],
        ["the same with 40 boards x 384 lines/s", *key_delays(watch, values, 40)],
    ]
    try:
        import plotext  # noqa: F401
    except ImportError:
        return [*found, ["readline + plotext + rich", "plotext is not installed"]]
    return [*found, ["readline + plotext + rich, one board", *delays(["-c", USUAL], values)]]


def main(values: int = 100) -> None:
    for row in rows(values):
        print("  ".join(f"{cell:<40}" for cell in row).rstrip())


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
