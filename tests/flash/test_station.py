"""`flash --station`: boards come and go, nobody presses a key."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from stemkit.actions.flashing.image import OneImage, Source
from stemkit.actions.flashing.one_board import Workshop
from stemkit.actions.flashing.station import Station, Visit
from stemkit.actions.sim import plug, unplug
from stemkit.cli.large import large, large_rows
from stemkit.storage import places
from stemkit.storage.roster import Roster
from stemkit.storage.station_log import COLUMNS, StationLog
from stemkit.storage.unfinished import UnfinishedBoards
from tests.cli.terminal import Terminal
from tests.conftest import StartBoards
from tests.made_images import esp32_image, esp_firmware, pico_uf2


class Bench:
    """A station that is driven by hand."""

    def __init__(self, image: bytes) -> None:
        self.visits: list[Visit] = []
        self.gone: list[str] = []
        self.station = Station(
            Workshop(OneImage(Source("test", image))),
            Roster(places.kit()),
            StationLog(places.station_log()),
            self.visits.append,
            self.gone.append,
        )

    def until(self, count: int, limit_s: float = 30.0) -> list[Visit]:
        """Look until `count` boards are done and nothing runs any more."""
        ends_s = time.monotonic() + limit_s
        while len(self.visits) < count or self.station.working:
            assert not self.station.faults
            assert time.monotonic() < ends_s, self.visits
            self.station.look()
            time.sleep(0.05)
        self.station.look()
        return self.visits


@pytest.fixture
def bench(virtual_boards: StartBoards) -> Iterator[Bench]:
    virtual_boards(3, blank=True)
    for name in ("v1", "v2", "v3"):
        unplug(name)
    made = Bench(esp_firmware("esp32"))
    yield made
    made.station.shop.stop.set()


def log_rows() -> list[dict[str, str]]:
    (path,) = places.station_log().glob("*.csv")
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_boards_are_flashed_tested_numbered_and_known_again(bench: Bench) -> None:
    bench.station.look()
    assert bench.visits == []
    plug("v1")
    (first,) = bench.until(1)
    assert (first.flash.status, first.good, first.seen_before) == ("flashed", True, False)
    assert first.board is not None
    assert first.board.number == 1
    assert first.test is not None
    assert first.test.ok
    plug("v2")
    second = bench.until(2)[1]
    assert second.board is not None
    assert second.board.number == 2
    unplug("v1")
    bench.station.look()
    assert bench.gone == ["v1"]
    plug("v1")
    again = bench.until(3)[2]
    assert (again.flash.status, again.seen_before) == ("unchanged", True)
    assert again.board is not None
    assert again.board.number == 1
    assert [row["number"] for row in log_rows()] == ["1", "2", "1"]
    assert [row["status"] for row in log_rows()] == ["flashed", "flashed", "unchanged"]
    assert [len(board.tests) for board in Roster(places.kit()).all()] == [2, 1]


def test_a_board_that_stays_is_done_once(bench: Bench) -> None:
    plug("v1")
    bench.until(1)
    for _ in range(10):
        bench.station.look()
    assert len(bench.until(1)) == 1


def test_three_at_once_and_one_is_wrong(bench: Bench, virtual_boards: StartBoards) -> None:
    (other,) = virtual_boards(1, blank=True, model="esp32-s3")
    for name in ("v1", "v2", "v3"):
        plug(name)
    visits = bench.until(4)
    assert sorted(visit.good for visit in visits) == [False, True, True, True]
    (bad,) = [visit for visit in visits if not visit.good]
    assert bad.flash.name == other.name
    assert bad.flash.error is not None
    assert {row["error"] for row in log_rows()} == {"", "wrong-chip"}


def test_a_pico_that_restarts_is_still_the_same_visit(virtual_boards: StartBoards) -> None:
    (board,) = virtual_boards(1, model="pico", blank=True)
    bench = Bench(pico_uf2())
    (visit,) = bench.until(1)
    assert (visit.flash.status, visit.good) == ("flashed", True)
    assert visit.flash.unique_id == board.unique_id
    for _ in range(10):
        bench.station.look()
        time.sleep(0.05)
    assert len(bench.visits) == 1


def test_a_board_that_is_pulled_out_too_early_is_told_and_marked(
    virtual_boards: StartBoards,
) -> None:
    (board,) = virtual_boards(1, blank=True, paced=True)
    bench = Bench(esp32_image())
    bench.station.look()
    time.sleep(3.0)
    unplug(board.name)
    (visit,) = bench.until(1, 40.0)
    assert visit.flash.error is not None
    assert [mark.board for mark in bench.station.shop.unfinished.all()] == [board.name]


def test_the_command_writes_json_lines_and_ends_in_order(
    virtual_boards: StartBoards, tmp_path: Path
) -> None:
    virtual_boards(2, blank=True)
    file = tmp_path / "made.bin"
    file.write_bytes(esp_firmware("esp32"))
    command = [sys.executable, "-m", "stemkit", "flash", "--station", "--firmware", str(file)]
    run = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    rows = [json.loads(run.stdout.readline()) for _ in range(2)]
    run.send_signal(signal.SIGINT)
    assert run.wait(timeout=30) == 0
    assert {row["schema"] for row in rows} == {"stemkit.flash/1"}
    assert {(row["status"], row["error"], row["test"]["ok"]) for row in rows} == {
        ("flashed", None, True)
    }
    assert {row["kit_number"] for row in rows} == {1, 2}


def test_on_a_terminal_each_row_has_its_number_and_what_is_wrong_stays(
    virtual_boards: StartBoards, tmp_path: Path
) -> None:
    virtual_boards(2, blank=True)
    virtual_boards(model="pico", blank=True)
    file = tmp_path / "made.bin"
    file.write_bytes(esp_firmware("esp32"))
    with Terminal("flash", "--station", "--firmware", str(file), COLUMNS="100") as station:
        picture = re.sub(r"\x1b\[[0-9;]*m", "", station.see("Ready: 2   Not ready: 1"))
        assert re.search(r"no\. 1 \(v[12]\) +OK ", picture)
        assert re.search(r"no\. 2 \(v[12]\) +OK ", picture)
        station.process.send_signal(signal.SIGINT)
        station.see("1 board failed.")
        assert "chip rp2040" in station.see("What to do")
        assert station.ended() == 0


def test_a_station_that_is_stopped_marks_the_board_it_was_at(
    virtual_boards: StartBoards, tmp_path: Path
) -> None:
    (board,) = virtual_boards(1, blank=True, paced=True)
    file = tmp_path / "real.bin"
    file.write_bytes(esp32_image())
    command = [sys.executable, "-m", "stemkit", "flash", "--station", "--firmware", str(file)]
    run = subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stderr is not None
    for line in run.stderr:
        if "Writing" in line:
            break
    time.sleep(0.5)
    os.kill(run.pid, signal.SIGINT)
    assert run.wait(timeout=30) == 0
    assert "again before they are used: v1" in run.stderr.read()
    assert board.unique_id in UnfinishedBoards(places.unfinished())


def test_a_cell_that_a_spreadsheet_would_run_is_text(tmp_path: Path) -> None:
    log = StationLog(tmp_path)
    day = date(2026, 11, 21)
    log.add(day, {"name": "=1+1", "number": 7})
    path = log.add(day, {"name": 'a "quoted", name', "error": "wrong-chip"})
    rows = list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))
    assert [row["name"] for row in rows] == ["'=1+1", 'a "quoted", name']
    assert list(rows[0]) == list(COLUMNS)


def test_the_large_word_is_as_tall_as_it_says_and_no_row_is_longer() -> None:
    for mark in ("", "good", "weak", "bad"):
        rows = large_rows(1234567890, mark)
        assert len(rows) == 5
        assert len({len(row) for row in rows}) == 1
    console = Console(width=80, force_terminal=True, color_system=None)
    with console.capture() as captured:
        console.print(large(17, "READY", "bold white on green", "good"))
    lines = captured.get().splitlines()
    assert len(lines) == 7
    assert len({len(line) for line in lines}) == 1
