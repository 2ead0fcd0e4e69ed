"""A list says what can be done with what it shows, beside the list itself."""

from __future__ import annotations

import pytest

from stemkit.__main__ import main
from stemkit.actions.telling import told
from stemkit.model.reading import Happening, Kind
from stemkit.storage import places
from stemkit.storage.roster import Roster
from stemkit.storage.unfinished import UnfinishedBoards

Capture = pytest.CaptureFixture[str]


def test_the_lessons_end_with_how_to_read_one_and_how_to_run_it(capsys: Capture) -> None:
    assert main(["lesson", "list"]) == 0
    shown = capsys.readouterr()
    assert "stemkit lesson show 01-first-light" in shown.err
    assert "stemkit deploy 01-first-light --run" in shown.err
    assert "stemkit" not in shown.out
    assert main(["lesson", "list", "--quiet"]) == 0
    assert capsys.readouterr().err == ""


def test_the_kit_ends_with_how_to_test_it_and_how_to_finish_a_flash(capsys: Capture) -> None:
    Roster(places.kit()).label("240ac4e29526", name="Bảy", model="esp32")
    assert main(["kit", "list"]) == 0
    shown = capsys.readouterr().err
    assert "stemkit kit test --all" in shown
    assert "stemkit flash" not in shown
    UnfinishedBoards(places.unfinished()).set("240ac4e29526", "ttyUSB0", "micropython-esp32")
    assert main(["kit", "list"]) == 0
    assert "stemkit flash --all" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("why", "command"),
    [
        ({}, "stemkit deploy 01-first-light v2 --run"),
        ({"why": "prompt"}, "stemkit deploy 01-first-light v2 --run"),
        ({"for_s": 12.5}, "stemkit doctor"),
    ],
)
def test_a_silent_board_is_told_with_what_to_type(why: dict[str, object], command: str) -> None:
    assert command in told(Happening("v2", 5.0, Kind.SILENT, why))


def test_a_lesson_that_is_ready_can_be_handed_out(capsys: Capture) -> None:
    assert main(["lesson", "check", "01-first-light", "--no-run"]) == 0
    assert "stemkit lesson check 01-first-light" in capsys.readouterr().err
    assert main(["lesson", "check", "01-first-light", "--model", "pico"]) == 0
    assert "stemkit lesson build 01-first-light" in capsys.readouterr().err
