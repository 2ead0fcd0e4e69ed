"""`stemkit demo` in a plain pipe: the whole of it, in both languages, and nothing left behind."""

from __future__ import annotations

import json
import subprocess
import sys

from stemkit.storage import places
from stemkit.virtual import running

DEMO = [sys.executable, "-m", "stemkit", "demo"]


def test_demo_starts_measures_and_ends() -> None:
    done = subprocess.run([*DEMO, "--json"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    steps = json.loads(done.stdout)["steps"]
    assert [s["step"] for s in steps] == ["started", "measured", "warmed", "measured", "ended"]
    assert [b["model"] for b in steps[0]["boards"]] == ["esp32", "pico", "microbit-v2"]
    before, after = steps[1]["temperature_c"], steps[3]["temperature_c"]
    assert abs(before - 22.0) < 1.0
    assert abs(after - 31.5) < 1.0
    assert running(places.running_boards()) == []


def test_demo_speaks_vietnamese_in_a_pipe() -> None:
    done = subprocess.run([*DEMO, "--lang", "vi"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "3 bo mạch ảo đang chạy:"
    assert "\x1b" not in done.stdout
