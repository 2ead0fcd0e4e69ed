"""Reading data files: every mistake at once, each on its line, whatever the bytes."""

from __future__ import annotations

import time
import tomllib
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stemkit.errors import Exit
from stemkit.formats.board import parse_board
from stemkit.formats.errors import DataFileError
from stemkit.formats.sensor import parse_sensor
from stemkit.formats.toml_file import TomlFile
from stemkit.formats.toml_lines import lines_of
from stemkit.storage.places import shipped
from stemkit.words import set_language

BOARDS = sorted((shipped("firmware") / "boards").glob("*.toml"))
SENSORS = sorted((shipped("firmware") / "sensors").glob("*.toml"))
PICO = (shipped("firmware") / "boards" / "pico.toml").read_bytes()
DHT22 = (shipped("firmware") / "sensors" / "dht22.toml").read_bytes()


def mistakes_of(data: bytes) -> list[tuple[int, str]]:
    with pytest.raises(DataFileError) as caught:
        parse_board(data, "b.toml")
    return [(m.line, m.told()) for m in caught.value.mistakes]


def line_with(data: bytes, piece: str) -> int:
    rows = data.decode().splitlines()
    return next(n for n, row in enumerate(rows, 1) if row.startswith(piece))


def test_an_empty_file_is_told_what_it_lacks() -> None:
    told = "\n".join(text for _, text in mistakes_of(b""))
    for key in ("id", "name", "flash_bytes", "image", "serial", "sources", "reset"):
        assert f"“{key}” is missing" in told
    assert "image.offset" not in told, "what a missing table lacks is no second mistake"


def test_a_syntax_mistake_does_not_hide_the_others() -> None:
    data = PICO.replace(b'name.en = "Raspberry Pi Pico"', b'name.en = "Raspberry Pi Pico')
    data = data.replace(b"baud = 115200", b"baud = fast")
    data = data.replace(b"[filesystem]", b"[filesytem]")
    found = mistakes_of(data)
    lines = {line for line, _ in found}
    assert line_with(data, "name.en") in lines
    assert line_with(data, "baud = fast") in lines
    assert line_with(data, "[filesytem]") in lines
    assert not [text for _, text in found if "name.en” is missing" in text]


def test_bytes_that_are_no_text_are_told_with_their_line() -> None:
    data = PICO.replace(b"RPI-RP2", b"RPI\xff\xfe", 1)
    assert (line_with(PICO, "drive"), "b.toml:8: These bytes are not text in UTF-8.") in (
        mistakes_of(data)
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'chip = "rp2040"', b'chip = "rp2350"', "family 0xe48bff56 is not one of rp2350"),
        (b'loader = "uf2"', b'loader = "esp"', "“loader” must be “uf2” for this chip"),
        (b"vid = 0x2e8a", b"vid = 0x2e8a0", "must be from 0 to 65535"),
        (b'role = "loader"', b'role = "boot"', "must be one of bridge, native, loader"),
        (b"GP22 = 22", b"GP22 = 42", "GPIO 42 of rp2040 does not exist"),
        (b"adc = [26, 27, 28]", b"adc = [25]", "GPIO 25 of rp2040 does not exist or cannot"),
        (b"bytes = 0x160000", b"bytes = 0x161000", "beyond the end of the flash"),
        (b"signals = { data = 15 }", b"signals = { data = 99 }", "GPIO 99 of rp2040"),
        (b"[sources]", b'[sources]\nmoon = "cheese"', "no “moon” in this file"),
        (b'pins = "https', b'pinz = "https', "has no source"),
        (b"native_usb = true", b'native_usb = "yes"', "must be true or false"),
        (b"\n[ram]", b"\n[ram]\ncolour = 1", "“ram.colour” is not known here"),
    ],
)
def test_a_wrong_fact_is_told(old: bytes, new: bytes, told: str) -> None:
    assert PICO.count(old) >= 1
    found = mistakes_of(PICO.replace(old, new, 1))
    assert any(told in text for _, text in found), found


def test_an_esp_image_must_be_of_the_boards_chip() -> None:
    data = (shipped("firmware") / "boards" / "esp32-s3.toml").read_bytes()
    found = mistakes_of(data.replace(b"esp_chip_id = 9", b"esp_chip_id = 5"))
    assert [text for _, text in found if "it is 9 for esp32s3" in text]


def test_mistakes_are_told_in_vietnamese() -> None:
    with pytest.raises(DataFileError) as caught:
        parse_board(PICO.replace(b"flash_bytes", b"flash_byte"), "b.toml")
    set_language("vi")
    try:
        assert "Có phải bạn muốn viết “flash_bytes”?" in caught.value.told()
    finally:
        set_language(None)


def test_escape_sequences_in_a_file_do_not_reach_the_terminal() -> None:
    data = PICO.replace(b'id = "pico"', b'id = "\\u001b[31mpico"')
    found = mistakes_of(data + b'"\\u001b[2J" = 1\n')
    assert "\x1b" not in "".join(text for _, text in found)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
@example(b"\xef\xbb\xbfid = 1\r\n")
@example(b"a = " + b"[" * 3000)
@example(b"a = " + b"9" * 5000)
@example(b"a = 1\na = 2\n")
@example(b'x = """\n')
def test_any_bytes_give_a_model_or_a_told_error(data: bytes) -> None:
    for parse in (parse_board, parse_sensor):
        try:
            parse(data, "x.toml")
        except DataFileError as error:
            assert error.exit_code is Exit.BAD_INPUT_FILE
            assert error.mistakes
            lines = data.count(b"\n") + 1
            assert all(1 <= m.line <= lines for m in error.mistakes)
            assert error.told().count("x.toml:") >= len(error.mistakes)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_damaged_file_never_breaks_the_reader(data: st.DataObject) -> None:
    original = data.draw(st.sampled_from([PICO, DHT22]))
    start = data.draw(st.integers(0, len(original)))
    end = data.draw(st.integers(start, min(len(original), start + 40)))
    damaged = original[:start] + data.draw(st.binary(max_size=12)) + original[end:]
    parse = parse_board if original is PICO else parse_sensor
    try:
        parse(damaged, "x.toml")
    except DataFileError as error:
        assert error.mistakes


@pytest.mark.parametrize("path", BOARDS + SENSORS, ids=lambda p: p.stem)
def test_leaving_any_line_with_a_key_out_is_noticed(path: Any) -> None:
    parse = parse_board if path in BOARDS else parse_sensor
    rows = path.read_text("utf-8").split("\n")
    for number, row in enumerate(rows):
        if row.startswith(("id =", "family", "flash_bytes", "pid", "baud", "vi =", "driver =")):
            less = "\n".join(rows[:number] + rows[number + 1 :])
            with pytest.raises(DataFileError):
                parse(less.encode(), path.name)


def paths(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [path] if path else []
    if isinstance(value, dict):
        for key, below in value.items():
            found += paths(below, (*path, key))
    elif isinstance(value, list):
        for number, below in enumerate(value):
            found += paths(below, (*path, number))
    return found


@pytest.mark.parametrize("path", BOARDS + SENSORS, ids=lambda p: p.stem)
def test_every_key_of_a_real_file_has_its_line(path: Any) -> None:
    text = path.read_text("utf-8")
    lines = lines_of(text)
    rows = text.split("\n")
    content = tomllib.loads(text)
    assert set(paths(content)) == set(lines)
    for where, line in lines.items():
        key = next(part for part in reversed(where) if isinstance(part, str))
        if isinstance(where[-1], str):
            assert key in rows[line - 1], (where, line)


KEYS = st.one_of(
    st.from_regex(r"[A-Za-z0-9_-]{1,6}", fullmatch=True),
    st.text(max_size=4).map(lambda t: '"' + "".join(f"\\U{ord(c):08x}" for c in t) + '"'),
)
SCALARS = st.sampled_from(
    ["1", "-0x1f", "1.5e3", "true", "inf", "1979-05-27", "1979-05-27 07:32:00", '"a # [b] {c} = 1"',
     "'''\nx = 1\n[no]\n'''", '"""\nq"" \\"""\n"""', "'[x]'", '"\\\\"', '""', "''"]
)  # fmt: skip
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda v: "[ # note ]\n" + ",\n".join(v) + "\n]"),
        st.dictionaries(KEYS, inner, max_size=3).map(
            lambda d: "{ " + ", ".join(f"{k} = {v}" for k, v in d.items()) + " }"
        ),
    ),
    max_leaves=6,
)


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("key"), KEYS, VALUES),
            st.tuples(st.just("table"), KEYS, KEYS),
            st.tuples(st.just("array"), KEYS, KEYS),
            st.tuples(st.just("dotted"), KEYS, KEYS),
        ),
        max_size=8,
    )
)
def test_lines_are_found_in_any_valid_document(parts: list[tuple[str, str, str]]) -> None:
    text = "# [top]\n"
    for kind, first, second in parts:
        if kind == "key":
            text += f"{first} = {second} # = comment\n"
        elif kind == "table":
            text += f"\n[ {first} . {second} ]\n"
        elif kind == "array":
            text += f"[[{first}]]\n{second} = 1\n"
        else:
            text += f"{first}.{second} = 1\n"
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return
    lines = lines_of(text)
    assert set(paths(content)) == set(lines)
    rows = text.split("\n")
    for (*_, key), line in lines.items():
        bare = isinstance(key, str) and key.isascii() and key.replace("-", "_").isidentifier()
        if bare:
            assert str(key) in rows[line - 1] or "\\U" in rows[line - 1]


def test_a_table_reads_nothing_twice_wrong() -> None:
    file = TomlFile(b"a = 1\nb = 'x'\n", "t.toml")
    assert file.root.integer("a") == 1
    assert file.root.string("b") == "x"
    file.finish()


@pytest.mark.parametrize(
    "data",
    [
        b"a." * 50_000 + b"a = 1\n",
        b"a = 1\n" + b'"x,[{" . ' * 20_000 + b"a = 1\n",
        b"x = {" + b"b . " * 50_000 + b"c = 1}\n",
        b"a = [" + b"[], " * 5_000_000 + b"]\n",
        b"".join(b"k%d = 1\n" % number for number in range(200_000)),
        b"a = " + b"9" * 100_000 + b"\n",
    ],
    ids=["dotted", "quoted", "inline", "wide", "many", "endless"],
)
def test_a_file_made_to_harm_is_refused_at_once(data: bytes) -> None:
    began = time.process_time()
    told = mistakes_of(data)
    # Each of these took a minute and more, or a gigabyte, before it was looked for.
    assert time.process_time() - began < 10
    assert 1 <= len(told) <= 3


def test_no_more_mistakes_are_told_than_a_person_can_read() -> None:
    told = mistakes_of(b"".join(b"k%d = 1\n" % n for n in range(5_000)) + PICO)
    assert len(told) == 201
    assert told[-1] == (101, "b.toml:101: There are 9800 more mistakes from here on.")
