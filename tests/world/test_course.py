"""What the world's quantities become, by a scenario and by a person's hand."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.formats.scenario import parse_scenario
from stemkit.model.scenario import QUANTITIES, Pendulum
from stemkit.virtual.world import World
from stemkit.virtual.world.course import Course
from stemkit.virtual.world.errors import NoSuchQuantityError, QuantityRangeError
from stemkit.virtual.world.pendulum import Swing, period_s
from tests.world.boards import spec

TITLE = 'title = { vi = "Thử", en = "Test" }\n'


def course(text: str, seed: int = 0) -> Course:
    return Course(parse_scenario((TITLE + text).encode(), "test.toml"), seed)


def test_nothing_said_is_not_set() -> None:
    assert course("").value("temperature", 5.0) is None


def test_steps_jump_and_ramps_lead() -> None:
    played = course(
        "[[change]]\nquantity = 'light'\nkind = 'steps'\npoints = [[10, 100], [20, 800]]\n"
        "[[change]]\nquantity = 'temp'\nkind = 'ramp'\npoints = [[0, 20], [100, 30]]\n"
    )
    assert [played.value("light", t) for t in (0, 10, 19.9, 20, 1e6)] == [100, 100, 100, 800, 800]
    seen = [played.value("temperature", t) for t in (-5, 0, 50, 100, 500)]
    assert seen == pytest.approx([20, 20, 25, 30, 30])


def test_shapes_of_a_quantity_add_up_around_its_course_or_its_rest() -> None:
    wave = "[[change]]\nquantity = 'humidity'\nkind = 'sine'\namplitude = 5\nperiod_s = 60\n"
    assert course(wave).value("humidity", 15.0) == pytest.approx(QUANTITIES["humidity"].rest + 5)
    assert course("[start]\nhumidity = 40\n" + wave).value("humidity", 15.0) == pytest.approx(45)


def test_a_shape_may_hold_for_a_while_in_each_repetition() -> None:
    played = course(
        "repeat_s = 60\n[[change]]\nquantity = 'acc_x'\nkind = 'sine'\namplitude = 8\n"
        "period_s = 4\nfrom_s = 10\nto_s = 30\n"
    )
    assert [played.value("acc_x", t) for t in (9, 30, 69)] == [0, 0, 0]
    assert [played.value("acc_x", t) for t in (13, 29, 73)] == pytest.approx([8, 8, 8])
    assert played.is_smooth("acc_x")


def test_values_stay_possible() -> None:
    played = course(
        "[start]\nsoil = 98\n"
        "[[change]]\nquantity = 'soil'\nkind = 'sine'\namplitude = 50\nperiod_s = 4\n"
    )
    values = [played.value("soil", n / 10) for n in range(40)]
    assert max(v for v in values if v is not None) == 100.0


def test_an_event_wins_while_it_lasts_and_comes_back_with_the_repetition() -> None:
    played = course("repeat_s = 10\n[[event]]\nquantity = 'button'\nat_s = 3\nlasts_s = 0.5\n")
    assert [played.value("button", t) for t in (2.9, 3.0, 3.4, 3.5, 13.2)] == [None, 1, 1, None, 1]
    assert played.next_turn("button", 0.0) == 3.0
    assert played.next_turn("button", 3.0) == 3.5
    assert played.next_turn("button", 9.0) == 10.0
    assert played.next_turn("button", 10.5) == 13.0


NOISY = (
    "[start]\ntemperature = 25\n"
    "[[change]]\nquantity = 'temperature'\nkind = 'noise'\ndeviation = 0.5\ninterval_s = 0.1\n"
    "[[change]]\nquantity = 'light'\nkind = 'walk'\nstep = 3\npull = 0.05\nlimit = 50\n"
)


def test_chance_is_the_same_in_every_run_whoever_asks_when() -> None:
    one, other = course(NOISY, seed=7), course(NOISY, seed=7)
    times = [0.0, 0.05, 1.0, 99.0, 3600.0, 12.0]
    forward = {(q, t): one.value(q, t) for t in times for q in ("temperature", "light")}
    backward = {(q, t): other.value(q, t) for q in ("light", "temperature") for t in times[::-1]}
    assert forward == backward
    assert course(NOISY, seed=8).value("light", 99.0) != forward["light", 99.0]


def test_noise_is_normal_and_the_walk_stays_within_its_limit() -> None:
    played = course(NOISY)
    values = [played.value("temperature", n / 10 + 0.05) or 0 for n in range(5000)]
    assert statistics.fmean(values) == pytest.approx(25, abs=0.05)
    assert statistics.stdev(values) == pytest.approx(0.5, rel=0.05)
    lights = [played.value("light", float(n)) or 0 for n in range(2000)]
    assert all(abs(v - QUANTITIES["light"].rest) <= 50 for v in lights)
    assert statistics.stdev(lights) > 3


def test_a_walk_can_be_asked_for_a_year_from_now() -> None:
    assert isinstance(course(NOISY).value("light", 3.2e7), float)


@given(angle=st.floats(1, 170), length=st.floats(0.1, 5))
def test_a_pendulum_keeps_its_energy_and_its_period(angle: float, length: float) -> None:
    swing = Swing(Pendulum(length, angle, 0.0, 0.0, 0.0))
    period = period_s(length, math.radians(angle))

    def energy(t: float) -> float:
        a, speed = swing.at(t)
        return 9.80665 * length * (1 - math.cos(a)) + (length * speed) ** 2 / 2

    whole = energy(0.0)
    for share in (0.1, 0.25, 0.4, 0.77):
        assert energy(share * period) == pytest.approx(whole, rel=1e-4)
    assert swing.at(period / 4)[0] == pytest.approx(0, abs=1e-3)
    assert swing.at(period * 0.999999)[0] == pytest.approx(math.radians(angle), rel=1e-3)


def test_a_small_swing_is_textbook_and_a_damped_one_dies() -> None:
    # 2 pi sqrt(1 m / 9.80665 m/s²)
    assert period_s(1.0, math.radians(1)) == pytest.approx(2.00641, abs=1e-4)
    swing = Swing(Pendulum(1.0, 10.0, 0.05, 5.0, 60.0))
    assert swing.at(4.0) == (math.radians(10), 0.0)
    assert abs(swing.at(5.0 + 2.00641 * 10)[0]) == pytest.approx(
        math.radians(10) * math.exp(-0.05 * 20.0641), rel=0.02
    )
    assert swing.at(1e6) == (0.0, 0.0)
    assert swing.felt("distance", 0.0) == pytest.approx(60 + 100 * math.sin(math.radians(10)))
    # Through the lowest point it feels more than its weight.
    felt = [swing.felt("acc_z", 5 + n / 100) for n in range(200)]
    assert max(felt) > 9.80665 > min(felt)


def test_a_persons_hand_wins_until_it_lets_go() -> None:
    world = World(spec(), parse_scenario((TITLE + "[start]\ntemperature = 31\n").encode(), "t"))
    assert world.value("temp") == 31
    world.set("temp", 12.5)
    assert (world.value("temperature"), world.value("probe")) == (12.5, 12.5)
    world.set("probe", 80)
    assert (world.value("temperature"), world.value("water")) == (12.5, 80)
    world.set("temperature", None)
    assert world.values()["temperature"] == 31


@pytest.mark.parametrize("value", [-61.0, 151.0, math.nan, math.inf])
def test_impossible_values_are_refused(value: float) -> None:
    with pytest.raises(QuantityRangeError):
        World(spec()).set("temperature", value)


def test_unknown_quantities_are_refused_with_the_known_ones() -> None:
    with pytest.raises(NoSuchQuantityError) as caught:
        World(spec()).set("temperatur", 20)
    assert "temperature" in caught.value.remedy_told()
