"""Small curves that are kept from picture to picture."""

from __future__ import annotations

import math

from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.analysis.history import Series
from stemkit.analysis.stretches import Stretches
from stemkit.screen.canvas import Style
from stemkit.screen.pace import LEAST_GAP_S, LEAST_KEY_GAP_S, LONGEST_GAP_S, Pace
from stemkit.screen.picture import plain
from stemkit.screen.sparks import Look, Sparks

NAN = float("nan")
STEP_S, MANY = 0.5, 12

values = st.one_of(st.floats(-1e6, 1e6), st.just(NAN))
pieces = st.lists(
    st.lists(st.tuples(st.floats(0, 0.7), values), min_size=1, max_size=6), min_size=1, max_size=20
)


def lowest_and_highest(
    points: list[tuple[float, float]], last: int
) -> dict[int, tuple[float, float]]:
    found: dict[int, list[float]] = {}
    for t, v in points:
        if v == v and last - MANY < math.floor(t / STEP_S) <= last:
            found.setdefault(math.floor(t / STEP_S), []).append(v)
    return {n: (min(known), max(known)) for n, known in found.items()}


def told(stretches: Stretches, last: int) -> dict[int, tuple[float, float]]:
    found: dict[int, tuple[float, float]] = {}
    times, values = stretches.points()
    for n, v in zip(times, values, strict=True):
        if v == v and n > last - MANY:
            low, high = found.get(int(n), (v, v))
            found[int(n)] = (min(low, v), max(high, v))
    return found


@given(pieces, st.lists(st.integers(0, 19)))
@settings(max_examples=200, deadline=None)
def test_followed_in_pieces_or_looked_at_once(
    chosen: list[list[tuple[float, float]]], looks_back: list[int]
) -> None:
    series = Series()
    followed = Stretches(series, STEP_S, MANY)
    points: list[tuple[float, float]] = []
    t_s = 0.0
    for i, piece in enumerate(chosen):
        times = []
        for step, _ in piece:
            t_s += step
            times.append(t_s)
        series.append(times, [v for _, v in piece])
        points += zip(times, [v for _, v in piece], strict=True)
        last = math.floor(t_s / STEP_S)
        followed.follow(last)
        assert told(followed, last) == lowest_and_highest(points, last)
        anew = Stretches(series, STEP_S, MANY)
        anew.follow(last)
        assert told(anew, last) == told(followed, last)
        if i in looks_back:
            # A person stops the picture in the past and lets it go on.
            followed.follow(last - 3)
            assert told(followed, last - 3) == lowest_and_highest(points, last - 3)


def test_a_gap_breaks_the_curve() -> None:
    series = Series()
    series.append([0.1, 0.6], [1.0, 2.0])
    series.gap(0.7)
    series.append([3.1], [3.0])
    followed = Stretches(series, STEP_S, MANY)
    followed.follow(6)
    times, found = followed.points()
    assert times == [0, 0, 1, 1, 1, 6, 6]
    assert [v for v in found if v == v] == [1, 1, 2, 2, 3, 3]
    assert found[4] != found[4]


def test_nothing_new_is_not_drawn_again() -> None:
    series, sparks, look = Series(), Sparks(), Look(10, 3, 10.0, Style.BRAILLE)
    series.append([0.1, 0.2, 4.0], [1.0, 5.0, 3.0])
    first = sparks.draw(("b", "x"), series, look, 10.0)
    assert plain(first).strip()
    assert sparks.draw(("b", "x"), series, look, 10.01) is first
    series.append([10.02], [2.9])
    second = sparks.draw(("b", "x"), series, look, 10.03)
    assert second is not first
    # Within a dot of what stands there.
    series.append([10.04], [2.91])
    assert sparks.draw(("b", "x"), series, look, 10.05) is second
    series.append([10.06], [4.9])
    assert sparks.draw(("b", "x"), series, look, 10.07) is not second
    wider = sparks.draw(("b", "x"), series, Look(20, 3, 10.0, Style.BRAILLE), 10.03)
    assert sum(len(text) for text, _ in wider[0]) == 20


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_pictures_come_at_once_after_a_while_and_then_at_their_pace() -> None:
    clock = Hand()
    pace = Pace(clock, clock)
    assert pace.wait_s() == 0.0
    pace.begin()
    clock.now_s += 0.010
    pace.end()
    assert math.isclose(pace.wait_s(), LEAST_GAP_S - 0.010)
    assert math.isclose(pace.wait_s(LEAST_KEY_GAP_S), 0.010)  # Half of the time is others'.
    assert math.isclose(pace.wait_s(LONGEST_GAP_S), LONGEST_GAP_S - 0.010)
    clock.now_s += 0.030
    assert pace.wait_s() == 0.0


def test_a_slow_computer_draws_less_often() -> None:
    clock = Hand()
    pace = Pace(clock, clock)
    pace.begin()
    clock.now_s += 0.100
    pace.end()
    assert math.isclose(pace.wait_s(), 0.100)


def test_a_picture_that_other_programs_made_late_keeps_the_next_one_no_longer() -> None:
    clock, spent = Hand(), Hand()
    pace = Pace(clock, spent)
    pace.begin()
    clock.now_s += 0.100
    spent.now_s += 0.008
    pace.end()
    assert math.isclose(pace.wait_s(), 0.008)


def test_a_look_that_changes_nothing_keeps_no_picture_waiting() -> None:
    clock = Hand()
    pace = Pace(clock, clock)
    pace.begin()
    pace.end()
    clock.now_s += 0.050
    pace.begin()
    clock.now_s += 0.001
    assert pace.wait_s() == 0.0
