"""Fits against curves whose truth is known, with noise, gaps and uneven times."""

from __future__ import annotations

import cmath
import math
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.analysis.errors import FitError
from stemkit.analysis.fits import KINDS, fit
from stemkit.analysis.least_squares import inverted, solve
from stemkit.analysis.spectrum import fft

NAN = float("nan")


def samples(curve, seconds: float, *, rate_hz: float = 20, noise: float = 0.0):  # type: ignore[no-untyped-def]
    dice = random.Random(7)
    times = []
    t = 0.0
    while t < seconds:
        times.append(100.0 + t)
        t += (0.5 + dice.random()) / rate_hz
    return times, [curve(t - 100.0) + dice.gauss(0, noise) for t in times]


def test_a_line() -> None:
    times, values = samples(lambda t: 2 * t - 3, 10, noise=0.1)
    found = fit("line", times, values, "cm")
    assert found["a"].value == pytest.approx(2, abs=0.02)
    assert found["a"].unit == "cm/s"
    assert abs(found["a"].value - 2) < 4 * found["a"].error
    assert found.r2 > 0.99
    assert found.rms == pytest.approx(0.1, rel=0.3)
    assert found.curve(100.0) == pytest.approx(-3, abs=0.1)


def test_free_fall() -> None:
    times, values = samples(lambda t: 4.903 * t * t, 1, rate_hz=50, noise=0.005)
    found = fit("parabola", times, values, "m")
    assert 2 * found["a"].value == pytest.approx(9.806, rel=0.02)
    assert found["a"].unit == "m/s²"


@pytest.mark.parametrize("tau", [3.0, 20.0, -10.0])
def test_cooling_and_growing(tau: float) -> None:
    times, values = samples(lambda t: 40 * math.exp(-t / tau) + 22, 20, noise=0.1)
    found = fit("decay", times, values, "°C")
    assert found["τ"].value == pytest.approx(tau, rel=0.03)
    assert found["c"].value == pytest.approx(22, abs=2)


@settings(max_examples=40)
@given(st.floats(0.3, 4), st.floats(3, 12), st.floats(0, 6.2), st.floats(0.1, 50))
def test_a_pendulums_period(period: float, swings: float, phase: float, size: float) -> None:
    def curve(t: float) -> float:
        return 30 + size * math.sin(2 * math.pi * t / period + phase)

    times, values = samples(curve, period * swings, rate_hz=15 / period, noise=size * 0.05)
    found = fit("wave", times, values, "cm")
    assert found["T"].value == pytest.approx(period, rel=0.01)
    assert found["A"].value == pytest.approx(size, rel=0.1)
    assert found["f"].value == pytest.approx(1 / found["T"].value)


def test_a_swing_that_dies_away_with_a_gap_in_it() -> None:
    def curve(t: float) -> float:
        return 20 * math.exp(-t / 15) * math.sin(2 * math.pi * t / 1.42) + 5

    times, values = samples(curve, 25, noise=0.3)
    values = [NAN if 108 < t < 110 else v for t, v in zip(times, values, strict=True)]
    found = fit("damped-wave", times, values, "°")
    assert found["T"].value == pytest.approx(1.42, rel=0.003)
    assert found["τ"].value == pytest.approx(15, rel=0.1)
    assert abs(found["T"].value - 1.42) < 5 * found["T"].error
    assert found.curve(105.0) == pytest.approx(curve(5.0), abs=0.5)
    assert fit("wave", times, values)["T"].value == pytest.approx(1.42, rel=0.01)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_too_little_is_told(kind: str) -> None:
    for times, values in (([], []), ([1.0, 2.0], [1.0, 2.0]), ([1.0] * 5, [1.0] * 5)):
        with pytest.raises(FitError):
            fit(kind, times, values)


@pytest.mark.parametrize("level", [61.2, 0.0, -3e9])
def test_readings_that_stand_still_have_no_slope(level: float) -> None:
    times = [i * 0.2 for i in range(86)]
    found = fit("line", times, [level] * 86, "%")
    assert (found["a"].value, found["b"].value, found.rms) == (0.0, level, 0.0)
    assert math.isnan(found.r2)
    assert found.curve(3.0) == level
    assert fit("parabola", times, [level] * 86)["c"].value == level
    for kind in ("decay", "wave", "damped-wave"):
        with pytest.raises(FitError):
            fit(kind, times, [level] * 86)


def test_nothing_swings() -> None:
    with pytest.raises(FitError):
        fit("wave", [float(i) for i in range(50)], [5.0] * 50)


@pytest.mark.parametrize("kind", sorted(KINDS))
@settings(max_examples=25)
@given(st.lists(st.one_of(st.floats(-1e9, 1e9), st.just(NAN)), min_size=3, max_size=30))
def test_any_readings_give_a_curve_or_a_reason(kind: str, values: list[float]) -> None:
    try:
        found = fit(kind, [i * 0.1 for i in range(len(values))], values)
    except FitError as error:
        assert error.told()
        return
    assert math.isfinite(found.curve(0.1))


def test_many_readings_take_no_long_time() -> None:
    times, values = samples(lambda t: math.sin(t), 1000, rate_hz=50, noise=0.1)
    assert fit("wave", times, values)["T"].value == pytest.approx(2 * math.pi, rel=0.01)


def test_fft_against_the_definition() -> None:
    dice = random.Random(3)
    values = [complex(dice.random(), dice.random()) for _ in range(16)]
    for k, found in enumerate(fft(values)):
        turn = -2j * math.pi * k / 16
        expected = sum(v * cmath.exp(turn * n) for n, v in enumerate(values))
        assert abs(found - expected) < 1e-9


def test_linear_algebra() -> None:
    matrix = [[4.0, 1.0, 0.0], [1.0, 3.0, -1.0], [0.0, -1.0, 2.0]]
    inverse = inverted(matrix)
    assert inverse is not None
    for i in range(3):
        for j in range(3):
            cell = sum(matrix[i][k] * inverse[k][j] for k in range(3))
            assert cell == pytest.approx(float(i == j), abs=1e-12)
    assert inverted([[1.0, 2.0], [2.0, 4.0]]) is None
    assert solve([[1.0, 1.0]], []) is None
