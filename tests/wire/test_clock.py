"""The board's clock laid over the host's, against clocks whose truth is known."""

from __future__ import annotations

import itertools
import random

import pytest

from stemkit.wire.clock import BoardClock, unwrap


def run(
    drift: float, seconds: int, *, delay_s: float, rate_hz: int = 10
) -> list[tuple[float, float]]:
    """(time given, true time) of each line of a board whose clock is off by `drift`."""
    dice = random.Random(5)
    clock = BoardClock()
    found = []
    for i in range(seconds * rate_hz):
        truth = 100.0 + i / rate_hz
        board_ms = int((truth - 97.0) * (1.0 - drift) * 1000)
        host = truth + 0.001 + dice.expovariate(1.0 / delay_s)
        found.append((clock.times([host], [board_ms])[0], truth))
    return found


@pytest.mark.parametrize("drift", [0.0, 5e-5, -5e-5, 1e-3, -1e-3])
def test_times_are_right_and_smooth_although_lines_come_late(drift: float) -> None:
    found = run(drift, 1800, delay_s=0.02)
    late = found[len(found) // 3 :]
    assert max(abs(t - truth) for t, truth in late) < 0.012
    steps = [b[0] - a[0] for a, b in itertools.pairwise(found)]
    assert min(steps) >= 0.0


def test_one_stall_of_the_host_does_not_bend_the_time() -> None:
    clock = BoardClock()
    times = []
    for i in range(600):
        truth = i * 0.1
        # Nothing was read between 20 and 25 s; then everything at once.
        host = 25.0 if 20.0 <= truth < 25.0 else truth + 0.002
        times.append(clock.times([host], [i * 100])[0])
    assert all(abs(t - i * 0.1) < 0.005 for i, t in enumerate(times))


def test_a_time_is_never_later_than_the_lines_arrival() -> None:
    dice = random.Random(1)
    clock = BoardClock()
    host = 0.0
    for i in range(5000):
        host = max(host, i * 0.01) + dice.random() * 0.02
        assert clock.times([host], [i * 10])[0] <= host + 1e-9


def test_unwrap() -> None:
    assert unwrap(5, (1 << 30) - 5, 1 << 30) == (1 << 30) + 5
    assert unwrap(5, 100, 1 << 30) == 5
    assert unwrap(200, 100, 1 << 30) == 200
