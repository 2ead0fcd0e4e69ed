"""The table of boards fits its terminal, and keeps names whole before it keeps ports."""

import io

import pytest
from rich.cells import cell_len
from rich.console import Console

from stemkit.cli.boards_table import print_table
from stemkit.words import LANGUAGES, set_language

PORT = "/tmp/stemkit-virtual-53jamqnw/v1"
ROWS = [
    [f"v{i}", str(i), "microbit-v2", "running", "micropython 2.1.2",
     "02-temperature-humidity 1.0.0", PORT, "32794eb6c06fefc9"]
    for i in (1, 2)
]  # fmt: skip


def table(width: int) -> tuple[str, bool]:
    file = io.StringIO()
    left_out = print_table(Console(file=file, width=width, color_system=None), ROWS)
    return file.getvalue(), left_out


def test_a_wide_terminal_shows_everything() -> None:
    told, left_out = table(150)
    assert PORT in told
    assert "32794eb6c06fefc9" in told
    assert "02-temperature-humidity 1.0.0" in told
    assert not left_out


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [80, 90, 100, 120])
def test_no_name_is_cut_from_eighty_columns_on(language: str, width: int) -> None:
    set_language(language)
    told, left_out = table(width)
    assert left_out
    for whole in ("microbit-v2", "02-temperature-humidity", "1.0.0", "micropython", "2.1.2"):
        assert told.count(whole) == 2, told
    assert max(map(cell_len, told.splitlines())) <= width


def test_an_id_is_cut_to_the_end_by_which_a_board_can_be_named() -> None:
    told, _ = table(120)
    assert "…6fefc9" in told


def test_a_very_narrow_terminal_loses_nothing_but_ports_and_ids() -> None:
    told, _ = table(40)
    assert max(map(cell_len, told.splitlines())) <= 40
    assert "v1" in told
