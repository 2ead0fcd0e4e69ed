from __future__ import annotations

import math
import tracemalloc

import pytest

from stemkit.analysis.history import BUDGET, History, Series
from stemkit.model.reading import Readings

NAN = float("nan")


def long_series(n: int, kept: int) -> Series:
    series = Series(kept)
    for start in range(0, n, 97):
        times = [i * 0.01 for i in range(start, min(n, start + 97))]
        series.append(times, [math.sin(t / 7) for t in times])
    return series


def test_a_short_stretch_comes_point_by_point() -> None:
    series = long_series(5000, 10_000)
    times, values = series.window(10.0, 11.0, 200)
    assert [round(t, 2) for t in times] == [round(9.99 + i * 0.01, 2) for i in range(103)]
    assert list(values) == [math.sin(t / 7) for t in times]


@pytest.mark.parametrize("span", [1.0, 30.0, 300.0, 3000.0, 9000.0])
def test_any_stretch_is_drawn_in_few_points_that_look_the_same(span: float) -> None:
    series = long_series(1_000_000, 20_000)
    stop = series.t[-1]
    times, values = series.window(stop - span, stop, 240)
    assert len(times) <= 4 * 240 + 200
    assert list(times) == sorted(times)
    inside = [v for t, v in zip(times, values, strict=True) if t >= stop - span]
    if span >= 300:
        assert max(inside) > 0.99
        assert min(inside) < -0.99
    if span <= 3000:
        assert times[0] <= stop - span + 1e-6 or times[0] == 0.0
    assert stop - times[-1] < max(0.02, span / 100)


def test_memory_is_bounded() -> None:
    tracemalloc.start()
    try:
        series = long_series(1_000_000, 20_000)
        assert len(series) >= 20_000
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()


def test_many_boards_share_what_is_kept() -> None:
    history = History()
    step = [i * 0.01 for i in range(500)]
    for start in range(0, 20_000, 500):
        times = [start * 0.01 + t for t in step]
        for board in range(40):
            history.take(Readings(f"b{board}", ("a", "b", "c"), (times,) * 3, times, times))
    kept = [len(series) for series in history.series.values()]
    assert sum(kept) <= BUDGET * 1.25
    assert min(kept) >= 8192


def test_a_gap_breaks_the_lines_of_its_board_only() -> None:
    history = History()
    for board in ("a", "b"):
        history.take(Readings(board, ("x",), ([1.0, 2.0],), [0.0, 1.0], [0.0, 1.0]))
    history.gap("a", 1.5)
    history.gap("a", 1.6)
    history.take(Readings("a", ("x",), ([3.0],), [2.0], [2.0]))
    values = list(history.series["a", "x"].v)
    assert [v for v in values if v == v] == [1, 2, 3]
    assert sum(1 for v in values if v != v) == 1
    assert len(history.series["b", "x"]) == 2


def test_missing_values_in_coarse_groups() -> None:
    series = Series(100)
    times = [float(i) for i in range(4096)]
    series.append(times, [NAN if i % 5 else float(i) for i in range(4096)])
    _, values = series.window(0, 4096, 20)
    assert any(v == v for v in values)
