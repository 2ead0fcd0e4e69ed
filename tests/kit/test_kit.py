"""`kit label`, `kit list`, `kit test` on virtual boards."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from stemkit.__main__ import main
from stemkit.actions.boards.listing import Around, list_boards
from stemkit.actions.kit.kit import PartsFailError, check_boards
from stemkit.actions.programs.board_files import runtime_files
from stemkit.devices.self_test import put_runtime
from stemkit.devices.session import Session
from stemkit.devices.small_files import read_file, write_file
from stemkit.events import BoardFailed, Event
from stemkit.formats.label_sheet import code_text, label_sheet
from stemkit.links import open_link
from stemkit.model.kit import KitBoard
from stemkit.storage import catalogue, places
from stemkit.storage.roster import Roster
from tests.conftest import StartBoards


def answer(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert main([*words, "--json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("model", ["esp32", "esp8266", "pico", "microbit-v1", "microbit-v2"])
def test_a_number_is_on_the_board_and_in_the_kits_file(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str], model: str
) -> None:
    (board,) = virtual_boards(model=model)
    words = ["kit", "label", "v1", "--number", "7", "--name", "Bảy", "--model", model]
    (row,) = answer(capsys, *words)["boards"]
    assert (row["number"], row["name"], row["error"]) == (7, "Bảy", None)
    (listed,) = answer(capsys, "kit", "list")["boards"]
    assert (listed["number"], listed["unique_id"]) == (7, board.unique_id)
    (probed,) = answer(capsys, "boards", "--probe")["boards"]
    assert probed["kit_number"] == 7
    # By its number the board is found again.
    (again,) = answer(capsys, "kit", "label", "7")["boards"]
    assert (again["number"], again["name"]) == (7, "Bảy")


def test_several_boards_get_numbers_in_their_order_and_keep_them(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str]
) -> None:
    virtual_boards(3)
    first = answer(capsys, "kit", "label", "--all")["boards"]
    assert [row["number"] for row in first] == [1, 2, 3]
    again = answer(capsys, "kit", "label", "v3", "v1")["boards"]
    assert [row["number"] for row in again] == [3, 1]
    assert main(["kit", "label", "--all", "--number", "9"]) == 2


def test_what_else_is_in_the_profile_stays(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str]
) -> None:
    (board,) = virtual_boards()
    profile = {"number": 3, "parts": ["x y z"], "lesson": {"name": "a", "version": "1"}}
    link = open_link(board.port)
    with Session(link) as session:
        write_file(session, "/stem.json", json.dumps(profile).encode())
    link.close()
    answer(capsys, "kit", "label", "v1", "--number", "12")
    link = open_link(board.port)
    with Session(link) as session:
        found = read_file(session, "/stem.json")
    link.close()
    assert found is not None
    assert json.loads(found) == {**profile, "number": 12}


def test_a_damaged_profile_is_made_anew(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str]
) -> None:
    (board,) = virtual_boards()
    link = open_link(board.port)
    with Session(link) as session:
        write_file(session, "/stem.json", b"{\xff broken")
    link.close()
    answer(capsys, "kit", "label", "v1")
    (probed,) = answer(capsys, "boards", "--probe")["boards"]
    assert probed["kit_number"] == 1


def test_soldered_and_plugged_parts_are_tested_and_remembered(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str]
) -> None:
    virtual_boards(model="yolobit")
    answer(capsys, "kit", "label", "v1", "--parts", "bme280,hcsr04", "--model", "yolobit")
    (row,) = answer(capsys, "kit", "test", "v1")["boards"]
    test = row["test"]
    assert test["ok"]
    assert {part["sensor"] for part in test["sensors"]} == {
        "memory",
        "files",
        "button_a",
        "button_b",
        "ldr",
        "bme280",
        "hcsr04",
    }
    told = {part["sensor"]: part["detail"] for part in test["sensors"]}
    values = r"temperature [\d.]+ °C, humidity [\d.]+ %, air pressure [\d.]+ hPa"
    assert re.fullmatch(values, told["bme280"])
    assert told["button_a"] == "not pressed"
    assert re.fullmatch(r"[\d.]+ cm", told["hcsr04"])
    answer(capsys, "kit", "test", "--all", "--parts", "bme280")
    (row,) = answer(capsys, "kit", "test", "--all")["boards"]
    assert {part["sensor"] for part in row["test"]["sensors"]} >= {"bme280", "ldr"}
    assert "hcsr04" not in {part["sensor"] for part in row["test"]["sensors"]}
    (listed,) = answer(capsys, "kit", "list")["boards"]
    assert [entry["ok"] for entry in listed["tests"]] == [True] * 3


BROKEN = b"""class BME280:
 addresses = (0x76,)
 def __init__(self, i2c, address):
  pass
 def read(self):
  raise OSError(19)
"""


def break_a_sensor(port: str) -> None:
    """From now on the board's BME280 answers nothing."""
    link = open_link(port)
    with Session(link) as session:
        put_runtime(session, runtime_files(catalogue.boards()["esp32"]))
        write_file(session, "/lib/stem/bme280.py", BROKEN)
    link.close()


def test_a_part_that_does_not_answer_is_named_and_the_others_go_on(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str]
) -> None:
    (board,) = virtual_boards()
    break_a_sensor(board.port)
    words = ["kit", "test", "v1", "--parts", "bme280,hcsr04"]
    (row,) = answer(capsys, *words, code=1)["boards"]
    parts = {part["sensor"]: part["ok"] for part in row["test"]["sensors"]}
    assert parts == {
        "memory": True,
        "files": True,
        "boot": True,
        "bme280": False,
        "hcsr04": True,
    }
    (weak,) = [part for part in row["test"]["sensors"] if not part["ok"]]
    assert "19" in weak["detail"]


def test_a_part_that_the_board_has_no_place_for(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str]
) -> None:
    virtual_boards()
    assert main(["kit", "label", "v1", "--parts", "bme999"]) == 1
    assert "bme999" in capsys.readouterr().out
    assert Roster(places.kit()).all() == ()


def test_a_program_that_ran_runs_again(virtual_boards: StartBoards) -> None:
    (board,) = virtual_boards()
    program = b"import time\nwhile True:\n    print('still here')\n    time.sleep(0.1)\n"
    link = open_link(board.port)
    with Session(link) as session:
        write_file(session, "/main.py", program)
        session.restart_program()
    link.close()
    assert main(["kit", "label", "v1"]) == 0
    link = open_link(board.port)
    heard = b""
    for _ in range(50):
        heard += link.read(4096, 0.1)
        if b"still here" in heard:
            break
    link.close()
    assert b"still here" in heard


def test_the_progress_of_a_weak_board_is_a_failure(virtual_boards: StartBoards) -> None:
    (board,) = virtual_boards()
    break_a_sensor(board.port)
    events: list[Event] = []
    check_boards(list_boards(Around()), Roster(places.kit()), ("bme280",), events.append)
    (failed,) = [event for event in events if isinstance(event, BoardFailed)]
    assert isinstance(failed.error, PartsFailError)


class Texts(HTMLParser):
    """The text of every element, and how many elements of each kind there are."""

    def __init__(self) -> None:
        super().__init__()
        self.text: list[str] = []
        self.tags: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_the_sheet_has_a_label_a_board_and_hostile_names_are_text() -> None:
    boards = [
        KitBoard("240ac4e29526", 7, "<script>alert(1)</script>", "esp32"),
        KitBoard("a1", 12, "Sáu & bảy", "pico"),
    ]
    page = Texts()
    page.feed(label_sheet(boards, "Nhãn", "vi").decode())
    assert page.tags.count("article") == page.tags.count("svg") == 2
    assert "script" not in page.tags
    assert {"7", "12", "Sáu & bảy", "<script>alert(1)</script>"} <= set(page.text)


def test_the_code_is_what_a_phone_would_read() -> None:
    import segno

    text = code_text(KitBoard("240ac4e29526", 7))
    assert text == "STEM 7 240ac4e29526"
    made = segno.make(text, error="m", micro=False)
    assert (
        made.svg_inline(border=2, omitsize=True)
        in label_sheet([KitBoard("240ac4e29526", 7)], "x", "en").decode()
    )


def test_the_sheet_is_not_overwritten_without_force(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sheet = tmp_path / "labels.html"
    assert main(["kit", "label", "--sheet", str(sheet)]) == 2
    Roster(places.kit()).label("240ac4e29526")
    assert main(["kit", "label", "--sheet", str(sheet)]) == 0
    before = sheet.read_bytes()
    assert main(["kit", "label", "--sheet", str(sheet)]) == 2
    assert sheet.read_bytes() == before
    assert main(["kit", "label", "--sheet", str(sheet), "--force"]) == 0
    capsys.readouterr()


def test_the_list_in_a_pipe_is_one_line_a_board(tmp_path: Path) -> None:
    Roster(places.kit()).label("240ac4e29526", name="Bảy", model="esp32")
    run = subprocess.run(
        [sys.executable, "-m", "stemkit", "kit", "list"], capture_output=True, text=True, check=True
    )
    assert run.stdout == "1\tBảy\tesp32\t\t\t240ac4e29526\n"


def test_a_self_test_counts_the_boards_that_are_not_well_too(
    virtual_boards: StartBoards, capsys: pytest.CaptureFixture[str]
) -> None:
    virtual_boards(model="microbit-v2")
    virtual_boards(model="microbit-v2", blank=True)
    assert main(["kit", "test", "--all", "--lang", "en"]) == 1
    assert capsys.readouterr().out.endswith("1 board passed.\n1 board has a fault.\n")
