from __future__ import annotations

import math
import statistics as reference

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.analysis.statistics import Buckets, Running, sparkline, statistics

NAN = float("nan")
VALUES = st.lists(st.one_of(st.floats(-1e6, 1e6), st.just(NAN)), max_size=60)


@given(VALUES)
def test_against_the_standard_library(values: list[float]) -> None:
    found = statistics(values)
    known = [v for v in values if v == v]
    assert found.n == len(known)
    if known:
        assert found.mean == pytest.approx(reference.fmean(known), abs=1e-6)
        assert (found.low, found.high) == (min(known), max(known))
    if len(known) > 1:
        assert found.sd == pytest.approx(reference.stdev(known), rel=1e-6, abs=1e-6)
        assert found.mean_error == pytest.approx(found.sd / math.sqrt(found.n))


@given(VALUES, st.integers(0, 60))
def test_in_pieces_as_at_once(values: list[float], cut: int) -> None:
    running = Running()
    running.take(values[:cut])
    running.take(values[cut:])
    assert str(running.result()) == str(statistics(values))


def test_a_large_offset_costs_no_digits() -> None:
    assert statistics([1e9 + v for v in (4.0, 7.0, 13.0, 16.0)]).sd == pytest.approx(5.4772256)


def test_sparklines() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([1.0, NAN, 1.0]) == "▄ ▄"
    assert sparkline([NAN, math.inf]) == "  "
    assert sparkline([]) == ""


def test_buckets_show_gaps_but_not_slow_sensors() -> None:
    slow = Buckets(0.0, 40.0, 40)
    slow.take([i * 4.0 for i in range(10)], [float(i) for i in range(10)])
    assert not any(math.isnan(mean) for mean in slow.means())
    gap = Buckets(0.0, 40.0, 40)
    gap.take([i * 1.0 for i in range(40) if not 10 < i < 28], [1.0] * 23)
    assert any(math.isnan(mean) for mean in gap.means())
