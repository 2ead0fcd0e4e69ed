"""The example that walks a trainer's whole path is run."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_a_lesson_from_nothing_to_a_class_that_runs_it(tmp_path: Path) -> None:
    words = [sys.executable, str(ROOT / "examples/trainer_path.py"), "--boards=3", "--clubs=2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    done = subprocess.run(
        words, env=environment, capture_output=True, text=True, encoding="utf-8", timeout=110
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 of 3 boards send readings" in done.stdout
    assert done.stdout.count("lesson sync") == 2
