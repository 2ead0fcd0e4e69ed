"""From a scenario to its number: a swing is measured by a board, recorded, and fitted."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import StartBoards

ROOT = Path(__file__).resolve().parents[2]
# examples/scenarios/pendulum.toml: 60 cm let go at 20 degrees; the second term is the wide swing's
# (OpenStax University Physics 1, 15.4, the series of the period).
PERIOD_S = 2 * math.pi * math.sqrt(0.6 / 9.80665) * (1 + math.radians(20) ** 2 / 16)


def stemkit(*words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "stemkit", *words],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=90,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_period_of_a_pendulum_is_found_within_one_percent(virtual_boards: StartBoards) -> None:
    virtual_boards(scenario=ROOT / "examples" / "scenarios" / "pendulum.toml")
    stemkit("deploy", str(ROOT / "examples" / "pendulum"))
    stemkit("sim", "unplug", "v1")
    stemkit("sim", "plug", "v1")
    stemkit("watch", "--plain", "--for", "14", "--record", "swing")
    shown = json.loads(
        stemkit("record", "show", "swing", "--fit", "damped-wave", "--from-s", "4", "--json")
    )
    (channel,) = shown["channels"]
    found = channel["fit"]["parameters"]["T"]
    assert found["unit"] == "s"
    assert abs(found["value"] / PERIOD_S - 1) < 0.01
    assert channel["fit"]["r2"] > 0.95
