"""Marks are coloured on a terminal that shows colours, and nowhere else."""

import io

import pytest

from stemkit.cli.marks import coloured, heading


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def a_terminal_with_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def test_a_mark_is_coloured_where_it_begins_a_line() -> None:
    told = coloured("✓ well\n  ✗ wrong ✓ no mark", Terminal())
    assert told == "\x1b[1;32m✓\x1b[0m well\n  \x1b[1;31m✗\x1b[0m wrong ✓ no mark"


def test_what_stands_before_the_colon_is_bold() -> None:
    assert heading("Error: it: x", Terminal(), bad=True) == "\x1b[1;31mError:\x1b[0m it: x"


def test_a_pipe_gets_no_colour() -> None:
    assert coloured("✓ well", io.StringIO()) == "✓ well"
    assert heading("Error: it", io.StringIO()) == "Error: it"


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_who_wants_no_colour_gets_none(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    assert coloured("✓ well", Terminal()) == "✓ well"
