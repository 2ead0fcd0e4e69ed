"""What watching costs, in one run and side by side with pyserial's readline, rich and plotext.

    python tests/benchmarks/bench_watch.py [SECONDS]

Boards are pseudo-terminals that a process of its own prints to. A share is processor time of the
watching process by the wall clock, of one core. plotext is left out where it is not installed.
"""

from __future__ import annotations

import fcntl
import json
import math
import os
import pty
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty
from collections.abc import Callable
from pathlib import Path

from stemkit.wire.tail import with_tail

FEEDER = """
import json, os, sys, time, tty
n, rate, seconds = int(sys.argv[1]), float(sys.argv[2]), float(sys.argv[3])
masters, ports = [], []
for i in range(n):
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    masters.append(master)
    ports.append(os.ttyname(slave))
print(json.dumps(ports), flush=True)
sys.stdin.readline()
begun, sent, rest = time.monotonic(), [0] * n, [b""] * n
over = False
while not over or any(rest):
    now = time.monotonic() - begun
    over = now > seconds
    if now > seconds + 20:
        break
    for i in range(n):
        wanted = sent[i] if over else int(now * rate)
        if wanted > sent[i]:
            rest[i] += b"".join(
                b"temp:%d.%02d,hum:%d.5,light:%d\\n" % (20 + j % 9, j % 100, 40 + j % 30, j % 1024)
                for j in range(sent[i], wanted)
            )
            sent[i] = wanted
        if rest[i]:
            try:
                rest[i] = rest[i][os.write(masters[i], rest[i]) :]
            except BlockingIOError:
                pass
    time.sleep(0.004)
print(json.dumps({"sent": sum(sent), "unsent": sum(map(len, rest))}), flush=True)
sys.stdin.readline()
"""


# A recording that nobody looks at.
RECORDER = """
import sys, time
from stemkit.actions.readings.record import About, Recorder
from stemkit.actions.readings.sources import Wanted, open_feed
from stemkit.storage import places
from stemkit.storage.recordings import folder_for
stream = open_feed(Wanted(sys.argv[1:]))
recorder = Recorder(stream, folder_for(places.recordings(), "bench"), About())
with stream:
    time.sleep(1000)
"""


class Child:
    """A program that is spoken to a line at a time."""

    def __init__(self, program: str, *words: object) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", program, *map(str, words)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def say(self) -> None:
        """Let it go on."""
        assert self.process.stdin is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()

    def line(self) -> str:
        """Its next line."""
        assert self.process.stdout is not None
        return self.process.stdout.readline()


def usage(pid: int) -> tuple[float, float]:
    """(processor seconds, peak memory in MiB) of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    ticks = int(fields[11]) + int(fields[12])
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return ticks / os.sysconf("SC_CLK_TCK"), int(peak.split()[1]) / 1024


def watched(words: list[str], n: int, rate: float, seconds: float, *, screen: bool) -> list[str]:
    """A row about a command that watches so many boards."""
    feeder = Child(FEEDER, n, rate, seconds)
    ports = json.loads(feeder.line())
    home = tempfile.mkdtemp()
    environ = {**os.environ, "STEMKIT_HOME": home, "TERM": "xterm-256color", "LANG": "C.UTF-8"}
    command = [sys.executable, *words, *ports]
    pid, terminal = pty.fork()
    if pid == 0:
        if not screen:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execvpe(command[0], command, environ)
    sized(terminal, 40, 120)
    threading.Thread(target=drain, args=(terminal,), daemon=True).start()
    time.sleep(4.0)
    before, _ = usage(pid)
    begun = time.monotonic()
    feeder.say()
    result = json.loads(feeder.line())
    took = time.monotonic() - begun
    time.sleep(0.5)
    after, peak = usage(pid)
    raw = Path(home, "recordings", "bench").glob("raw*.jsonl")
    recorded = sum(path.read_bytes().count(b"\n") for path in raw)
    os.kill(pid, 9)
    os.waitpid(pid, 0)
    feeder.say()
    share = (after - before) / took * 100
    lost = result["sent"] - recorded
    return [f"{share:.1f} % of a core", f"{recorded} lines, {lost} lost", f"{peak:.0f} MiB"]


def sized(terminal: int, rows: int, columns: int) -> None:
    """Give a terminal its size."""
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def drain(terminal: int) -> None:
    """Read what the display writes, as a terminal does."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        return


def best(work: Callable[[], object], times: int = 15) -> float:
    """Least processor seconds of several tries."""
    found = math.inf
    for _ in range(times):
        begun = time.process_time()
        work()
        found = min(found, time.process_time() - begun)
    return found


FORMS: dict[str, Callable[[int], bytes]] = {
    "native": lambda i: b"temp:%d.51,hum:60.2,light:%d" % (i % 40, i % 1024),
    "native with a tail": lambda i: with_tail(FORMS["native"](i), i, 3 * i),
    "native, 1 value, with a tail": lambda i: with_tail(b"temp:%d.51" % (i % 40), i, 3 * i),
    "native with a tail, never the same value": lambda i: with_tail(
        b"temp:%.6f,hum:60.2,light:%.6f" % (math.sin(i), math.cos(i)), i, 3 * i
    ),
    "temp: 23.51 hum: 60.2": lambda i: b"temp: %d.51 hum: 60.2 light: %d" % (i % 40, i % 1024),
    "Teleplot, one variable": lambda i: b">temp:%d.51" % (i % 40),
    "Teleplot, three in turn": lambda i: b">%s:%d" % ((b"a", b"b", b"c")[i % 3], i % 40),
    "labels, three in turn, with tails": lambda i: with_tail(
        b"%s:%d" % ((b"temp", b"hum", b"light")[i % 3], i % 40), i, 3 * i
    ),
    "native, a value left out now and then": lambda i: (
        b"temp:%d.51,hum:60" % (i % 40) if i % 5 else b"hum:60"
    ),
    "CSV with a header": lambda i: b"%d.51,60.2,%d" % (i % 40, i % 1024) if i else b"a,b,c",
    "micro:bit's log": lambda i: (
        b"%d.%02d,60.2,%d" % (i // 100, i % 100, i % 1024) if i else b"Time (seconds),temp,light"
    ),
    "JSON": lambda i: b'{"temp": %d.51, "hum": 60.2, "light": %d}' % (i % 40, i % 1024),
    "Mu's tuple": lambda i: b"(%d.51, 60.2, %d)" % (i % 40, i % 1024),
    "bare numbers": lambda i: b"%d.51,60.2,%d" % (i % 40, i % 1024),
    "numbers in text": lambda i: b"Humidity: %d.00 %%  Temperature: 23.%d *C" % (i % 40, i % 10),
}


def parser(form: str, lines: int = 20_000) -> str:
    """Lines a second of the reader that the live stream and recordings use."""
    from stemkit.wire.lines import LineReader

    data = b"".join(FORMS[form](i) + b"\n" for i in range(lines))

    def work() -> None:
        reader = LineReader("b", first_line_cut=False)
        for at in range(0, len(data), 4096):
            # The board's clock and this one go equally fast.
            reader.feed(data[at : at + 4096], at * 3e-3 * lines / len(data))
        assert reader.counts.rows >= lines - 1

    return f"{lines / best(work) / 1e6:.2f} M lines/s"


def curves() -> tuple[list[float], list[list[float]]]:
    times = [i * 0.03 for i in range(1000)]
    return times, [[math.sin(t * k) + 0.05 * math.sin(t * 97) for t in times] for k in (1, 2, 3)]


def canvas() -> str:
    from stemkit.screen.canvas import Canvas, Frame

    times, values = curves()

    def work() -> None:
        made = Canvas(120, 40)
        for k, column in enumerate(values, 1):
            made.plot(times, column, Frame(0, 30, -1.3, 1.3), k)
        made.rows()

    return f"{best(work) * 1000:.1f} ms a frame"


def plotext_frame() -> str:
    try:
        import plotext
    except ImportError:
        return "not installed"
    times, values = curves()

    def work() -> None:
        plotext.clear_figure()
        plotext.plotsize(120, 40)
        for column in values:
            plotext.plot(times, column, marker="braille")
        plotext.build()

    return f"{best(work, 5) * 1000:.1f} ms a frame"


def readline_rate(seconds: float) -> str:
    import serial

    master, slave = os.openpty()
    tty.setraw(slave)
    line = b"temp:23.51,hum:60.2,light:512\n" * 100
    code = f"import os\nwhile True: os.write({master}, {line!r})"
    writer = subprocess.Popen([sys.executable, "-c", code], pass_fds=[master])
    with serial.Serial(os.ttyname(slave), timeout=1) as port:
        n, begun = 0, time.process_time()
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            dict(cell.split(":") for cell in port.readline().decode().strip().split(","))
            n += 1
        spent = time.process_time() - begun
    writer.kill()
    return f"{n / spent:.0f} lines a second of processor time"


def main(seconds: float = 10.0) -> None:
    watch = ["-m", "stemkit", "watch", "--record", "bench"]
    rows = [
        *[[f"parser, {form}", parser(form), "bound 0.8 M lines/s" if "nat" in form else ""]
          for form in FORMS],
        ["pyserial readline and split, one port", readline_rate(2.0), ""],
        ["canvas, 3 x 1000 points, 120x40", canvas(), "bound 4 ms"],
        ["plotext, the same", plotext_frame(), ""],
        ["40 boards x 384 lines/s, recorded",
         *watched(["-c", RECORDER], 40, 384, seconds, screen=False), "bound 12 %"],
        ["the same, and printed as lines",
         *watched([*watch, "--plain", "-q"], 40, 384, seconds, screen=False), ""],
        ["the same, and drawn at 20 Hz",
         *watched(watch, 40, 384, seconds, screen=True), "bound 35 %, 150 MiB"],
        ["1 board x 6700 lines/s, recorded, drawn",
         *watched(watch, 1, 6700, seconds, screen=True), "none lost"],
    ]  # fmt: skip
    for row in rows:
        print("  ".join(f"{cell:<40}" for cell in row).rstrip())


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
