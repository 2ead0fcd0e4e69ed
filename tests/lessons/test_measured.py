"""What students are to find in a lesson's recording is in what its program sends."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable

import pytest

from stemkit.actions.lessons.judge import Seen
from stemkit.actions.lessons.run import run_lesson
from stemkit.actions.programs.board_files import board_files
from stemkit.analysis.fits import fit
from stemkit.storage import catalogue, places
from tests.conftest import StartBoards

Runs = Callable[[str, str, float], Seen]


@pytest.fixture
def seen(virtual_boards: StartBoards) -> Runs:
    """What a lesson's program sends in its scenario, from a kind of board, in so many seconds."""

    def run(lesson: str, board: str, run_s: float) -> Seen:
        folder = places.shipped("lessons") / lesson
        model = catalogue.boards()[board]
        files = board_files(folder, model, catalogue.sensors(), number=1, language="vi")
        (started,) = virtual_boards(model=board, scenario=folder / "scenario.toml", speed=0)
        return run_lesson(started, model.family, files, run_s)

    return run


@pytest.mark.parametrize("board", ["esp32", "microbit-v2"])
def test_the_pendulum_gives_its_period_and_gravity(seen: Runs, board: str) -> None:
    # The VL53L0X of an ESP32, the HC-SR04 of a micro:bit.
    rows = [row for row in seen("06-pendulum", board, 30).values["swing"] if row[0] > 6]
    found = fit("damped-wave", [t for t, _ in rows], [v for _, v in rows], "cm")
    # scenario.toml: 60 cm, 10 degrees; the term of the angle: OpenStax University Physics 1, 15.4.
    true_s = 2 * math.pi * math.sqrt(0.6 / 9.80665) * (1 + math.radians(10) ** 2 / 16)
    assert abs(found["T"].value / true_s - 1) < 0.003
    assert abs(4 * math.pi**2 * 0.6 / found["T"].value ** 2 / 9.80665 - 1) < 0.01


def test_the_fast_car_goes_on_farther_after_the_warning(seen: Runs) -> None:
    rows = seen("05-distance-parking", "pico", 100).values["distance"]
    slow = [v for t, v in rows if 32 < t < 59]
    fast = [v for t, v in rows if 88 < t < 99]
    assert sum(slow) / len(slow) == pytest.approx(8.5, abs=0.3)
    assert sum(fast) / len(fast) == pytest.approx(4, abs=0.3)


def test_a_lamp_with_one_threshold_flickers_at_dusk(seen: Runs) -> None:
    lamp = [v for _, v in seen("04-light-lamp", "esp32-c3", 240).values["lamp"]]
    times_on = sum(now > before for before, now in itertools.pairwise(lamp))
    assert times_on > 1


def test_calibrated_moisture_is_the_soils_own(seen: Runs) -> None:
    values = seen("03-soil-moisture", "pico", 290).values
    soil = [v for t, v in values["soil"] if 240 < t < 290]
    assert sum(soil) / len(soil) == pytest.approx(73.5, abs=1.5)
    raw = [v for t, v in values["raw"] if 240 < t < 290]
    assert sum(raw) / len(raw) < 50  # the wetter, the smaller


def test_the_weather_station_sees_cold_mornings_and_the_surge(seen: Runs) -> None:
    values = seen("07-weather-station", "pico", 66 * 3600).values
    for day in (0, 2):  # on the day between, the surge comes and it is coldest later
        hours = [(t / 3600 + 15, v) for t, v in values["temp"] if day <= t / 86_400 < day + 1]
        coldest = min(hours, key=lambda row: row[1])[0] % 24
        assert 4.5 < coldest < 6.5
    pressure = dict(values["pressure"])
    before, after = (
        [v for t, v in pressure.items() if low <= t / 3600 < low + 12] for low in (24, 48)
    )
    assert sum(after) / len(after) - sum(before) / len(before) > 5


def test_chance_goes_by_identity_not_by_what_runs_beside(virtual_boards: StartBoards) -> None:
    (alone,) = virtual_boards(model="pico", identity="pico")
    beside, named = virtual_boards(model="pico", identity="pico")[0], virtual_boards(model="pico")
    assert alone.name != beside.name
    assert alone.unique_id == beside.unique_id != named[0].unique_id
