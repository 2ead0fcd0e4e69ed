"""Which stretch of time is in the picture: nothing lies before the first second."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from stemkit.screen.viewer import Viewer

NOW_S = st.floats(0, 4000)
STEPS = st.lists(
    st.tuples(st.sampled_from(["pause", "left", "right", "in", "out", "cursor", "wait"]), NOW_S),
    max_size=30,
)


def press(viewer: Viewer, key: str, now_s: float) -> None:
    if key == "pause":
        viewer.pause(now_s)
    elif key in ("left", "right"):
        viewer.move(-1 if key == "left" else 1, now_s, 0.1)
    elif key in ("in", "out"):
        viewer.zoom(-1 if key == "in" else 1, now_s)
    elif key == "cursor":
        viewer.cursor(now_s)


@given(STEPS)
@example([("wait", 4000.0), ("cursor", 0.0), ("out", 0.0)])
def test_no_key_shows_a_time_before_the_first(steps: list[tuple[str, float]]) -> None:
    viewer = Viewer()
    now_s = 0.0
    for key, later_s in steps:
        now_s += later_s / 20
        press(viewer, key, now_s)
        right, (begin, end) = viewer.right_s(now_s), viewer.selected(now_s)
        assert right - viewer.span_s >= -1e-9
        assert -1e-9 <= begin <= end + 1e-9
        assert viewer.cursor_s is None or viewer.cursor_s >= 0
        # What stands still shows nothing that comes later.
        assert viewer.paused_s is None or viewer.paused_s <= now_s


def test_a_picture_that_stands_still_at_the_beginning_stays_as_it_is() -> None:
    viewer = Viewer()
    assert (viewer.right_s(8), viewer.until_s(8)) == (30, 8)
    viewer.pause(8)
    assert (viewer.right_s(25), viewer.until_s(25)) == (30, 8)
    viewer.pause(26)
    assert (viewer.right_s(27), viewer.until_s(27)) == (30, 27)
    viewer.cursor(27)
    assert viewer.cursor_s == 13.5
    assert (viewer.right_s(29), viewer.until_s(29)) == (30, 27)


def test_the_picture_moves_back_to_the_first_second_and_no_further() -> None:
    viewer = Viewer()
    for _ in range(40):
        viewer.move(-1, 100, 0.1)
    assert (viewer.right_s(100), viewer.until_s(100)) == (30, 30)
    for _ in range(40):
        viewer.move(1, 100, 0.1)
    assert viewer.paused_s is None
