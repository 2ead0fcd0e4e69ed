"""An hour of a classroom's readings, fed as fast as they are taken: memory, what is lost, the end.

    python tests/benchmarks/bench_watch_hour.py [SHARE_OF_AN_HOUR]

40 boards of 384 lines a second (all that 115200 baud carries) make 55 million lines; they are
recorded and drawn by the real `stemkit watch` on a pseudo-terminal of 120 x 40. Needs 5 GB of disk
for the whole hour.
"""

from __future__ import annotations

import json
import os
import pty
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from bench_watch import Child, drain, sized, usage

BOARDS = 40
LINES_OF_AN_HOUR = 384 * 3600

FEEDER = """
import json, os, selectors, sys, tty
n, lines = int(sys.argv[1]), int(sys.argv[2])
masters, ports, rest, sent = [], [], {}, {}
chooser = selectors.DefaultSelector()
for i in range(n):
    master, slave = os.openpty()
    tty.setraw(slave)
    os.set_blocking(master, False)
    ports.append(os.ttyname(slave))
    rest[master], sent[master] = b"", 0
    chooser.register(master, selectors.EVENT_WRITE)
print(json.dumps(ports), flush=True)
sys.stdin.readline()
while rest:
    for key, _ in chooser.select(1.0):
        master = key.fd
        if not rest[master]:
            if sent[master] >= lines:
                chooser.unregister(master)
                del rest[master]
                continue
            more = min(200, lines - sent[master])
            rest[master] = b"".join(
                b"temp:%d.%02d,hum:%d.5,light:%d\\n" % (20 + j % 9, j % 100, 40 + j % 30, j % 1024)
                for j in range(sent[master], sent[master] + more)
            )
            sent[master] += more
        try:
            rest[master] = rest[master][os.write(master, rest[master]):]
        except BlockingIOError:
            pass
print("done", flush=True)
sys.stdin.readline()
"""


def rows_recorded(folder: Path) -> int:
    """Lines in the recording's raw files."""
    found = 0
    for path in folder.glob("raw*.jsonl"):
        with path.open("rb") as file:
            while piece := file.read(1 << 20):
                found += piece.count(b"\n")
    return found


def pss_mib(pid: int) -> float:
    """Proportional set size now, in MiB."""
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(next(row for row in text.splitlines() if row.startswith("Pss:")).split()[1]) / 1024


def run(share: float) -> list[list[str]]:
    """The rows of the table."""
    each = int(LINES_OF_AN_HOUR * share)
    feeder = Child(FEEDER, BOARDS, each)
    ports = json.loads(feeder.line())
    with tempfile.TemporaryDirectory() as home:
        words = ["-m", "stemkit", "watch", "--record", "hour", *ports]
        environ = {**os.environ, "STEMKIT_HOME": home, "TERM": "xterm-256color"}
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvpe(sys.executable, [sys.executable, *words], environ)
        sized(terminal, 40, 120)
        threading.Thread(target=drain, args=(terminal,), daemon=True).start()
        time.sleep(4.0)
        feeder.say()
        begun = time.monotonic()
        seen: list[float] = []
        waiting = threading.Thread(target=feeder.line, daemon=True)
        waiting.start()
        while waiting.is_alive():
            waiting.join(1.0)
            seen.append(pss_mib(pid))
        fed_s = time.monotonic() - begun
        quarters = [seen[len(seen) * k // 4] for k in (1, 2, 3)]
        folder = Path(home, "recordings", "hour")
        last, now = -1, 0
        while now != last:
            time.sleep(2.0)
            seen.append(pss_mib(pid))
            last, now = now, rows_recorded(folder)
        _, peak = usage(pid)
        asked = time.monotonic()
        os.write(terminal, b"q")
        ended, status = 0, 0
        while not ended and time.monotonic() - asked < 900:
            ended, status = os.waitpid(pid, os.WNOHANG)
            time.sleep(0.05)
        stop_s = time.monotonic() - asked
        if not ended:
            os.kill(pid, signal.SIGKILL)
        feeder.say()
        size = sum(path.stat().st_size for path in folder.iterdir())
        state = json.loads((folder / "meta.json").read_text())
        sent = BOARDS * each
        return [
            ["fed", f"{sent} lines in {fed_s:.0f} s", f"{sent / fed_s:.0f} lines/s"],
            ["recorded", f"{now} lines, {sent - now} lost", f"{size / 1e6:.0f} MB on disk"],
            ["memory", f"peak RSS {peak:.0f} MiB, PSS {max(seen):.0f} MiB", "bound 150 MiB"],
            ["PSS after a quarter, a half, three quarters",
             ", ".join(f"{mib:.0f}" for mib in quarters) + f", at the end {seen[-1]:.0f} MiB"],
            ["key q until the process had ended", f"{stop_s:.2f} s (exit {status >> 8})",
             f"{state['state']}, {state['totals']['lines']} lines in meta.json"],
        ]  # fmt: skip


def main(share: float = 1.0) -> None:
    for row in run(share):
        print("  ".join(f"{cell:<44}" for cell in row).rstrip())


if __name__ == "__main__":
    main(*map(float, sys.argv[1:]))
