"""Long sentences on a narrow terminal: whole words, whole commands."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.cli.wrapping import cells, held, released, wrapped

LONG = "Cắm bo mạch bằng cáp có truyền dữ liệu, hoặc bật một bo mạch ảo: stemkit sim start -n 2"


def test_a_line_that_fits_stays() -> None:
    assert wrapped("✓ mọi thứ đều tốt", 40) == "✓ mọi thứ đều tốt"


@pytest.mark.parametrize("width", [24, 30, 40, 60, 79])
def test_a_command_is_never_broken(width: int) -> None:
    lines = wrapped(LONG, width).split("\n")
    assert any("stemkit sim start -n 2" in line for line in lines)
    assert all(cells(line) <= max(width, 26) for line in lines)


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("Run “stemkit flash --force” again, then look.", "stemkit flash --force"),
        ("Add one (stemkit lesson add FILE.stem), or leave.", "stemkit lesson add FILE.stem"),
        (
            "Run once: sudo usermod -a -G dialout mai — then log in.",
            "sudo usermod -a -G dialout mai",
        ),
        (
            "Install it once: club/.venv/bin/python -m pip install typst",
            "club/.venv/bin/python -m pip install typst",
        ),
        (
            'Install it once: "/home/Cô Hoà/bin/python3.12" -m pip install typst',
            '"/home/Cô Hoà/bin/python3.12" -m pip install typst',
        ),
        ('Make one: stemkit key new "Your name". Or look.', 'stemkit key new "Your name"'),
    ],
)
def test_what_is_to_be_typed_is_one_word(text: str, command: str) -> None:
    assert command not in held(text)
    assert all(len(word.split()) == 1 for word in held(text).split(" "))
    assert sum(word.strip("“”().,") == held(": " + command)[2:] for word in held(text).split(" "))


def test_a_line_that_goes_on_is_set_in() -> None:
    text = "  ✗ esp32 a sentence that is much too long for it"
    first, *more = wrapped(text, 24).split("\n")
    assert first.startswith("  ✗")
    assert more
    assert all(line.startswith("    ") for line in more)


def test_marks_that_combine_take_no_room() -> None:
    apart = unicodedata.normalize("NFD", "Tiếng Việt")
    assert cells(apart) == cells("Tiếng Việt") == 10
    assert cells("電圧") == 4


@given(st.text(st.characters(exclude_characters="\ue000", exclude_categories=("Cs",))))
def test_no_letter_is_lost(text: str) -> None:
    assert released(held(text)) == text
    assert wrapped(text, 20).replace("\n", "").replace(" ", "") == text.replace("\n", "").replace(
        " ", ""
    )


def test_what_continues_stands_under_the_second_column() -> None:
    told = wrapped("✓ time confirmed   nobody did: there is the signer's clock alone", 44)
    assert told.splitlines() == [
        "✓ time confirmed   nobody did: there is the",
        "                   signer's clock alone",
    ]


def test_a_first_column_that_takes_most_of_the_line_is_no_column() -> None:
    told = wrapped("a first column that is wide  and some more words", 40)
    assert told.splitlines() == ["a first column that is wide  and some", "  more words"]
