from __future__ import annotations

import math

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stemkit.screen.canvas import Canvas, Frame, Style

NAN = float("nan")


def text(canvas: Canvas) -> list[str]:
    return ["".join(letters for letters, _ in row) for row in canvas.rows()]


def dots(canvas: Canvas) -> set[tuple[int, int]]:
    """The dots of a braille canvas, by the Unicode standard's own numbering."""
    order = [(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3)]
    found = set()
    for y, row in enumerate(text(canvas)):
        for x, letter in enumerate(row):
            mask = 0 if letter == " " else ord(letter) - 0x2800
            found |= {(2 * x + dx, 4 * y + dy) for i, (dx, dy) in enumerate(order) if mask >> i & 1}
    return found


def test_a_line_from_corner_to_corner() -> None:
    canvas = Canvas(4, 2)
    canvas.plot([0.0, 7.0], [0.0, 7.0], Frame(0, 7, 0, 7), 1)
    assert dots(canvas) == {(x, 7 - x) for x in range(8)}


def test_a_level_line() -> None:
    canvas = Canvas(5, 1)
    canvas.plot([0.0, 9.0], [3.0, 3.0], Frame(0, 9, 0, 3), 1)
    assert dots(canvas) == {(x, 0) for x in range(10)}


def test_many_points_of_a_column_are_its_lowest_and_highest() -> None:
    canvas = Canvas(1, 2)
    canvas.plot([0.0, 0.1, 0.2], [0.0, 7.0, 3.0], Frame(0, 100, 0, 7), 1)
    assert dots(canvas) == {(0, y) for y in range(8)}


def test_a_missing_value_breaks_the_line() -> None:
    canvas = Canvas(5, 1)
    canvas.plot([0, 3, 4, 6, 9], [0, 0, NAN, 0, 0], Frame(0, 9, 0, 3), 1)
    assert {x for x, _ in dots(canvas)} == {0, 1, 2, 3, 6, 7, 8, 9}


@pytest.mark.parametrize("style", list(Style))
@given(
    points=st.lists(
        st.tuples(st.floats(-50, 150), st.one_of(st.floats(-1e12, 1e12), st.just(NAN))), max_size=40
    ),
    size=st.tuples(st.integers(1, 30), st.integers(1, 10)),
)
def test_anything_can_be_drawn(
    style: Style, points: list[tuple[float, float]], size: tuple[int, int]
) -> None:
    canvas = Canvas(*size, style)
    times, values = zip(*sorted(points), strict=True) if points else ((), ())
    canvas.plot(list(times), list(values), Frame(0, 100, -10, 10), 3)
    canvas.vertical(5, -3, 999, 2)
    rows = text(canvas)
    assert [len(row) for row in rows] == [size[0]] * size[1]
    for row in canvas.rows():
        assert all(0 <= colour < 256 for _, colour in row)


@given(st.lists(st.floats(-1, 1), min_size=2, max_size=60))
@example([0.0] * 22)
def test_a_line_has_no_hole(values: list[float]) -> None:
    canvas = Canvas(30, 8)
    times = [float(i) for i in range(len(values))]
    canvas.plot(times, values, Frame(0, len(values) - 1, -1, 1), 1)
    drawn = dots(canvas)
    for x in range(60):
        rows = sorted(y for at, y in drawn if at == x)
        assert rows, x
        assert rows == list(range(rows[0], rows[-1] + 1))
        if x:
            before = [y for at, y in drawn if at == x - 1]
            assert min(before) - 1 <= rows[-1]
            assert rows[0] <= max(before) + 1


def test_blocks_and_ascii() -> None:
    for style, letters in ((Style.BLOCK, set(" ▘▖▌▝▀▞▛▗▚▄▙▐▜▟█")), (Style.ASCII, None)):
        canvas = Canvas(20, 4, style)
        times = [i / 10 for i in range(100)]
        canvas.plot(times, [math.sin(t) for t in times], Frame(0, 10, -1, 1), 1)
        drawn = "".join(text(canvas))
        assert drawn.strip()
        assert drawn.isascii() if letters is None else set(drawn) <= letters


def test_colours_go_with_their_letters() -> None:
    canvas = Canvas(6, 2)
    canvas.plot([0, 11], [7, 7], Frame(0, 11, 0, 7), 1)
    canvas.plot([0, 11], [0, 0], Frame(0, 11, 0, 7), 2)
    upper, lower = canvas.rows()
    assert [colour for _, colour in upper] == [1]
    assert [colour for _, colour in lower] == [2]
