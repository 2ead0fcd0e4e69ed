"""Streams made by others' rules give the right channels, however their bytes are cut."""

from __future__ import annotations

import pytest

from stemkit.model.reading import MOST_CHANNELS, Channel, Described, Happening, Kind
from wire.ways import kinds, listen, pieces, story, texts, values

# ruff: noqa: E501 - a table, a stream a line
# name, what the board prints, the form that is locked, the rows that it gives
STREAMS = [
    (
        "native",
        "temp:23.51,hum:60.2,light:512\n" * 6,
        "labels",
        [{"temp": 23.51, "hum": 60.2, "light": 512}] * 6,
    ),
    ("native, a value left out", "a:1,b:2\nb:3\na:4\na:5,b:6\na:7\n", "labels", None),
    # ArduinoSerialPlotterProtocol.md: comma, tab or space; a space after the colon.
    ("arduino tab", "min:0\tmax:100\tval:42\r\n" * 5, "labels", [{"min": 0, "max": 100, "val": 42}] * 5),
    ("arduino space", "x: 1 y: -2.5\r\n" * 5, "labels", [{"x": 1, "y": -2.5}] * 5),
    ("arduino label with a space", "Label 1:7\r\n" * 5, "labels", [{"Label 1": 7}] * 5),
    ("arduino label only, then values", "Label 1:\r\n" + "10\r\n" * 5, "csv", [{"Label 1": 10}] * 5),
    ("arduino header of tabs", "lo\thi\r\n" + "1\t2\r\n" * 5, "csv", [{"lo": 1, "hi": 2}] * 5),
    ("arduino header of spaces", "lo hi\r\n" + "1 2\r\n" * 5, "csv", [{"lo": 1, "hi": 2}] * 5),
    ("arduino overflow", "t:nan,h:ovf,p:inf,ok:1\n" * 5, "labels", [{"t": None, "h": None, "p": None, "ok": 1}] * 5),
    ("makecode writeValue", "accelX:-12\r\n" * 5, "labels", [{"accelX": -12}] * 5),
    ("k=v", "temp=23.5 hum=60\n" * 5, "labels", [{"temp": 23.5, "hum": 60}] * 5),
    ("k=v with &", "temp=23.5&hum=60\n" * 5, "labels", [{"temp": 23.5, "hum": 60}] * 5),
    ("vietnamese labels", "nhiệt độ:23.5,độ ẩm:60\n" * 5, "labels", [{"nhiệt độ": 23.5, "độ ẩm": 60}] * 5),
    ("decimal comma between semicolons", "t:23,5;h:60,25\n" * 5, "labels", [{"t": 23.5, "h": 60.25}] * 5),
    # nesnes/teleplot, README
    ("teleplot", ">myValue:1234\n" * 5, "teleplot", [{"myValue": 1234}] * 5),
    ("teleplot unit", ">v:12.34e+2§km²|np\n" * 5, "teleplot", [{"v": 1234}] * 5),
    ("teleplot widget", ">v,panel:1|g\n" * 5, "teleplot", [{"v": 1}] * 5),
    (
        "teleplot points with times",
        ">v:1627551892444:1;1627551892555:2§rad\n" * 5,
        "teleplot",
        None,
    ),
    ("teleplot xy", ">t:1:2;3:4|xy\n" * 5, "teleplot", [{"t.x": 1, "t.y": 2}, {"t.x": 3, "t.y": 4}] * 5),
    ("teleplot text", ">state:on|t\n" + ">v:1\n" * 5, "teleplot", [{"v": 1}] * 5),
    # Mu's plotter reads the tuples that Python prints.
    ("mu", "(1, 2.5)\n" * 5, "tuple", [{"ch1": 1, "ch2": 2.5}] * 5),
    ("mu, one value", "(7,)\r\n" * 5, "tuple", [{"ch1": 7}] * 5),
    ("python list", "[1, None, 3]\n" * 5, "tuple", [{"ch1": 1, "ch2": None, "ch3": 3}] * 5),
    ("serial studio frame", "/*1,2.5,3*/\n" * 5, "tuple", [{"ch1": 1, "ch2": 2.5, "ch3": 3}] * 5),
    ("serial studio quick plot", "1,2.5,3\n" * 5, "numbers", [{"ch1": 1, "ch2": 2.5, "ch3": 3}] * 5),
    ("a decimal comma is two values", "1,5\n" * 5, "numbers", [{"ch1": 1, "ch2": 5}] * 5),
    ("one number", "512\r\n" * 5, "numbers", [{"ch1": 512}] * 5),
    ("numbers by tab", "1\t-2\n" * 5, "numbers", [{"ch1": 1, "ch2": -2}] * 5),
    ("numbers by space", "1   2\n" * 5, "numbers", [{"ch1": 1, "ch2": 2}] * 5),
    ("numbers with a gap", "1,,3\n" * 5, "numbers", [{"ch1": 1, "ch2": None, "ch3": 3}] * 5),
    ("comma at the end", "1,2,\n" * 5, "numbers", [{"ch1": 1, "ch2": 2}] * 5),
    ("json", '{"temp": 23.5, "on": true, "name": "x"}\n' * 5, "json", [{"temp": 23.5, "on": 1}] * 5),
    ("json nested", '{"acc": {"x": 1, "y": [2, 3]}}\n' * 5, "json", [{"acc.x": 1, "acc.y.0": 2, "acc.y.1": 3}] * 5),
    ("json without a number", '{"t": NaN, "h": null, "p": 1e999, "l": 1}\n' * 5, "json", [{"t": None, "h": None, "p": None, "l": 1}] * 5),
    ("python dictionary", "{'temp': 23.5, 'on': True, 'hum': None, 'name': 'x'}\r\n" * 5, "json", [{"temp": 23.5, "on": 1, "hum": None}] * 5),
    ("serial studio project", "$1,2.5,3;\n" * 5, "tuple", [{"ch1": 1, "ch2": 2.5, "ch3": 3}] * 5),
    ("csv", "temp,hum\n" + "23.5,60\n" * 5, "csv", [{"temp": 23.5, "hum": 60}] * 5),
    ("csv in quotes", '"temp, °C","hum"\n' + "23.5,60\n" * 5, "csv", [{"temp, °C": 23.5, "hum": 60}] * 5),
    ("csv with dates", "when;temp\n" + "2024-05-01 10:00;23,5\n" * 5, "csv", [{"when": None, "temp": 23.5}] * 5),
    ("csv after a log line", "temp,hum\nready to go!\n" + "1,2\n" * 5, "csv", [{"temp": 1, "hum": 2}] * 5),
    (
        "micro:bit log, header returns",
        ("Time (seconds),temp,light\n" + "0.50,20,100\n1.50,21,99\n2.50,22,98\n") * 2,
        "csv",
        [{"temp": 20, "light": 100}, {"temp": 21, "light": 99}, {"temp": 22, "light": 98}] * 2,
    ),
    (
        "numbers in text",
        "Humidity: 45.00 %  Temperature: 23.00 *C\n" * 6,
        "text",
        [{"Humidity": 45, "Temperature": 23}] * 6,
    ),
    ("distance in text", "Distance is 17 cm\n" * 5, "text", [{"Distance is": 17}] * 5),
    # Adafruit's examples for the BME280 and the MPU6050: a line a value, an empty one at the end.
    (
        "lines of text that take turns",
        "Temperature = 23.5 *C\r\nPressure = 1013.2 hPa\r\nApprox. Altitude = 12 m\r\n\r\n" * 6,
        "text",
        [{"Temperature": 23.5}, {"Pressure": 1013.2}, {"Approx. Altitude": 12}] * 6,
    ),
    (
        "axes in text",
        "Acceleration X: 1.5, Y: -2, Z: 9.8 m/s^2\nRotation X: 0, Y: 0.5, Z: 1 rad/s\n\n" * 5,
        "text",
        [
            {"Acceleration X": 1.5, "Acceleration Y": -2, "Acceleration Z": 9.8},
            {"Rotation X": 0, "Rotation Y": 0.5, "Rotation Z": 1},
        ] * 5,
    ),
    (
        "the same in two units",
        "Temperature: 20 C\nTemperature: 68 F\nHeat index: 20 *C 68 *F\n" * 5,
        "text",
        [{"Temperature": 20}, {"Temperature °F": 68}, {"Heat index": 20, "Heat index °F": 68}] * 5,
    ),
    ("units that touch", "temp:23.5C,hum:60%;p=1013hPa\n" * 5, "text", [{"temp": 23.5, "hum": 60, "p": 1013}] * 5),
    ("bars between", "aX = 1 | aY = -2 | tmp = 25.3\n" * 5, "text", [{"aX": 1, "aY": -2, "tmp": 25.3}] * 5),
    ("a BME280's values in MicroPython", "('23.5C', '1013.25hPa', '45%')\n" * 5, "text", [{"ch1": 23.5, "ch2": 1013.25, "ch3": 45}] * 5),
    ("a radio", "RSSI: -71 dBm SNR: 7.5 dB\n" * 5, "text", [{"RSSI": -71, "SNR": 7.5}] * 5),
    ("serial studio, with names", "$ax,ay,az;\n" + "$1,2.5,3;\n" * 5, "csv", [{"ax": 1, "ay": 2.5, "az": 3}] * 5),
    (
        "serial studio, names in the middle",
        "/*1,2*/\r\n" * 6 + "/*ax,ay*/\r\n" + "/*1,2*/\r\n" * 5,
        "csv",
        [{"ch1": 1, "ch2": 2}] * 6 + [{"ax": 1, "ay": 2}] * 5,
    ),
    ("a screen that is drawn anew", "\x1b[2J\x1b[Htemp: 23.5\x1b[K\r\nhum: 60\x1b[K\r\n" * 5, "labels", [{"temp": 23.5}, {"hum": 60}] * 5),
    ("places on a screen", "\x1b[1;1Htemp:23.5\x1b[2;1Hhum:60\n" * 5, "labels", [{"temp": 23.5, "hum": 60}] * 5),
    # What loggers and clocks write in front, and in which colours.
    ("esp-idf", "\x1b[0;32mI (1100) dht: temp=23.5 hum=60\x1b[0m\r\n" * 5, "labels", [{"temp": 23.5, "hum": 60}] * 5),
    ("esp-idf, time of day", "I (10:15:02.345) dht: temp: 23.5\n" * 5, "labels", [{"temp": 23.5}] * 5),
    ("esp-idf, words", "I (1100) hcsr04: Distance: 17 cm\n" * 5, "text", [{"Distance": 17}] * 5),
    ("arduino-esp32", "[  1100][I][sketch.ino:12] loop(): temp=23.5\r\n" * 5, "labels", [{"temp": 23.5}] * 5),
    ("zephyr", "[00:00:01.100,000] \x1b[0m<inf> main: temp: 23.5\x1b[0m\n" * 5, "labels", [{"temp": 23.5}] * 5),
    ("micropython's logging", "INFO:dht:temp=23.5\n" * 5, "labels", [{"temp": 23.5}] * 5),
    ("a saved Arduino monitor", "10:15:02.345 -> temp:23.5,hum:60\n" * 5, "labels", [{"temp": 23.5, "hum": 60}] * 5),
    ("a saved Arduino monitor, csv", "10:15:02.345 -> t,h\n" + "10:15:02.345 -> 1,2\n" * 5, "csv", [{"t": 1, "h": 2}] * 5),
    ("a clock module", "2026/11/22 10:15:02 Temp: 23.5 C\n" * 5, "text", [{"Temp": 23.5}] * 5),
    ("a clock module, numbers", "22/11/2026 10:15:02, 23.5, 60\n" * 5, "numbers", [{"ch1": 23.5, "ch2": 60}] * 5),
    ("iso time", "2026-11-22T10:15:02Z,23.5,60\n" * 5, "numbers", [{"ch1": 23.5, "ch2": 60}] * 5),
    ("iso time under a header", "time,temp\n" + "2026-11-22 10:15:02,23.5\n" * 5, "csv", [{"time": None, "temp": 23.5}] * 5),
    ("time of day in brackets", "[10:15:02] 23.5 60\n" * 5, "numbers", [{"ch1": 23.5, "ch2": 60}] * 5),
]  # fmt: skip


@pytest.mark.parametrize(("printed", "form", "rows"), [s[1:] for s in STREAMS], ids=[s[0] for s in STREAMS])  # fmt: skip
def test_a_stream_of_others(printed: str, form: str, rows: list[dict[str, float | None]]) -> None:
    told = None
    for chunks in pieces(printed.encode()):
        reader, items = listen(chunks)
        assert reader.form is not None
        assert reader.form.name == form
        if rows is not None:
            assert values(items) == rows
        assert told is None or told == story(items)
        told = story(items)


# What boards print that is no reading.
TALK = """ets Jul 29 2019 12:21:46
rst:0x1 (POWERON_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)
configsip: 0, SPIWP:0xee
clk_drv:0x00,q_drv:0x00,d_drv:0x00,cs0_drv:0x00,hd_drv:0x00,wp_drv:0x00
mode:DIO, clock div:2
load:0x3fff0030,len:4728
ho 0 tail 12 room 4
entry 0x400805e4
MicroPython v1.24.1 on 2024-11-29; Generic ESP32 module with ESP32
Type "help()" for more information.
>>> import main
Traceback (most recent call last):
  File "main.py", line 3, in <module>
  File "main.py", line 9, in measure
OSError: [Errno 110] ETIMEDOUT
OSError: 28
12:30:45 ready
http://192.168.4.1:80/
# a remark
I (31) boot: ESP-IDF v5.1.2 2nd stage bootloader
I (44) boot.esp32: SPI Speed      : 40MHz
I (55) esp_image: segment 0: paddr=00010020 vaddr=3f400020 size=0a3f4h ( 41972) map
I (237) cpu_start: cpu freq: 160000000
I (1101) wifi:Init data frame dynamic rx buffer num: 32
I (2560) esp_netif_handlers: sta ip: 192.168.1.5, mask: 255.255.255.0, gw: 192.168.1.1
"""


@pytest.mark.parametrize("form", ["a:1,b:2\n", "(1, 2)\n", '{"a": 1}\n', ">a:1\n", "1 2 3\n"])
def test_talk_gives_no_channels(form: str) -> None:
    _, alone = listen([form.encode() * 6])
    for chunks in pieces(TALK.encode() + form.encode() * 6 + TALK.encode()):
        reader, items = listen(chunks)
        assert values(items) == values(alone)
        assert reader.counts.unread == 2 * len(TALK.splitlines())
        assert len(texts(items)) <= reader.counts.unread


def test_talk_alone_is_never_a_form() -> None:
    reader, items = listen([TALK.encode() * 4])
    assert reader.form is None
    assert values(items) == []


def test_readings_are_given_before_the_lock() -> None:
    reader, items = listen([b"a:1\na:2\n"])
    assert values(items) == [{"a": 1}, {"a": 2}]
    assert reader.form is None


def test_text_is_believed_only_after_five_lines() -> None:
    line = b"the light is %d lx\n"
    _, items = listen([line % 1, line % 2, line % 3, line % 4])
    assert values(items) == []
    reader, items = listen([line % n for n in range(7)])
    assert [row["the light is"] for row in values(items)] == [0, 1, 2, 3, 4, 5, 6]
    assert reader.counts.unread == 0
    assert reader.description is not None
    assert reader.description.channels == (Channel("the light is", "lx"),)


def test_words_that_change_from_line_to_line_are_never_believed() -> None:
    lines = [f"Temperature: {n} C\nTry {n} of {'x' * n} failed\n".encode() for n in range(40)]
    for chunks in pieces(b"".join(lines)):
        reader, items = listen(chunks)
        assert values(items) == [{"Temperature": n} for n in range(40)]
        assert reader.counts.unread == 40


def test_words_that_come_later_are_believed_when_they_came_often_enough() -> None:
    both = b"Temperature: 20 C\nHumidity: 60 %\n"
    for chunks in pieces(b"Temperature: 20 C\n" * 6 + both * 6):
        _, items = listen(chunks)
        assert values(items)[:10] == [{"Temperature": 20}] * 10
        assert values(items)[10:] == [{"Temperature": 20}, {"Humidity": 60}] * 2


def test_text_is_not_kept_to_where_labels_follow() -> None:
    _, items = listen([b"the light is 5 lx\n" * 6 + b"temp:20,hum:60\n" * 6])
    assert values(items)[6:] == [{"temp": 20, "hum": 60}] * 6


@pytest.mark.parametrize(
    ("line", "ms"),
    [
        (b"I (%d) dht: temp=23.5", [1000, 2500, 70]),
        (b"[%6d][I][a.ino:1] loop(): t:1", [1000, 2500, 70]),
    ],
)
def test_the_time_of_a_log_is_the_boards_clock(line: bytes, ms: list[int]) -> None:
    _, items = listen([line % n + b"\n" for n in [100, 200, 300, 400, *ms]])
    rows = [item for item in items if hasattr(item, "labels")]
    assert [n for row in rows for n in row.board_ms][4:] == ms
    assert [row.segment for row in rows for _ in row.t_s] == [0] * 6 + [1]


@pytest.mark.parametrize(
    ("line", "channels"),
    [
        (b"X: 1 Y: 2 m/s^2\n", [Channel("Y", "m/s²")]),
        (
            b"Rotation X: 1, Y: 2, Z: 3 deg/s\n",
            [Channel(f"Rotation {axis}", "°/s") for axis in "XYZ"],
        ),
        (b">hum:50.1\xc2\xa7%|g\n", [Channel("hum", "%")]),
        (b"T=23.5C P: 1013.2 hPa\n", [Channel("T", "°C"), Channel("P", "hPa")]),
        (b"Temp: 23.00 *C\n", [Channel("Temp", "°C")]),
    ],
)
def test_units_that_lines_name_are_told_once(line: bytes, channels: list[Channel]) -> None:
    _, items = listen([line * 20])
    told = [item.description.channels for item in items if isinstance(item, Described)]
    assert told == [tuple(channels)]


def test_units_of_a_board_that_makes_up_names_stay_few() -> None:
    reader, _ = listen([b">v%d:1\xc2\xa7V\n" % n for n in range(500)])
    assert reader.description is not None
    assert len(reader.description.channels) == MOST_CHANNELS


def test_another_program_in_another_form_takes_over() -> None:
    _, items = listen([b"a:1,b:2\n" * 8, b'{"x": 3}\n' * 8])
    assert values(items) == [{"a": 1, "b": 2}] * 8 + [{"x": 3}] * 8
    assert kinds(items).count(Kind.FORM) == 2


def test_a_few_lines_of_another_form_do_not() -> None:
    reader, items = listen([b"a:1,b:2\n" * 8, b'{"x": 3}\n' * 4, b"a:1,b:2\n"])
    assert values(items) == [{"a": 1, "b": 2}] * 9
    assert len(texts(items)) == 4
    assert reader.form is not None
    assert reader.form.name == "labels"


@pytest.mark.parametrize("usual", ["a:1,b:2\n", "a: 1 b: 2\n", ">a:1\n"])
def test_lines_of_another_form_now_and_then_never_do(usual: str) -> None:
    for chunks in pieces((usual * 8 + ("7,8\n" + usual * 3) * 12).encode()):
        reader, items = listen(chunks)
        assert not any("ch1" in row for row in values(items))
        assert reader.counts.unread == 12
        assert kinds(items).count(Kind.FORM) == 1


@pytest.mark.parametrize(
    "line",
    [
        "temp: 23,5",
        "Nhiệt độ: 23,5 °C",
        "temp1=23,5",
        "temp: 23,5 hum: 60,2",
        "temp:23,5,hum:60,2",
        '{"temp": 23,5}',
        ">temp:23,5",
    ],
)
def test_a_decimal_comma_is_asked_about_once_and_not_guessed(line: str) -> None:
    for chunks in pieces(f"{line}\n".encode() * 30):
        reader, items = listen(chunks)
        assert values(items) == []
        assert reader.counts.unread == 30
        told = [i for i in items if isinstance(i, Happening) and i.kind is Kind.DECIMAL_COMMA]
        assert [i.detail["text"] for i in told] == [line]


@pytest.mark.parametrize(
    "line",
    ["acc: 1,2,3", "12:30:45,123 INFO started", "temp:23,5;hum:60,2", "a:1,b:2", "1,5", "x: 1,"],
)
def test_other_commas_are_not_asked_about(line: str) -> None:
    _, items = listen([f"{line}\n".encode() * 30])
    assert Kind.DECIMAL_COMMA not in kinds(items)


def test_a_header_names_numbers_from_there_on() -> None:
    _, items = listen([b"1,2\n" * 6, b"temp,hum\n", b"1,2\n" * 6, b"light,hum\n", b"3,4\n" * 2])
    named = [{"temp": 1, "hum": 2}] * 6 + [{"light": 3, "hum": 4}] * 2
    assert values(items) == [{"ch1": 1, "ch2": 2}] * 6 + named


ROWS = b"0.50,20,100\n1.50,21,99\n2.50,22,98\n"
HEADER = b"Time (seconds),temp,light\n"
NAMES = {"was": ["ch1", "ch2", "ch3"], "now": ["", "temp", "light"]}


@pytest.mark.parametrize("before", [1, 2, 60])
def test_a_header_that_returns_names_what_came_before_it_joined(before: int) -> None:
    for chunks in pieces(ROWS * before + HEADER + ROWS + HEADER + ROWS):
        _, items = listen(chunks)
        told = [i.detail for i in items if isinstance(i, Happening) and i.kind is Kind.NAMED]
        assert told == [NAMES]
        assert values(items)[-6:] == [
            {"temp": 20, "light": 100}, {"temp": 21, "light": 99}, {"temp": 22, "light": 98}
        ] * 2  # fmt: skip


@pytest.mark.parametrize(
    "printed",
    [
        HEADER + ROWS + HEADER + ROWS,  # from the beginning
        ROWS * 3 + b"temp,light\n" + b"1,2\n" * 6,  # other columns
        ROWS * 3 + b"MPY: soft reboot\n" + HEADER + ROWS,  # maybe another program
        b"a:1,b:2\n" * 6 + HEADER + ROWS * 3,
    ],
)
def test_a_header_names_nothing_else(printed: bytes) -> None:
    for chunks in pieces(printed):
        _, items = listen(chunks)
        assert Kind.NAMED not in kinds(items)


def test_the_micro_bits_time_is_its_clock_and_no_channel() -> None:
    _, items = listen([b"Time (seconds),temp\n", b"1.5,20\n", b"2.5,21\n", b"0.1,22\n"])
    rows = [item for item in items if hasattr(item, "labels")]
    assert [row.labels for row in rows] == [("temp",)] * len(rows)
    assert [ms for row in rows for ms in row.board_ms] == [1500, 2500, 100]
    assert [row.segment for row in rows for _ in row.t_s] == [0, 0, 1]
    assert Kind.RESTARTED in kinds(items)


def test_the_first_line_may_be_cut() -> None:
    _, items = listen([b"mp:23,hum:60\ntemp:23,hum:60\n"], cut=True)
    assert values(items) == [{"temp": 23, "hum": 60}]


def test_the_first_line_is_whole_after_silence() -> None:
    from stemkit.wire.lines import LineReader

    reader = LineReader("b1")
    reader.expect_whole_line()
    assert values(reader.feed(b"temp,hum\n1,2\n", 0.0).items) == [{"temp": 1, "hum": 2}]


def test_a_board_that_makes_up_channels_is_told_about_not_obeyed() -> None:
    reader, items = listen([b"".join(b"c%d:1\n" % i for i in range(1000))])
    assert len({name for row in values(items) for name in row}) == 64
    assert kinds(items).count(Kind.TOO_MANY_CHANNELS) == 64
    assert reader.counts.lines == 1000
