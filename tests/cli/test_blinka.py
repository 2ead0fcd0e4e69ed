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


def watched(script: Path, *options: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stemkit", "watch", "--from", f"blinka:{script}", *options],
        env={**os.environ, "BLINKA_OS_AGNOSTIC": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        cwd=ROOT,
        check=False,
    )


@pytest.mark.parametrize(
    ("lines", "exit_code", "named"),
    [
        ("import board, adafruit_nosuch_sensor", 7, "adafruit-circuitpython-nosuch-sensor"),
        ("from adafruit_nosuch.basic import Driver", 7, "adafruit-circuitpython-nosuch"),
        ("import nosuchdriver", 5, "nosuchdriver"),
    ],
)
def test_a_driver_that_is_missing_is_named_before_anything_begins(
    tmp_path: Path, lines: str, exit_code: int, named: str
) -> None:
    pytest.importorskip("adafruit_blinka")
    script = tmp_path / "sensor.py"
    script.write_text(f"import time\n{lines}\nprint('t:1')\n", "utf-8")
    done = watched(script, "--json", "--record", str(tmp_path / "kept"))
    assert (done.returncode, done.stdout) == (exit_code, "")
    error = json.loads(done.stderr)["error"]
    assert named in error["message"]
    assert ("pip install " + named in error["remedy"]) == (exit_code == 7)
    assert not (tmp_path / "kept").exists()


def test_what_may_be_missing_or_lies_beside_the_program_is_no_mistake(tmp_path: Path) -> None:
    pytest.importorskip("adafruit_blinka")
    (tmp_path / "helper.py").write_text("n = 7\n", "utf-8")
    script = tmp_path / "sensor.py"
    script.write_text(
        "import helper\ntry:\n    import nosuch\nexcept ImportError:\n    print(f't:{helper.n}')\n",
        "utf-8",
    )
    done = watched(script, "--json")
    assert done.returncode == 0, done.stderr
    assert '"values": {"t": 7}' in done.stdout
