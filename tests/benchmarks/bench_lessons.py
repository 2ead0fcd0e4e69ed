"""How long a trainer waits: `stemkit lesson check` of every shipped lesson on all of its boards.

    python -m tests.benchmarks.bench_lessons [LESSON...]

Each lesson is a process of its own, as a trainer runs it; the CPU time is that of the whole family
of processes (virtual boards and what keeps them), as the system counts it. To hold: all lessons on
all of their boards within 5 minutes of real time on 2 cores.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

LESSONS = Path(__file__).resolve().parents[2] / "lessons"
HELD_S = 300.0


def main() -> int:
    """Print a row for each lesson, and their sum."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("lessons", nargs="*", metavar="LESSON")
    chosen = parser.parse_args().lessons
    folders = sorted(path.parent for path in LESSONS.glob("*/lesson.toml"))
    folders = [f for f in folders if not chosen or any(f.name.startswith(c) for c in chosen)]
    print(f"{'lesson':<26}{'boards':>7}{'their min':>11}{'wall s':>8}{'CPU s':>8}  in order")
    rows = [measured(folder) for folder in folders]
    wall_s, cpu_s = sum(row[0] for row in rows), sum(row[1] for row in rows)
    print(f"{'all':<44}{wall_s:>8.1f}{cpu_s:>8.1f}  {'<=' if wall_s <= HELD_S else '>'} 300 s")
    return int(not all(row[2] for row in rows))


def measured(folder: Path) -> tuple[float, float, bool]:
    """Wall time, CPU time, and whether the lesson passed."""
    began_s, before = time.monotonic(), os.times()
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "stemkit", "lesson", "check", str(folder), "--json"],
            env={**os.environ, "STEMKIT_HOME": home},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
    wall_s, after = time.monotonic() - began_s, os.times()
    cpu_s = after.children_user + after.children_system
    cpu_s -= before.children_user + before.children_system
    report = json.loads(done.stdout)["lessons"][0] if done.returncode in (0, 1) else {}
    boards = report.get("boards", [])
    minutes = sum(board["run_s"] for board in boards) / 60
    passed = bool(report.get("ok"))
    print(
        f"{folder.name:<26}{len(boards):>7}{minutes:>11.0f}{wall_s:>8.1f}{cpu_s:>8.1f}"
        f"  {'yes' if passed else 'NO'}",
        flush=True,
    )
    if not passed:
        print(done.stderr or json.dumps(report, ensure_ascii=False, indent=1))
    return wall_s, cpu_s, passed


if __name__ == "__main__":
    sys.exit(main())
