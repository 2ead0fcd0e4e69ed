"""Lesson 11's recordings and model: `make` records them on virtual boards and learns anew.

Four made-up people, each with a pace and strength of their own, hold a virtual board still, shake
it, tilt it and move it in circles; a fifth is the scenario in which the lesson is checked. Nobody
real is in these recordings, and the lesson says so.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from stemkit.actions.lessons.run import run_lesson
from stemkit.actions.programs.board_files import runtime_files
from stemkit.actions.readings.learn import LearnWanted, learn_recordings
from stemkit.actions.sim import Wanted, start_boards
from stemkit.formats.board_profile import PROFILE_NAME, board_profile
from stemkit.storage import catalogue

LESSON = Path(__file__).resolve().parents[1] / "lessons" / "11-gestures"
PEOPLE = ("an", "binh", "chi", "dung")
GESTURES = ("still", "shake", "tilt", "circle")
PART_S = 20
KEPT_S = (2, 18)
PROGRAM = b"""\
from stem import every, send, sensors
for t in every(0.05):
    send(acc_x=sensors.acc_x.read(), acc_y=sensors.acc_y.read(), acc_z=sensors.acc_z.read())
"""


def scenario(person: str) -> str:
    """What a person's board feels: each gesture for `PART_S` seconds, in the order of GESTURES."""
    chance = random.Random(f"gestures {person}")
    lines = [
        "# Made by .ci/gestures.py: a board held still, shaken, tilted, moved in circles.",
        'title = { vi = "Bốn cử chỉ", en = "Four gestures" }',
        f"repeat_s = {PART_S * len(GESTURES)}",
        "",
    ]
    for number, waves in enumerate((_still(), _shake(chance), _tilt(chance), _circle(chance))):
        from_s = number * PART_S
        for axis, amplitude, hertz, phase in waves:
            lines += _change(axis, from_s, f'kind = "sine"\namplitude = {amplitude:.2f}\n'
                             f"period_s = {1 / hertz:.3f}\nphase_deg = {phase:.0f}")  # fmt: skip
        shaky = 0.12 if number == 0 else chance.uniform(0.3, 0.8)
        for axis in "xyz":
            lines += _change(axis, from_s, f'kind = "noise"\ndeviation = {shaky:.2f}\n'
                             "interval_s = 0.04")  # fmt: skip
    return "\n".join(lines)


Wave = tuple[str, float, float, float]
"""Axis, amplitude in m/s², frequency in Hz, phase in degrees."""


def _still() -> list[Wave]:
    return []


def _shake(chance: random.Random) -> list[Wave]:
    strong, hertz = chance.uniform(6, 11), chance.uniform(2.4, 3.8)
    return [("x", strong, hertz, 0), ("y", strong * chance.uniform(0.1, 0.4), hertz, 40)]


def _tilt(chance: random.Random) -> list[Wave]:
    strong, hertz = chance.uniform(3.5, 7), chance.uniform(0.5, 0.9)
    return [("y", strong, hertz, 0), ("z", strong * 0.3, 2 * hertz, 90)]


def _circle(chance: random.Random) -> list[Wave]:
    strong, hertz = chance.uniform(3, 6), chance.uniform(1.0, 1.7)
    return [("x", strong, hertz, 0), ("y", strong * chance.uniform(0.6, 1), hertz, 90)]


def _change(axis: str, from_s: int, shape: str) -> list[str]:
    return [
        "[[change]]",
        f'quantity = "acc_{axis}"',
        shape,
        f"from_s = {from_s}",
        f"to_s = {from_s + PART_S}",
        "",
    ]


def record(person: str, folder: Path) -> Iterator[Path]:
    """One CSV file a gesture, from a virtual ESP32 in fast time."""
    path = folder / f"{person}.toml"
    path.write_text(scenario(person), "utf-8")
    model, sensors = catalogue.boards()["esp32"], catalogue.sensors()
    files = {
        **runtime_files(model),
        PROFILE_NAME.lstrip("/"): board_profile(model, sensors, number=1, language="en"),
        "main.py": PROGRAM,
    }
    wanted = Wanted(
        model="esp32", paced=False, parts=("mpu6050",), scenario=path, speed=0, identity="v1"
    )
    with closing(start_boards(wanted)) as started:
        seen = run_lesson(started.boards[0], model.family, files, PART_S * len(GESTURES))
    for number, gesture in enumerate(GESTURES):
        from_s, to_s = (number * PART_S + s for s in KEPT_S)
        columns = [
            [value for t, value in seen.values[f"acc_{axis}"] if from_s <= t < to_s]
            for axis in "xyz"
        ]
        rows = [",".join(f"{value:.4g}" for value in row) for row in zip(*columns, strict=True)]
        made = LESSON / "recordings" / f"{gesture}-{person}.csv"
        made.write_text("\n".join(["acc_x,acc_y,acc_z", *rows, ""]), "utf-8", newline="\n")
        yield made


def main(words: list[str]) -> int:
    """`make`."""
    if words != ["make"]:
        print(__doc__)
        return 2
    (LESSON / "scenario.toml").write_text(scenario("em"), "utf-8", newline="\n")
    with tempfile.TemporaryDirectory() as folder:
        names = [str(path) for person in PEOPLE for path in record(person, Path(folder))]
    to = LESSON / "board" / "model.py"
    learned = learn_recordings(LearnWanted(names, to, force=True))
    print(f"{learned.tested.right} of {learned.tested.windows} windows right")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
