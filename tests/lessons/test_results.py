"""`lesson results`: what a class measured, per student code, for other people's spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest

from stemkit.__main__ import main
from stemkit.formats.recording import encode_lines
from stemkit.formats.results_csv import HEADINGS, results_csv
from stemkit.model.recording import BoardRecord, RecordingMeta
from stemkit.model.results import Result
from stemkit.storage import places
from stemkit.storage.recordings import RecordingWriter, folder_for, recover
from stemkit.wire.tail import with_tail
from tests.conftest import StartBoards

LESSON = "02-temperature-humidity@1.0.0"


def breath(t_s: float, at_s: float = 60.0) -> tuple[float, float]:
    """Temperature and humidity around a breath."""
    since = t_s - at_s
    rise = 0.0 if since < 0 else 25 * 0.5 ** (max(0.0, since - 6) / 30)
    return 25 + rise / 8, 62 + rise


def recorded(
    where: Path,
    *,
    operator: str = "",
    lesson: str = LESSON,
    boards: tuple[str, ...] = ("v1",),
    at_s: float = 60.0,
    lose: int = 0,
    seconds: int = 240,
    text: str = "temp:{:.2f},hum:{:.2f}",
) -> Path:
    """A recording as `watch --record` leaves it, of a lesson with a reading every two seconds."""
    folder = folder_for(where.parent, str(where))
    known = tuple(BoardRecord(name, model="esp32") for name in boards)
    meta = RecordingMeta(name=where.name, started="2026-03-02T09:15:00.000+07:00",
                         operator=operator, lesson=lesson, boards=known)  # fmt: skip
    writer = RecordingWriter(folder, meta)
    for number, t_s in enumerate(range(0, seconds, 2)):
        if lose and number % lose == 1:
            continue
        for name in boards:
            line = with_tail(text.format(*breath(t_s, at_s)).encode(), number, t_s * 1000)
            writer.write(encode_lines(name, [line], [float(t_s)]), b"")
    writer.end(meta)
    recover(folder)
    return folder.path


def results(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict]:
    capsys.readouterr()
    code = main(["lesson", "results", *words, "--json"])
    streams = capsys.readouterr()
    return code, json.loads(streams.out or streams.err)


def test_a_class_as_a_spreadsheet_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path / "7a" / "breath-2", operator="HS02", at_s=500)
    recorded(tmp_path / "7a" / "breath-1", operator="HS01")
    recorded(tmp_path / "7a" / "HS03" / "thu-1", seconds=60, text="nhiet:{:.1f}")
    target = tmp_path / "7a.csv"
    assert main(["lesson", "results", str(tmp_path / "7a"), "--to", str(target)]) == 0
    data = target.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"), newline="")))
    assert [row["code"] for row in rows] == ["HS01", "HS02", "HS03"]
    first, second, third = rows
    assert list(first) == list(HEADINGS)
    assert (first["lesson"], first["version"]) == tuple(LESSON.split("@"))
    assert (first["check"], first["met"], first["demands"]) == ("yes", "4", "4")
    assert (first["seconds"], first["samples"], first["lost"]) == ("238.0", "120", "0")
    assert (first["channels"], first["problems"]) == ("temp hum", "")
    assert (second["check"], second["met"]) == ("no", "2")
    assert "hum" in second["problems"]
    assert (third["check"], third["met"], third["channels"]) == ("no", "0", "nhiet")


def test_lost_readings_are_counted_and_blamed_on_nobody(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path / "r", operator="HS01", lose=3)
    code, answer = results(capsys, str(tmp_path / "r"))
    (row,) = answer["rows"]
    assert code == 0
    assert (row["lost"], row["samples"], row["ok"]) == (40, 80, True)


def test_a_classroom_recorded_on_one_computer_has_a_row_a_board(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path / "all", boards=("7", "12"))
    _, answer = results(capsys, str(tmp_path / "all"))
    assert [(row["code"], row["ok"]) for row in answer["rows"]] == [("12", True), ("7", True)]


def test_one_lesson_alone_and_recordings_that_name_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path / "a" / "one", operator="HS01", lesson="")
    recorded(tmp_path / "a" / "two", operator="HS02", lesson="01-first-light@1.0.0")
    recorded(tmp_path / "a" / "three", operator="HS03", lesson="77-elsewhere@2.0.0")
    _, answer = results(capsys, str(tmp_path / "a"))
    told = {row["code"]: (row["lesson"], row["ok"]) for row in answer["rows"]}
    assert told == {
        "HS01": (None, None),
        "HS02": ("01-first-light", False),
        "HS03": ("77-elsewhere", None),
    }
    _, answer = results(capsys, str(tmp_path / "a"), "--lesson", "02")
    assert [(row["code"], row["ok"]) for row in answer["rows"]] == [("HS01", True)]


def test_a_damaged_recording_is_told_and_the_others_are_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path / "a" / "whole", operator="HS01")
    path = recorded(tmp_path / "a" / "torn", operator="HS02")
    (path / "meta.json").write_bytes(b"{")
    code, answer = results(capsys, str(tmp_path / "a"))
    assert code == 1
    assert [row["code"] for row in answer["rows"]] == ["HS01"]
    assert [(Path(u["path"]).name, u["code"]) for u in answer["unread"]] == [
        ("torn", "recording-meta")
    ]


def test_a_stick_that_means_harm_moves_no_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recorded(tmp_path / "a" / "one", operator="\x1b]0;x\x07HS\n01", lesson="\x1b[2J")
    path = recorded(tmp_path / "a" / "two", operator="HS02")
    meta = json.loads((path / "meta.json").read_bytes())
    for field, value in (("name", ["v1"]), ("lesson", 7), ("model", None)):
        (path / "meta.json").write_text(
            json.dumps({**meta, "boards": [{**meta["boards"][0], field: value}]})
        )
        capsys.readouterr()
        assert main(["lesson", "results", str(tmp_path / "a")]) == 1
        streams = capsys.readouterr()
        assert "\x1b" not in streams.out + streams.err
        assert "meta.json" in streams.err
    _, answer = results(capsys, str(tmp_path / "a"))
    assert [(row["code"], row["lesson"]) for row in answer["rows"]] == [("HS\ufffd01", None)]


def test_a_recording_that_is_named_twice_counts_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded(tmp_path / "a" / "one", operator="HS01")
    _, answer = results(capsys, str(tmp_path / "a"), str(path), str(tmp_path))
    assert len(answer["rows"]) == 1


def test_nothing_to_read_is_an_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, answer = results(capsys, str(tmp_path))
    assert (code, answer["error"]["code"]) == (5, "no-recordings")
    code, answer = results(capsys, "never-recorded")
    assert (code, answer["error"]["code"]) == (5, "no-such-recording")


def test_no_cell_is_a_formula_and_half_a_second_is_written_as_vietnamese_do() -> None:
    row = Result('=1+1;"x"', "", "", "r", "@b", "", 1.5, 1, 0, 0, ("=a",), 0, 0, ())
    from stemkit.formats.readings_csv import PRESETS

    text = results_csv([row], PRESETS["semicolon"]).decode("utf-8-sig")
    (cells,) = list(csv.reader(io.StringIO(text, newline=""), delimiter=";"))[1:]
    assert cells[0] == '\'=1+1;"x"'
    assert (cells[4], cells[6], cells[10]) == ("'@b", "1,5", "'=a")


def test_what_a_student_records_is_what_the_teacher_reads(
    virtual_boards: StartBoards, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (board,) = virtual_boards(paced=True)
    assert main(["deploy", "02", board.name]) == 0
    words = ["watch", "--record", "ha-hoi-1", "--student", "HS07", "--plain", "--for", "6"]
    assert main(words) == 0
    shutil.copytree(places.recordings() / "ha-hoi-1", tmp_path / "stick" / "ha-hoi-1")
    _, answer = results(capsys, str(tmp_path / "stick"))
    (row,) = answer["rows"]
    assert (row["code"], row["lesson"]) == ("HS07", "02-temperature-humidity")
    assert {"temp", "hum"} <= set(row["channels"])
    # Nobody breathed on the sensor in these seconds, and that is what is said.
    assert (row["demands"], row["ok"]) == (4, False)
    assert row["met"] >= 2
