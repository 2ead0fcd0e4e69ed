"""What stands on the screen, as rows of letters."""

from __future__ import annotations

import math

import pytest

from screen.feeds import readings, session
from stemkit.actions.stream import BoardAddress, BoardState
from stemkit.model.experiment import AlarmSetup, ChannelSetup, Experiment, FormulaSetup, View
from stemkit.model.reading import Channel, Described, Description, Gap, Happening, Kind
from stemkit.model.text import Text
from stemkit.screen.axes import AutoRange, nice_step, tick_label, ticks, time_label, value_label
from stemkit.screen.canvas import Style
from stemkit.screen.heading import draw_heading
from stemkit.screen.keys import KEYS, help_rows, key_bar
from stemkit.screen.palette import MEANINGS, PLAIN, canvas_style, has_colour
from stemkit.screen.picture import cut, plain, row_width, width
from stemkit.screen.session import Session
from stemkit.screen.tiles import layout
from stemkit.screen.viewer import Page
from stemkit.storage import places
from stemkit.storage.roster import Roster
from stemkit.words import set_language

SIZES = [(80, 20), (200, 55), (40, 10), (120, 40)]


def page(made: Session, columns: int = 80, rows: int = 20) -> str:
    drawn = made.draw(columns, rows)
    assert len(drawn) == rows
    assert {row_width(row) for row in drawn} == {columns}
    assert {meaning for row in drawn for _, meaning in row} <= set(MEANINGS)
    return plain(drawn)


def swinging(*boards: str) -> Session:
    feed, made = session(*boards)
    for n, board in enumerate(boards):
        feed.put(
            readings(board, 0, 40, temp=lambda t, n=n: 20 + n + math.sin(t), light=lambda t: t)
        )
    made.take()
    return made


@pytest.mark.parametrize(("columns", "rows"), SIZES)
@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("chosen", list(Page))
def test_every_page_fits_every_window(columns: int, rows: int, style: Style, chosen: Page) -> None:
    made = swinging("v1", "v2", "v3")
    made.style = style
    made.viewer.go(chosen)
    made.viewer.statistics = True
    shown = page(made, columns, rows)
    if style is Style.ASCII and chosen is not Page.TEXT:
        assert not any(0x2500 <= ord(letter) <= 0x28FF for letter in shown)


def test_lines_with_axes_and_values() -> None:
    shown = page(swinging("v1", "v2"))
    assert "Temperature temp °C  v1 20" in shown
    assert "Light light  v1" in shown
    assert "┤" in shown
    assert "35" in shown.splitlines()[-1]


def test_vietnamese_names_and_units() -> None:
    made = swinging("v1")
    set_language("vi")
    shown = page(made)
    assert "Nhiệt độ temp °C" in shown
    assert "Ánh sáng light  " in shown


def test_what_the_set_up_and_the_board_say_goes_first() -> None:
    experiment = Experiment(
        channels=(ChannelSetup("temp", Text("Nước", "Water"), "K"),),
        formulas=(FormulaSetup("light", "temp * 2", Text("Gấp đôi", "Twice"), "K"),),
    )
    feed, made = session("v1", experiment=experiment)
    feed.put(readings("v1", 0, 20, temp=lambda t: t, x=lambda t: t))
    feed.put(Described("v1", 1.0, Description(channels=(Channel("x", "V"), Channel("temp", "F")))))
    made.take()
    shown = page(made)
    assert "Water temp K" in shown
    assert "x V" in shown
    assert "Twice light K" in shown


def test_waiting_hidden_and_too_small() -> None:
    _, made = session("v1")
    assert "Waiting for readings" in page(made)
    made = swinging("v1")
    made.viewer.hidden = {"temp", "light"}
    assert "All channels are hidden" in page(made)
    made.viewer.hidden = set()
    assert "too small" in page(made, 40, 3)


def test_more_channels_than_rows() -> None:
    feed, made = session("v1")
    feed.put(readings("v1", 0, 5, **{f"c{i}": lambda t: t for i in range(9)}))
    made.take()
    assert "and 5 more channels" in page(made, 80, 20)


def test_an_unplugged_board_is_told_and_its_line_breaks() -> None:
    feed, made = session("v1", "v2")
    feed.put(readings("v1", 0, 10, x=lambda t: 1.0), readings("v2", 0, 30, x=lambda t: 2.0))
    feed.put(Happening("v1", 10.0, Kind.DISCONNECTED, {"port": "p"}))
    feed.found["v1"] = BoardState.WAITING
    feed.put(readings("v1", 20, 30, x=lambda t: 1.0))
    feed.found["v1"] = BoardState.WAITING
    made.take()
    shown = page(made)
    assert "v1 unplugged" in shown
    level = shown.splitlines()[-2]
    assert "⣀" in level[9:30]
    assert "⣀" not in level[34:50]
    assert "v1: the cable was pulled" in plain(made.brief(80, 2))
    made.viewer.go(Page.TILES)
    assert "✕ v1" in page(made)


def test_lost_lines_are_told_in_the_heading() -> None:
    feed, made = session("v1")
    feed.put(readings("v1", 0, 10, x=lambda t: t), Gap("v1", 10.0, 3))
    feed.counted["v1"].lines, feed.counted["v1"].lost = 1201, 3
    made.take()
    assert "lost 3 of 1 204" in plain([draw_heading(made, 80)])
    assert "3 lines were lost" in plain(made.brief(80, 2))


def test_an_alarm_fills_the_heading_and_ends() -> None:
    feed, made = session("v1", experiment=Experiment(alarms=(AlarmSetup("x > 5"),)))
    feed.put(readings("v1", 0, 10, x=lambda t: t))
    made.take()
    [row] = [draw_heading(made, 80)]
    assert row[0][1] == "alarm"
    assert "ALARM v1: x > 5" in row[0][0]
    assert made.new_alarm
    made.viewer.go(Page.TILES)
    assert "! v1" in page(made)
    feed.put(readings("v1", 10, 11, x=lambda t: 1.0))
    made.take()
    assert "ALARM" not in plain([draw_heading(made, 80)])
    assert "back to normal" in plain(made.brief(80, 4))


def test_a_recording_that_failed_is_an_alarm() -> None:
    feed, made = session("v1")
    detail = {"name": "a", "lines": 7, "error": "disk-full", "text": "There is no room."}
    feed.put(Happening("", 1.0, Kind.RECORDING_STOPPED, detail))
    made.take()
    assert "RECORDING STOPPED: There is no room. 7 lines" in plain([draw_heading(made, 90)])


def test_forty_boards_on_the_smallest_screen() -> None:
    boards = [f"b{n}" for n in range(1, 41)]
    made = swinging(*boards)
    assert made.viewer.page is Page.TILES
    for columns, rows in ((80, 20), (200, 55)):
        shown = page(made, columns, rows)
        assert all(f"● {board} " in shown for board in boards)


@pytest.mark.parametrize("n", [1, 2, 3, 7, 12, 40, 64])
@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_tiles_lie_within_the_window(n: int, columns: int, rows: int) -> None:
    found = layout(n, columns, rows)
    assert found.across * found.width <= columns
    assert found.down * found.height <= max(rows, 2)
    if columns >= 80 and rows >= 20 and n <= 40:
        assert found.across * found.down >= n


@pytest.mark.parametrize("columns", [3, 14, 16, 33, 80, 199])
def test_tiles_fill_the_window(columns: int) -> None:
    feed, made = session(*(f"bàn số {i}" for i in range(13)))
    for i in range(1, 13):
        label = "độ_ẩm_không_khí" if i % 2 else "t"
        feed.put(readings(f"bàn số {i}", 0, 5, **{label: lambda t: 1e6 * t, "x": lambda t: -t}))
    feed.found["bàn số 3"] = BoardState.WAITING
    made.take()
    made.viewer.go(Page.TILES)
    for rows in (1, 2, 7, 40):
        drawn = made.draw(columns, rows)
        assert [row_width(row) for row in drawn] == [columns] * rows


def test_a_silent_board_a_busy_port_and_an_empty_room_are_told() -> None:
    feed, made = session("v1", "v2")
    feed.put(Happening("v1", 5.0, Kind.SILENT))
    made.take()
    assert plain(made.brief(80, 4)).count("Is its program running?") == 1
    feed.found["v2"] = BoardState.REFUSED
    tiles = page_of_tiles(made)
    assert "no readings" in tiles
    assert "port in use" in tiles
    feed.put(readings("v1", 6, 9, temp=lambda t: t))
    made.take()
    feed.found["v1"] = BoardState.WAITING  # its line is still to be seen
    assert "✕ v1" in page_of_tiles(made)
    assert "unplugged" in page_of_tiles(made)
    _, empty = session()
    assert "Plug a board in" in page(empty)
    assert "Plug a board in" in page_of_tiles(empty)


def page_of_tiles(made: Session) -> str:
    made.viewer.go(Page.TILES)
    return page(made)


def test_what_boards_print_is_on_its_page_harmless() -> None:
    feed, made = session("v1")
    feed.put(Happening("v1", 1.0, Kind.TEXT, {"text": "[bold]hello[/] OSError: 28"}))
    made.take()
    made.viewer.go(Page.TEXT)
    assert "v1: [bold]hello[/] OSError: 28" in page(made)
    assert "hello" not in plain(made.brief(80, 4))


def test_statistics_and_a_curve_with_units() -> None:
    feed, made = session("v1")
    feed.put(readings("v1", 0, 30, 20, temp=lambda t: 20 + 3 * math.sin(2 * math.pi * t / 2.5)))
    made.take()
    made.viewer.statistics = True
    assert "mean 20.0" in page(made)
    assert "°C" in page(made)
    for _ in range(4):
        made.viewer.next_fit()
    made.fit_now()
    shown = page(made)
    assert "t: curve: wave" in shown
    assert "T=2.5000" in shown
    assert made.fit_wanted() is None
    made.viewer.cursor(made.now_s())
    assert made.fit_wanted() is not None or made.viewer.anchor_s is None


def test_keys_and_their_help() -> None:
    for columns in (40, 80, 200):
        row = key_bar(columns)
        assert row_width(row) == columns
        assert "q quit" in plain([row])
        assert "? help" in plain([row])
    assert len(help_rows(80)) == len(KEYS) + 1 <= 24


def test_the_view_of_a_set_up() -> None:
    view = View(span_s=5, channels=("temp",), low=0, high=50)
    feed, made = session("v1", experiment=Experiment(view=view))
    feed.put(readings("v1", 0, 20, temp=lambda t: 20.0, hum=lambda t: 50.0))
    made.take()
    shown = page(made)
    assert "hum" not in shown
    assert "50┤" in shown
    assert made.viewer.span_s == 5


@pytest.mark.parametrize("language", ["en", "vi"])
def test_nothing_of_a_curve_is_cut_off_on_a_narrow_screen(language: str) -> None:
    set_language(language)
    made = swinging("esp32-01", "esp32-02")
    made.viewer.statistics = True
    made.viewer.fit = "parabola"
    made.fit_now()
    shown = page(made, 80, 40)
    curves = shown[shown.index("t: ") :]
    assert curves.count("a=") == curves.count("R²=") == 4
    assert curves.count("a·t² + b·t + c") == 4
    assert "…" not in curves


@pytest.mark.parametrize("chosen", [Page.LINES, Page.TILES])
def test_channels_take_the_names_of_a_header_that_comes_later(chosen: Page) -> None:
    feed, made = session("v1")
    feed.put(readings("v1", 0, 10, ch1=lambda t: t, ch2=lambda t: 20 + t, ch3=lambda t: 7))
    made.take()
    made.viewer.go(chosen)
    assert "ch2" in page(made)
    names = {"was": ["ch1", "ch2", "ch3"], "now": ["", "temp", "light"]}
    feed.put(Happening("v1", 10.0, Kind.NAMED, names))
    feed.put(readings("v1", 10, 20, temp=lambda t: 20 + t, light=lambda t: 7))
    made.take()
    shown = page(made)
    assert not any(old in shown for old in ("ch1", "ch2", "ch3"))
    assert "Temperature" in shown
    assert made.labels() == ["temp", "light"]
    times = made.history.series["v1", "temp"].t
    assert (times[0], times[-1] > 19) == (0.0, True)
    assert "its channels are called temp, light now" in plain(made.brief(80, 4))


def test_round_numbers() -> None:
    assert [nice_step(s, 5) for s in (1, 7, 10, 33, 0.02)] == [0.2, 2, 2, 10, 0.005]
    assert ticks(0.1, 1.0, 0.25) == [0.25, 0.5, 0.75, 1.0]
    assert tick_label(0.30000000000000004, 0.1) == "0.3"
    assert tick_label(-0.0, 1) == "0"
    assert [time_label(t, 1) for t in (5, 65, 3725, 90061, -5)] == [
        "5",
        "1:05",
        "1:02:05",
        "1d01:01",
        "-5",
    ]
    assert time_label(5.25, 0.1) == "5.2"
    assert [value_label(v, 2) for v in (23.456, float("nan"), 1e9)] == ["23.46", "—", "1e+09"]


def test_an_axis_does_not_flicker() -> None:
    axis = AutoRange()
    assert axis.fit(1.0, 9.0) == (0, 10)
    assert axis.fit(0.5, 9.5) == (0, 10)
    assert axis.fit(4.0, 9.0) == (0, 10)
    assert axis.fit(4.0, 5.0) == (4, 5)
    assert axis.fit(float("inf"), float("-inf")) == (4, 5)
    low, high = AutoRange().fit(21.9999, 22.0001)
    assert high - low >= 22 * 1e-4
    shown = [tick_label(value, nice_step(high - low, 6)) for value in ticks(low, high, 0.001)]
    assert len(set(shown)) == len(shown)
    low, high = AutoRange().fit(7.0, 7.0)
    assert low < 7 < high


def test_what_a_terminal_can_show() -> None:
    assert has_colour({"TERM": "xterm"})
    assert not has_colour({"TERM": "xterm", "NO_COLOR": "1"})
    assert not has_colour({"TERM": "dumb"})
    assert canvas_style({"STEMKIT_CANVAS": "block"}) is Style.BLOCK
    assert canvas_style({"TERM": "linux", "LANG": "vi_VN.UTF-8"}) is Style.BLOCK
    assert canvas_style({"TERM": "xterm", "LANG": "C"}) is Style.ASCII
    assert canvas_style({"TERM": "xterm", "LANG": "vi_VN.UTF-8"}) is Style.BRAILLE
    assert not any(colour in style for style in PLAIN.values() for colour in ("red", "cyan"))


def test_wide_letters_are_counted_as_wide() -> None:
    assert width("Nhiệt độ") == 8
    assert width("温度") == 4
    assert cut("温度计量", 5) == "温度…"
    assert cut("abc", 0) == ""


def test_a_board_that_fell_silent_says_so_in_its_row_and_its_tile() -> None:
    feed, made = session("v1", "v2")
    feed.put(readings("v1", 0, 20, temp=lambda t: t), readings("v2", 0, 8, temp=lambda t: t))
    feed.put(Happening("v2", 18.0, Kind.SILENT, {"for_s": 10.0}))
    feed.found["v2"] = BoardState.QUIET
    made.take()
    assert "v2 7.9 (silent 12 s)" in page(made)
    made.viewer.page = Page.TILES
    assert "silent 12 s" in page(made)
    feed.put(Happening("v2", 18.0, Kind.SILENT, {"why": "error", "text": "OSError"}))
    made.take()
    assert "error 12 s ago" in page(made)
    assert "its program stopped with an error: OSError" in plain(made.brief(80, 2))
    set_language("vi")
    assert "đã lỗi 12 s" in page(made)


def test_a_board_that_prints_no_readings_says_so_in_its_tile() -> None:
    feed, made = session("v1", "v2", "v3")
    feed.put(Happening("v2", 5.0, Kind.SILENT, {"why": "no-line-end"}))
    feed.put(Happening("v3", 5.0, Kind.SILENT, {"why": "words", "text": "hello"}))
    feed.put(Happening("v1", 5.0, Kind.SILENT))
    made.take()
    made.viewer.page = Page.TILES
    shown = page(made)
    assert [shown.count(word) for word in ("no readings", "no new line", "only text")] == [1, 1, 1]
    feed.put(Happening("v2", 6.0, Kind.DISCONNECTED))
    made.take()
    assert "no new line" not in page(made)


def test_lines_are_told_apart_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    made = swinging("v1", "v2")
    assert "a:" not in page(made)
    for name, value in (("NO_COLOR", "1"), ("TERM", "dumb"), ("TERM", "xterm-mono")):
        with monkeypatch.context() as patch:
            patch.delenv("NO_COLOR", raising=False)
            patch.setenv(name, value)
            shown = page(made)
        assert "a:v1" in shown
        assert "b:v2" in shown
        below = shown.splitlines()[1:]
        assert any("a" in line[9:] and ":" not in line for line in below)
        assert all(width(line) <= 80 for line in shown.splitlines())


def test_the_set_up_says_what_an_axis_shows_at_least() -> None:
    experiment = Experiment(
        channels=(ChannelSetup("x", low=0, high=50), ChannelSetup("y", low=-1)),
        view=View(channels=("y", "x")),
    )
    feed, made = session("v1", experiment=experiment)
    feed.put(readings("v1", 0, 20, x=lambda t: 20 + t / 100, y=lambda t: 3 + t / 100))
    made.take()
    viewer = made.viewer
    drawn = page(made)
    assert drawn.index("y  ") < drawn.index("x  ")  # in the set-up's order
    assert (viewer.ranges["x"].low, viewer.ranges["x"].high) == (0, 50)
    assert viewer.ranges["y"].low <= -1
    viewer.toggle_fixed(made.panels())
    page(made)
    assert viewer.ranges["x"].low > 19
    viewer.toggle_fixed(made.panels())
    assert viewer.fixed["x"][0] > 19
    viewer.toggle_fixed(made.panels())
    page(made)
    assert (viewer.ranges["x"].low, viewer.ranges["x"].high) == (0, 50)
    feed.put(readings("v1", 20, 21, x=lambda t: 80))
    made.take()
    page(made)
    assert viewer.ranges["x"].high >= 80  # readings are never hidden by it


def test_forty_boards_are_told_apart_by_name_on_the_smallest_screen() -> None:
    names = [f"/dev/serial/kit-of-the-club-{n:02d}" for n in range(1, 41)]
    feed, made = session(*names)
    feed.put(*(readings(name, 0, 5, temp=lambda t: 20.125) for name in names))
    made.take()
    made.viewer.page = Page.TILES
    shown = page(made, 80, 20)
    assert all(f"{n:02d} 2" in shown for n in range(1, 41))


def test_a_long_message_is_told_to_its_end() -> None:
    feed, made = session("v1")
    feed.put(Happening("v1", 2.0, Kind.THROTTLED))
    feed.put(Happening("v1", 3.0, Kind.NEEDS_FIRMWARE))
    made.take()
    shown = plain(made.brief(80, 2))
    assert "stemkit flash" in " ".join(shown.split())
    assert "…" not in shown


def test_a_marks_word_stands_in_the_picture() -> None:
    made = swinging("v1")
    made.watching.feed.tell(Happening("", 10.0, Kind.MARK, {"text": "thả tay"}))
    made.take()
    assert "thả tay" in page(made).splitlines()[1]


def test_boards_are_called_by_their_labels() -> None:
    kit = Roster(places.kit())
    kit.label("aa01", number=7, name="Góc cửa sổ")
    kit.label("aa02", number=12)
    feed, made = session("ttyUSB0", "12", "ttyUSB1", "ttyUSB2")
    feed.boards = (
        BoardAddress("ttyUSB0", "p0"),
        BoardAddress("12", "p1", unique_id="AA02"),
        BoardAddress("ttyUSB1", "p2"),
        BoardAddress("ttyUSB2", "p3"),
    )
    for board in feed.boards:
        feed.put(readings(board.name, 0, 5, temp=lambda t: t))
    made.take()
    feed.put(Described("ttyUSB0", 1.0, Description(board="7")))
    feed.put(Described("ttyUSB1", 1.0, Description(board="30")))
    made.take()
    shown = page(made, 120)
    for title in ("7 Góc cửa sổ 4.9", "  12 4.9", "30 ttyUSB1 4.9", "  ttyUSB2 4.9"):
        assert title in shown
    assert "7 Góc cửa sổ" in page_of_tiles(made)
    made.viewer.board = "ttyUSB0"
    assert plain([draw_heading(made, 80)]).startswith(" 7 Góc cửa sổ ")
