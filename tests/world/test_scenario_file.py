"""Scenario files: the examples that travel with stemkit, and every mistake at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.formats.errors import DataFileError
from stemkit.formats.scenario import parse_scenario
from stemkit.model.scenario import QUANTITIES
from stemkit.storage.places import shipped
from stemkit.virtual.world.course import Course

EXAMPLES = sorted((shipped("examples") / "scenarios").glob("*.toml"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_example(path: Path) -> None:
    scenario = parse_scenario(path.read_bytes(), path.name)
    assert scenario.title.vi
    assert scenario.title.en
    course = Course(scenario, 1)
    said = [name for name in QUANTITIES if course.sets(name)]
    assert said
    end_s = scenario.repeat_s or 3600.0
    for name in said:
        values = {course.value(name, end_s * n / 200) for n in range(200)}
        assert len(values) > 1, f"{name} never changes"


def mistakes(text: str) -> list[tuple[int, str]]:
    with pytest.raises(DataFileError) as caught:
        parse_scenario(text.encode(), "bad.toml")
    return [(mistake.line, mistake.told()) for mistake in caught.value.mistakes]


def test_all_mistakes_come_at_once_with_their_lines() -> None:
    found = mistakes(
        'title = { vi = "A", en = "B" }\n'
        "repeat_s = -5\n"
        "[start]\n"
        "temprature = 20\n"
        "humidity = 140\n"
        "[[change]]\n"
        "quantity = 'light'\n"
        "kind = 'ramp'\n"
        "points = [[0, 10], [5, 20], [5, 30], [7, -1], [8]]\n"
        "[[change]]\n"
        "quantity = 'light'\n"
        "kind = 'swing'\n"
        "[[event]]\n"
        "quantity = 'button'\n"
        "at_s = 1\n"
    )
    assert [line for line, _ in found] == [2, 4, 5, 9, 9, 9, 12, 13]
    text = "\n".join(told for _, told in found)
    for word in ("repeat_s", "temprature", "humidity", "must rise", "swing", "lasts_s"):
        assert word in text


def test_a_while_ends_after_it_begins_and_a_course_has_none() -> None:
    sine = "[[change]]\nquantity = 'acc_x'\nkind = 'sine'\namplitude = 1\nperiod_s = 1\n"
    ramp = "[[change]]\nquantity = 'acc_y'\nkind = 'ramp'\npoints = [[0, 1]]\n"
    title = 'title = { vi = "A", en = "B" }\n'
    found = mistakes(f"{title}{sine}from_s = 5\nto_s = 5\n{ramp}to_s = 9\n")
    assert [line for line, _ in found] == [8, 13]


def test_two_courses_of_one_quantity_are_a_mistake() -> None:
    found = mistakes(
        'title = { vi = "A", en = "B" }\n[start]\nsoil = 20\n'
        "[[change]]\nquantity = 'soil'\nkind = 'ramp'\npoints = [[0, 80], [60, 20]]\n"
    )
    assert [line for line, _ in found] == [6]


@given(st.binary(max_size=400))
def test_any_bytes_are_a_scenario_or_tell_their_mistakes(data: bytes) -> None:
    try:
        parse_scenario(data, "junk.toml")
    except DataFileError as error:
        assert error.mistakes


_words = st.sampled_from(
    ["title", "quantity", "light", "kind", "'ramp'", "[[change]]", "[start]", "points", "=", "nan"]
)


@given(st.lists(st.one_of(_words, st.just("\n"), st.integers().map(str)), max_size=60))
def test_scenario_like_text_too(words: list[str]) -> None:
    try:
        parse_scenario(" ".join(words).encode(), "junk.toml")
    except DataFileError as error:
        assert error.mistakes
