"""The display itself: keys, windows and frames, in Textual's own harness."""

from __future__ import annotations

import asyncio
import gc
import math
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from screen.feeds import StillFeed, readings, session
from stemkit.model.reading import Control, Described, Description
from stemkit.screen.app import Display
from stemkit.screen.letters import Letters
from stemkit.screen.pace import Pace
from stemkit.screen.picture import plain
from stemkit.screen.session import Session
from stemkit.screen.viewer import Page
from stemkit.words import current_language

Act = Callable[[Pilot[None], Display], Awaitable[None]]


def on_display(act: Act, *boards: str) -> tuple[StillFeed, Session]:
    feed, made = session(*(boards or ("v1",)))
    for board in boards or ("v1",):
        feed.put(readings(board, 0, 40, 20, temp=lambda t: 20 + math.sin(t), x=lambda t: t))
    display = Display(made)

    async def run() -> None:
        async with display.run_test(size=(80, 24)) as pilot:
            await pilot.pause(0.1)
            await act(pilot, display)

    asyncio.run(run())
    if display.fault is not None:
        raise display.fault
    return feed, made


def shown(display: Display, name: str = "picture", window: int = 0) -> str:
    return plain(display.screen_stack[window].query_one(f"#{name}", Letters)._rows)


async def press(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause(0.25)


def test_the_picture_is_drawn() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        assert "Temperature temp °C" in shown(display)
        assert "v1" in shown(display, "heading")
        assert "q quit" in shown(display, "keys")

    on_display(act)


def test_pictures_that_are_gone_leave_nothing_for_the_collector() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        def strips() -> int:
            return sum(isinstance(found, Strip) for found in gc.get_objects())

        async def draw(times: int) -> None:
            for i in range(times):
                display.zoom(1 if i % 2 else -1)
                display.frame()
                await pilot.pause(0.02)

        await draw(4)
        gc.collect()
        before = strips()
        gc.disable()
        try:
            await draw(16)
            assert strips() - before < 3 * 24
        finally:
            gc.enable()

    on_display(act)


def test_a_reading_after_a_look_that_found_nothing_is_drawn_at_once() -> None:
    fresh = readings("v1", 40, 40.1, temp=lambda t: 77.0)

    async def act(pilot: Pilot[None], display: Display) -> None:
        moment = [100.0]
        display._pace = Pace(lambda: moment[0], lambda: 0.0)
        display.frame()
        moment[0] += 1.0
        display.frame()  # Readings' time stands still here: nothing to draw.
        display.session.watching.feed.tell(fresh)
        assert "77" not in shown(display)
        display.on_came()
        assert "77" in shown(display)
        # The next one comes too soon after that picture.
        display.session.watching.feed.tell(readings("v1", 40.1, 40.2, temp=lambda t: 55.0))
        display.on_came()
        assert "55" not in shown(display)

    on_display(act)


def test_keys_of_time() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        viewer = display.session.viewer
        await press(pilot, "space")
        assert viewer.paused_s is not None
        assert "PAUSE" in shown(display, "heading")
        await press(pilot, "space")
        assert viewer.paused_s is None
        await press(pilot, "+", "+")
        assert viewer.span_s == 10
        await press(pilot, "-")
        assert viewer.span_s == 20
        await press(pilot, "left", "left")
        assert viewer.paused_s == pytest.approx(39.95 - 4, abs=0.01)
        await press(pilot, "right", "right", "right")
        assert viewer.paused_s is None
        await press(pilot, "c")
        assert viewer.cursor_s is not None
        assert "@" in shown(display)
        before = viewer.cursor_s
        await press(pilot, "v", "right", "right")
        assert viewer.anchor_s == before
        assert viewer.cursor_s > before
        await press(pilot, "shift+right", "c")
        assert viewer.cursor_s is None

    on_display(act)


def test_keys_of_channels_boards_and_pages() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        viewer = display.session.viewer
        await press(pilot, "1")
        assert "temp" not in shown(display)
        await press(pilot, "1", "o")
        assert viewer.together
        await press(pilot, "o", "b")
        assert viewer.board == "v1"
        assert "v2" not in shown(display)
        await press(pilot, "b", "b")
        assert viewer.board == ""
        await press(pilot, "g")
        assert viewer.page is Page.TILES
        await press(pilot, "down", "enter")
        assert (viewer.page, viewer.board) == (Page.LINES, "v2")
        await press(pilot, "escape")
        assert (viewer.page, viewer.board) == (Page.TILES, "")
        await press(pilot, "enter", "a")
        assert viewer.fixed
        held = dict(viewer.fixed)
        await press(pilot, "up")
        assert viewer.fixed != held
        await press(pilot, "a", "e")
        assert not viewer.fixed
        assert viewer.page is Page.TEXT
        await press(pilot, "escape", "s", "t")
        assert viewer.statistics
        assert viewer.fit == "line"
        await pilot.pause(0.5)
        assert "a=" in shown(display)

    on_display(act, "v1", "v2")


def test_a_formula_is_typed_corrected_and_taken_away() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        await press(pilot, "f", *"f = temp*", "enter")
        assert len(display.screen_stack) == 2
        await press(pilot, "2", "enter")
        assert len(display.screen_stack) == 1
        assert [f.formula for f in display.session.watching.experiment.formulas] == ["temp*2"]
        display.session.watching.feed.put(readings("v1", 40, 41, temp=lambda t: 10.0))  # type: ignore[attr-defined]
        await pilot.pause(0.15)
        assert "f  20" in shown(display)
        await press(pilot, "f", "f", "enter")
        assert display.session.watching.experiment.formulas == ()
        await press(pilot, "f", "escape")
        assert len(display.screen_stack) == 1

    on_display(act)


def test_a_channel_is_calibrated_by_two_points() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        feed: Any = display.session.watching.feed
        feed.put(readings("v1", 40, 42, 20, temp=lambda t: 10.0))
        await pilot.pause(0.15)
        await press(pilot, "k", *"temp = 12", "enter")
        feed.put(readings("v1", 42, 44, 20, temp=lambda t: 30.0))
        await pilot.pause(0.15)
        assert display.session.history.series["v1", "temp"].last == pytest.approx(32)
        await press(pilot, "k", *"temp = 42", "enter")
        feed.put(readings("v1", 44, 46, 20, temp=lambda t: 20.0))
        await pilot.pause(0.15)
        assert display.session.history.series["v1", "temp"].last == pytest.approx(27)
        await press(pilot, "k", *"none = 4", "enter")
        assert len(display.screen_stack) == 2

    on_display(act)


def test_a_mark_gets_the_time_of_the_key() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        await press(pilot, "m")
        display.session.watching.feed.time_s += 5  # type: ignore[attr-defined]
        await press(pilot, *"on", "enter")
        assert display.session.marks == [(pytest.approx(39.95), "on")]
        assert "Mark: on" in shown(display, "messages")

    on_display(act)


def test_controls_are_sliders() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        await press(pilot, "u")
        assert "No program here offers controls" in shown(display, "messages")
        controls = (Control("fan", 0, 100, 40), Control("rate_hz", 1, 50, 10))
        feed: Any = display.session.watching.feed
        feed.put(Described("v1", 1.0, Description(controls=controls)))
        await pilot.pause(0.15)
        await press(pilot, "u", "right", "right", "left")
        await press(pilot, "down", "2", "0", "enter")
        await press(pilot, "9", "9", "9", "enter", "escape")
        assert feed.set == [
            ("v1", "fan", 45.0),
            ("v1", "fan", 50.0),
            ("v1", "fan", 45.0),
            ("v1", "rate_hz", 20.0),
            ("v1", "rate_hz", 50.0),
        ]

    on_display(act)


def test_more_controls_than_rows_move_with_the_chosen_one() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        feed: Any = display.session.watching.feed
        for n in range(40):
            control = (Control("fan", 0, 100, n),)
            feed.put(Described(f"v{n}", 1.0, Description(controls=control)))
        await pilot.pause(0.15)
        await press(pilot, "u")
        assert "v0 fan" in shown(display, "controls", -1)
        await press(pilot, *["down"] * 30)
        assert "v30 fan" in shown(display, "controls", -1)
        assert "v0 fan" not in shown(display, "controls", -1)
        await press(pilot, "7", "7", "enter", "escape")
        assert feed.set == [("v30", "fan", 77.0)]

    on_display(act)


def test_language_help_set_up_and_leaving(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def act(pilot: Pilot[None], display: Display) -> None:
        await press(pilot, "l")
        assert current_language() == "vi"
        assert "Nhiệt độ" in shown(display)
        assert "thoát" in shown(display, "keys")
        await press(pilot, "l", "?")
        assert len(display.screen_stack) == 2
        await press(pilot, "x", "2", "w", "enter")
        saved = (tmp_path / "setup.toml").read_text("utf-8")
        assert 'channels = ["temp"]' in saved
        await press(pilot, "w", "enter")
        assert len(display.screen_stack) == 2
        await press(pilot, "escape", "q")
        assert not display.is_running

    on_display(act)


def test_a_fault_is_not_swallowed() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        def broken() -> None:
            raise RuntimeError("the reading thread has died")

        display.session.watching.feed.check = broken  # type: ignore[method-assign]
        await pilot.pause(1.3)

    with pytest.raises(RuntimeError, match="has died"):
        on_display(act)


def test_a_small_window_and_a_large_one() -> None:
    async def act(pilot: Pilot[None], display: Display) -> None:
        for columns, lines in ((30, 8), (200, 60), (80, 24)):
            await pilot.resize_terminal(columns, lines)
            # A busy machine takes a few frames until all is laid out anew.
            for _ in range(100):
                await pilot.pause(0.05)
                page = display._picture
                if page.size.width == columns and len(page._rows) == page.size.height < lines:
                    break
            assert page.size.width == columns
            assert len(page._rows) == page.size.height < lines

    on_display(act)
