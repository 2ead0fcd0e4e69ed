"""Made-up and edited recordings: what does not fit is named; honest ones pass."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from stemkit.actions.projects.verify_runs import check_data, check_provenance
from stemkit.formats.recording import encode_lines
from stemkit.model.verdict import Answer
from stemkit.storage.recordings import RecordingFolder

from .made import Line, lines, made_recording


def written(folder: RecordingFolder, rows: list[Line]) -> None:
    data = encode_lines("v1", [line.raw for line in rows], [line.t_s for line in rows])
    (folder.path / "raw.jsonl").write_bytes(data)


def provenance(folder: RecordingFolder) -> tuple[Answer, str]:
    check = check_provenance([folder])
    return check.answer, "\n".join(check.evidence)


def test_an_honest_recording_passes(tmp_path: Path) -> None:
    folder = made_recording(tmp_path / "first")
    answer, told = provenance(folder)
    assert answer is Answer.YES, told
    assert "0612" in told
    assert check_data([folder]).answer is Answer.YES


def test_an_honest_recording_with_gaps_resets_and_delays_passes(tmp_path: Path) -> None:
    sent = lines(600)
    del sent[100:103]
    for line in sent[300:]:  # the board was reset: its own counters begin anew
        line.seq, line.ticks_ms = line.seq - 317, line.ticks_ms - 34_000
    for line in sent[200:230]:  # the computer was busy for three seconds
        line.t_s = max(line.t_s, sent[229].t_s)
    events = [
        {"t": round(sent[100].t_s, 6), "board": "v1", "event": "gap", "lost": 3},
        {"t": round(sent[300].t_s, 6), "board": "v1", "event": "restarted", "segment": 1},
    ]
    answer, told = provenance(made_recording(tmp_path / "first", sent, events))
    assert answer is Answer.YES, told


def edited(rows: list[Line]) -> None:
    rows[50] = _Stale(rows[50].t_s, b"temp:99.00", rows[50].seq, rows[50].ticks_ms)


class _Stale(Line):
    @property
    def raw(self) -> bytes:
        return replace(Line(self.t_s, b"temp:20.50", self.seq, self.ticks_ms)).raw.replace(
            b"20.50", b"99.00"
        )


def cut_out(rows: list[Line]) -> None:
    del rows[80:90]


def cut_out_and_closed(rows: list[Line]) -> None:
    """Ten seconds are taken out, and all that the board numbers is made to fit."""
    del rows[80:180]
    for line in rows[80:]:
        line.seq -= 100
        line.t_s -= 10.0


def shifted(rows: list[Line]) -> None:
    for line in rows:
        line.t_s += 30.0


def shifted_from_a_row_on(rows: list[Line]) -> None:
    for line in rows[120:]:
        line.t_s += 2.0


def repeated(rows: list[Line]) -> None:
    rows.insert(60, replace(rows[59]))


def backwards(rows: list[Line]) -> None:
    rows[70].t_s -= 5.0


def numbered_back(rows: list[Line]) -> None:
    for line in rows[100:]:
        line.seq -= 40


CHEATS: dict[str, tuple[Callable[[list[Line]], None], str]] = {
    "edited": (edited, "check sum"),
    "cut out": (cut_out, "without a note: 10"),
    "cut out and closed": (cut_out_and_closed, "differ by"),
    "shifted": (shifted, "s away from those of meta.json"),
    "shifted from a row on": (shifted_from_a_row_on, "differ by"),
    "repeated": (repeated, "is there twice"),
    "backwards": (backwards, "time runs backwards"),
    "numbered back": (numbered_back, "falls back"),
}


@pytest.mark.parametrize("cheat", CHEATS)
def test_what_was_changed_is_named(tmp_path: Path, cheat: str) -> None:
    change, named = CHEATS[cheat]
    sent = lines(400)
    folder = made_recording(tmp_path / "first", sent)
    change(sent)
    written(folder, sent)
    answer, told = provenance(folder)
    assert answer is Answer.NO
    assert named in told


def test_a_filled_gap_is_named(tmp_path: Path) -> None:
    sent = lines()
    hole = sent[100:104]
    del sent[100:104]
    gap = {"t": round(sent[100].t_s, 6), "board": "v1", "event": "gap", "lost": 4}
    folder = made_recording(tmp_path / "first", sent, [gap])
    written(folder, [*sent[:100], *hole, *sent[100:]])
    answer, told = provenance(folder)
    assert answer is Answer.NO
    assert "are not missing" in told


def test_another_day_or_other_counts_are_named(tmp_path: Path) -> None:
    folder = made_recording(tmp_path / "first")
    meta = json.loads((folder.path / "meta.json").read_text())
    for change, named in (
        ({"started": "2026-02-01T09:15:00+07:00"}, "by the calendar"),
        ({"totals": meta["totals"] | {"lines": 900}}, "tells of 900 lines"),
    ):
        (folder.path / "meta.json").write_text(json.dumps(meta | change))
        answer, told = provenance(folder)
        assert answer is Answer.NO
        assert named in told


def test_rows_that_are_none_and_missing_lines_are_named(tmp_path: Path) -> None:
    folder = made_recording(tmp_path / "first")
    raw = folder.path / "raw.jsonl"
    rows = raw.read_bytes().splitlines(keepends=True)
    raw.write_bytes(b"".join([*rows[:10], b'{"t": 1.0, "bo\n', *rows[11:]]))
    answer, told = provenance(folder)
    assert answer is Answer.NO
    assert "raw.jsonl, line 11" in told
    raw.unlink()
    answer, told = provenance(folder)
    assert answer is Answer.NO
    assert "only numbers" in told


def test_lines_without_numbers_say_nothing(tmp_path: Path) -> None:
    folder = made_recording(tmp_path / "first")
    raw = folder.path / "raw.jsonl"
    rows = [json.loads(row) for row in raw.read_text().splitlines()]
    plain = [json.dumps(row | {"line": row["line"].split(",~")[0]}) + "\n" for row in rows]
    raw.write_text("".join(plain))
    answer, told = provenance(folder)
    assert answer is Answer.UNKNOWN
    assert "no line numbers" in told


def test_a_table_that_does_not_come_from_the_lines_is_named(tmp_path: Path) -> None:
    folder = made_recording(tmp_path / "first")
    table = folder.path / "data.csv"
    rows = table.read_text().splitlines(keepends=True)
    for cheat in (
        [*rows[:17], rows[17].replace("20.", "29."), *rows[18:]],
        [*rows[:17], *rows[18:]],
        [*rows, rows[-1]],
        rows[:-1],
    ):
        table.write_text("".join(cheat), newline="")
        check = check_data([folder])
        assert check.answer is Answer.NO
        assert "first: data.csv, line" in check.detail


def test_a_copy_is_no_second_measurement(tmp_path: Path) -> None:
    first, later = made_recording(tmp_path / "first"), lines()
    for line in later:
        line.t_s += 3600
    second = made_recording(tmp_path / "second", later)
    check = check_provenance([first, second])
    assert check.answer is Answer.NO
    assert "second: its lines are those of “first”" in check.detail
    for line in later:
        line.ticks_ms += 3_600_000
    third = made_recording(tmp_path / "third", later)
    assert check_provenance([first, third]).answer is Answer.YES


def test_meta_json_says_nothing_that_the_board_did_not(tmp_path: Path) -> None:
    sent = lines()
    sent.insert(3, _Told(sent[3].t_s, b"", 0, 0))
    folder = made_recording(tmp_path / "first", sent)
    assert provenance(folder)[0] is Answer.YES
    meta = folder.meta()
    assert meta.boards[0].firmware == "MicroPython v1.29.0"
    for field, word in (("firmware", "MicroPython v1.20.0"), ("lesson", "02-other@1.0.0")):
        folder.write_meta(replace(meta, boards=(replace(meta.boards[0], **{field: word}),)))
        answer, told = provenance(folder)
        assert answer is Answer.NO
        assert f"its {field} is “{word}”" in told


class _Told(Line):
    @property
    def raw(self) -> bytes:
        return b"#: v=1 board= lesson=06-pendulum@1.0.0 ch=temp;;;; fw=3.4.0; MicroPython v1.29.0"


def test_time_that_was_stretched_is_named_except_of_virtual_boards(tmp_path: Path) -> None:
    sent = lines(600)
    for line in sent:
        line.t_s *= 1.5
    folder = made_recording(tmp_path / "first", sent)
    virtual = provenance(folder)
    assert virtual[0] is Answer.YES
    assert "v1 (0612), a virtual one" in virtual[1]
    meta = folder.meta()
    folder.write_meta(replace(meta, boards=(replace(meta.boards[0], identity="usb:0612"),)))
    answer, told = provenance(folder)
    assert answer is Answer.NO
    assert "do not run alike (+33 %)" in told
    assert "virtual" not in told
