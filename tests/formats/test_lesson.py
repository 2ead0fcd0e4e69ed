"""`lesson.toml` and `check.toml`: what they say, and every mistake at once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.formats.errors import DataFileError
from stemkit.formats.lesson import parse_check, parse_lesson
from stemkit.formats.lesson_text import read_text
from tests.made_lessons import EVERY_BOARD, manifest

CHECK = """\
minutes = 5
scenario = "scenario.toml"

[[channel]]
label = "temp"
low = 10
high = 40
interval_s = 2

[[response]]
label = "temp"
at_s = 60
within_s = 20
change = 3
"""


def told(parse: object, text: str) -> list[str]:
    with pytest.raises(DataFileError) as caught:
        parse(text.encode(), "x.toml")  # type: ignore[operator]
    return [mistake.told() for mistake in caught.value.mistakes]


def test_a_manifest_is_read_whole() -> None:
    lesson = parse_lesson(manifest("03-soil-moisture").encode(), "lesson.toml")
    assert (lesson.id, lesson.version, lesson.minutes) == ("03-soil-moisture", "1.2.0", 45)
    assert lesson.needs.boards == EVERY_BOARD
    assert lesson.channels[0].name.vi == "Nhiệt độ"
    assert lesson.age == (11, 14)


def test_every_mistake_is_told_with_its_line() -> None:
    text = manifest("03-soil-moisture")
    text = text.replace('"1.2.0"', '"1.2"').replace("minutes = 45", "minutes = 2")
    text = text.replace('en = "A try" ', "").replace("skills", "skils")
    text += '[[deploy]]\nfrom = "../secret"\nto = "main.py"\n'
    lines = told(parse_lesson, text)
    assert [line.split(":")[1] for line in lines] == ["2", "3", "7", "8", "24"]


def test_two_files_for_one_place_and_strange_boards_are_mistakes() -> None:
    deploy = '[[deploy]]\nfrom = "board/{0}.py"\nto = "light.py"\nboards = ["{1}"]\n'
    good = manifest("01-x") + deploy.format("a", "pico") + deploy.format("b", "esp32")
    assert len(parse_lesson(good.encode(), "lesson.toml").deploy) == 2
    (twice,) = told(parse_lesson, good + deploy.format("c", "pico"))
    assert "light.py" in twice
    (strange,) = told(parse_lesson, good + deploy.format("c", "pico9"))
    assert "pico9" in strange


@pytest.mark.parametrize("name", ["1-x", "01", "01-Äpfel", "01-", "01-a--b", "../01-a", "01-a/b"])
def test_a_lesson_must_be_called_plainly(name: str) -> None:
    assert len(told(parse_lesson, manifest(name))) == 1


def test_a_check_is_read_whole() -> None:
    check = parse_check(CHECK.encode(), "check.toml")
    assert (check.minutes, check.scenario, check.memory_percent) == (5.0, "scenario.toml", 90.0)
    assert check.channels[0].interval_s == 2.0
    assert check.responses[0].change == 3.0


def test_a_check_that_cannot_be_is_refused() -> None:
    late = CHECK.replace("at_s = 60", "at_s = 290")
    assert len(told(parse_check, late)) == 1
    other = CHECK.replace('[[response]]\nlabel = "temp"', '[[response]]\nlabel = "hum"')
    assert "hum" in told(parse_check, other)[0]
    assert len(told(parse_check, CHECK.replace("change = 3", "change = 0"))) == 1


@given(st.binary(max_size=300))
def test_any_bytes_are_a_lesson_or_refused(data: bytes) -> None:
    for parse in (parse_lesson, parse_check):
        with pytest.raises(DataFileError):
            parse(data, "x.toml")


def test_a_text_tells_its_headings_links_and_html() -> None:
    text = (
        "# Title\n\nSee [here](a%20b.md) and\n![wiring](wiring.svg)\n\n"
        "```\n![no](no.png)\n```\n\n## One\n\n<b>x</b> [web](https://example.org)\n"
    )
    read = read_text(text)
    assert [(h.level, h.line) for h in read.headings] == [(1, 1), (2, 10)]
    assert [(t.path, t.line, t.is_picture) for t in read.targets] == [
        ("a b.md", 3, False),
        ("wiring.svg", 4, True),
        ("https://example.org", 12, False),
    ]
    assert read.targets[2].is_faraway
    assert set(read.html_lines) == {12}


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    read_text(text)
