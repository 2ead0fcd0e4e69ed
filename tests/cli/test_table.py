"""A table on a terminal: columns go before anything in them is cut off; tabs for a pipe."""

from __future__ import annotations

import io
import re

import pytest
from rich.cells import cell_len

from stemkit.cli.output import Output
from stemkit.cli.table import print_table
from stemkit.words import LANGUAGES, N_, set_language, tr

TITLES = (N_("Recording"), N_("Started"), N_("Lost"), N_("Boards"), N_("State"))
ROWS = [
    ["pendulum-1", "2026-11-22 08:47", "0", "v1, v2", "complete"],
    ["a-very-long-name-of-a-recording", "2026-11-22 09:10", "12", "", "being written"],
]
SPARE = (TITLES[3], TITLES[2])


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(monkeypatch: pytest.MonkeyPatch, width: int) -> tuple[str, str]:
    """What stands on standard output and on standard error of a terminal of `width` cells."""
    out, err = Screen(), Screen()
    monkeypatch.setenv("COLUMNS", str(width))
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setattr("sys.stdout", out)
    monkeypatch.setattr("sys.stderr", err)
    print_table(Output(), TITLES, ROWS, whole=TITLES[1:2], spare=SPARE)
    return re.sub(r"\x1b\[\d*m", "", out.getvalue()), err.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", range(50, 100))
def test_what_is_shown_is_whole(monkeypatch, width: int, language: str) -> None:
    set_language(language)
    told, left_out = shown(monkeypatch, width)
    assert max(map(cell_len, told.splitlines())) <= width
    kept = [i for i, title in enumerate(TITLES) if tr(title) not in left_out]
    assert {i for i in range(5) if i not in kept} in (set(), {3}, {2, 3})
    for row in ROWS:
        assert row[1] in told
        for word in row[4].split():
            assert word in told
    assert "pendulum-1" in told


def test_a_very_narrow_terminal_folds_everything(monkeypatch) -> None:
    told, _ = shown(monkeypatch, 24)
    assert max(map(cell_len, told.splitlines())) <= 24
    cells = [tr(title) for title in TITLES] + [cell for row in ROWS for cell in row]
    kept = [cell for i, cell in enumerate(cells) if i % len(TITLES) not in (2, 3)]
    letters = "".join(kept).replace(" ", "")
    assert sorted("".join(told.split()).replace("─", "")) == sorted(letters)


def test_a_wide_terminal_shows_all_and_says_nothing(monkeypatch) -> None:
    told, left_out = shown(monkeypatch, 120)
    assert left_out == ""
    assert "a-very-long-name-of-a-recording" in told
    assert "v1, v2" in told


def test_a_pipe_gets_tabs_and_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(Output(), TITLES, ROWS, spare=SPARE)
    rows = ["\t".join(row) for row in ROWS]
    assert capsys.readouterr().out.splitlines() == rows
    print_table(Output(), TITLES, ROWS, headed=True)
    assert capsys.readouterr().out.splitlines() == ["\t".join(TITLES), *rows]
