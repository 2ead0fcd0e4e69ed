"""A list says what can be done with what it shows, beside the list itself."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.actions.telling import told
from stemkit.devices.session import Session
from stemkit.devices.small_files import write_file
from stemkit.links import open_link
from stemkit.model.reading import Happening, Kind
from stemkit.storage import places
from stemkit.storage.roster import Roster
from stemkit.storage.unfinished import UnfinishedBoards
from tests.conftest import StartBoards

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


def test_a_recording_can_be_looked_at_and_taken_further(
    virtual_boards: StartBoards,
    tmp_path: Path,
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (board,) = virtual_boards()
    link = open_link(board.port)
    with Session(link) as session:
        write_file(session, "/main.py", b"import time\nwhile 1:\n print('a:1')\n time.sleep(.05)\n")
        session.restart_program()
    link.close()
    watch = ["watch", "v1", "--plain", "--for", "0.5", "--record"]
    assert main([*watch, "con lắc"]) == 0
    assert "stemkit record show 'con lắc'" in capsys.readouterr().err
    assert main(["record", "show", "con lắc"]) == 0
    said = capsys.readouterr().err
    command = next(line for line in said.splitlines() if "export" in line).partition(": ")[2]
    words = shlex.split(command)
    assert words[:4] == ["stemkit", "record", "export", "con lắc"]
    monkeypatch.chdir(tmp_path)
    assert main(words[1:]) == 0
    assert {path.name for path in tmp_path.glob("con*")} == {"con lắc.xlsx", "con lắc.svg"}
    # One in a folder of its own is named by its path.
    assert main([*watch, str(tmp_path / "runs" / "one")]) == 0
    assert f"stemkit record show {tmp_path / 'runs' / 'one'}" in capsys.readouterr().err
