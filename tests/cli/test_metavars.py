"""What stands for a value, in both languages."""

from __future__ import annotations

import re

import click
import pytest

from stemkit.cli.metavars import plain_numbers, spoken
from stemkit.words import set_language
from tests.door.test_help import ALL, ids


@pytest.fixture(autouse=True)
def vietnamese():
    set_language("vi")
    yield
    set_language(None)


@pytest.mark.parametrize(
    ("english", "told"),
    [
        ("FILE|FOLDER...", "TỆP|THƯ_MỤC..."),
        ("NAME[@VERSION]|FILE", "TÊN[@PHIÊN_BẢN]|TỆP"),
        ("[vi|en]", "[vi|en]"),
        ("URL", "URL"),
    ],
)
def test_words_joined_by_signs_are_told_one_by_one(english: str, told: str) -> None:
    assert spoken(english) == told


def test_a_range_is_told_in_words() -> None:
    assert plain_numbers("[1<=x<=64]") == "[từ 1 đến 64]"
    assert plain_numbers("x>=0, x>0") == "từ 0 trở lên, lớn hơn 0"


@pytest.mark.parametrize(("path", "command"), ALL, ids=ids)
def test_the_usage_line_holds_no_english_word(path: str, command: click.Command) -> None:
    usage = command.get_usage(click.Context(command, info_name="stemkit"))
    words = {word for word in re.findall(r"\w+", usage) if word.isascii() and word.isupper()}
    assert words <= {"URL"}
