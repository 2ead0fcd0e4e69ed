"""Sensors on this computer's own pins, through Blinka's board that exists only in software."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import time
import analogio
import board

pin = analogio.AnalogIn(board.Ax_INPUT_WAVE_SINE)
for n in range(60):
    print(f"wave:{pin.value},n:{n}")
    time.sleep(0.02)
raise RuntimeError("the end")
"""


def test_a_program_reads_its_own_pins(tmp_path: Path) -> None:
    pytest.importorskip("adafruit_blinka")
    script = tmp_path / "wave.py"
    script.write_text(SCRIPT, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "stemkit", "watch", "--from", f"blinka:{script}", "--json"],
        env={**os.environ, "BLINKA_OS_AGNOSTIC": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads(line) for line in done.stdout.splitlines()]
    rows = [o for o in told if "values" in o]
    assert [row["values"]["n"] for row in rows] == list(range(60))
    assert {row["board"] for row in rows} == {"wave"}
    assert len({row["values"]["wave"] for row in rows}) > 10
    texts = [o["text"] for o in told if o.get("event") == "text"]
    assert "RuntimeError: the end" in texts
