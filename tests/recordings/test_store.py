"""Writing, recovering and finding recordings."""

from __future__ import annotations

import contextlib
import random
import sqlite3
from pathlib import Path

import pytest

from stemkit.errors import StemkitError
from stemkit.formats.recording import encode_lines
from stemkit.model.recording import RecordingMeta, RecordingState
from stemkit.storage.recordings import (
    RecordingFolder,
    RecordingIndex,
    RecordingWriter,
    find_recording,
    folder_for,
    recover,
)
from stemkit.storage.recordings.errors import (
    NoSuchRecordingError,
    RecordingBusyError,
    RecordingExistsError,
    RecordingNameError,
)
from stemkit.wire.tail import with_tail


def meta(name: str) -> RecordingMeta:
    return RecordingMeta(name=name, started="2026-03-02T09:15:00.000+07:00")


def some_lines(first: int, last: int, board: str = "v1") -> bytes:
    lines = [with_tail(b"temp:%d" % n, n, n * 100) for n in range(first, last)]
    return encode_lines(board, lines, [n * 0.1 for n in range(first, last)])


@pytest.fixture
def killed(tmp_path: Path) -> RecordingFolder:
    """A recording of 500 lines in several parts whose writer was killed."""
    folder = folder_for(tmp_path, "killed")
    writer = RecordingWriter(folder, meta("killed"), rotate_bytes=8000)
    for n in range(0, 500, 10):
        writer.write(some_lines(n, n + 10), b'{"t": 1.0, "board": "v1", "event": "mark"}\n')
    writer.sync()
    writer._close_files()
    writer._lock.release()  # as the system does with a killed process's lock
    return folder


def test_parts_follow_each_other(killed: RecordingFolder) -> None:
    assert len(killed.raw_parts()) > 3
    assert [line.t_s for line in killed.lines()] == [round(n * 0.1, 6) for n in range(500)]


def test_recover_counts_what_is_there(killed: RecordingFolder) -> None:
    found = recover(killed)
    assert found.torn_bytes == 0
    assert found.meta.state is RecordingState.RECOVERED
    assert (found.meta.totals.lines, found.meta.totals.rows, found.meta.totals.lost) == (
        500,
        500,
        0,
    )
    assert found.meta.totals.labels == ("temp",)
    assert found.meta.totals.seconds == 49.9
    assert found.meta.ended == "2026-03-02T09:15:49+07:00"
    assert [clock.board for clock in found.meta.clocks] == ["v1"]
    assert not (killed.path / ".writing").exists()
    assert not (killed.path / ".reserve").exists()
    assert recover(killed).meta == found.meta


@pytest.mark.parametrize(
    "tail", [b'{"t":50.0,"board":"v1","li', b"\0" * 200_000, b"{}\n" * 3, b"x" * 70_000]
)
def test_recover_cuts_a_torn_end_off(killed: RecordingFolder, tail: bytes) -> None:
    for name in ("raw.jsonl", "events.jsonl"):
        with (killed.path / name).open("ab") as file:
            file.write(tail)
    found = recover(killed)
    assert found.torn_bytes == 2 * len(tail)
    assert found.meta.totals.lines == 500
    assert len(list(killed.events())) == 50


def test_recover_at_any_length(killed: RecordingFolder) -> None:
    last = killed.path / "raw.jsonl"
    whole = last.read_bytes()
    before = 500 - whole.count(b"\n")
    dice = random.Random(2)
    for _ in range(30):
        cut = dice.randrange(len(whole) + 1)
        last.write_bytes(whole[:cut])
        assert recover(killed).meta.totals.lines == before + whole[:cut].count(b"\n")


@pytest.mark.parametrize("damage", [b"", b"{", b"\0" * 500, None])
def test_recover_without_meta(killed: RecordingFolder, damage: bytes | None) -> None:
    target = killed.path / "meta.json"
    target.unlink() if damage is None else target.write_bytes(damage)
    found = recover(killed)
    assert found.meta.name == "killed"
    assert found.meta.totals.lines == 500
    assert killed.meta() == found.meta


def test_what_is_being_written_is_left_alone(tmp_path: Path) -> None:
    folder = folder_for(tmp_path, "now")
    writer = RecordingWriter(folder, meta("now"))
    with pytest.raises(RecordingBusyError):
        recover(folder)
    with pytest.raises(RecordingBusyError):
        RecordingWriter(folder, meta("now"), force=True)
    writer.end(meta("now"))
    assert sorted(p.name for p in folder.path.iterdir()) == [
        "events.jsonl",
        "meta.json",
        "raw.jsonl",
    ]


def test_nothing_is_overwritten_without_force(killed: RecordingFolder) -> None:
    before = {p.name: p.read_bytes() for p in killed.path.iterdir()}
    with pytest.raises(RecordingExistsError):
        RecordingWriter(killed, meta("killed"))
    assert {p.name: p.read_bytes() for p in killed.path.iterdir()} == before
    writer = RecordingWriter(killed, meta("killed"), force=True)
    writer.write(some_lines(0, 1), b"")
    writer.end(meta("killed"))
    assert len(list(killed.lines())) == 1
    assert [p.name for p in killed.path.parent.iterdir()] == ["killed"]


def test_a_folder_that_is_no_recording_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"x")
    with pytest.raises(RecordingExistsError):
        RecordingWriter(folder_for(tmp_path, "photos"), meta("photos"), force=True)
    assert (tmp_path / "photos" / "a.jpg").exists()


@pytest.mark.parametrize(
    "name", ["", " ", "..", ".x", "a:b", "con", "NUL.txt", "a?", "-x", "x" * 90, "a.", "a\x1b"]
)
def test_names_that_some_system_refuses(tmp_path: Path, name: str) -> None:
    with pytest.raises(RecordingNameError):
        folder_for(tmp_path, name)


def test_names_and_paths(tmp_path: Path) -> None:
    assert folder_for(tmp_path, "con lắc 1").path == tmp_path / "con lắc 1"
    assert folder_for(tmp_path, str(tmp_path / "usb" / "a")).path == tmp_path / "usb" / "a"
    with pytest.raises(NoSuchRecordingError):
        find_recording(tmp_path, "none")


def test_a_recording_is_found_by_name_and_by_path(killed: RecordingFolder) -> None:
    home = killed.path.parent
    for name in ("killed", str(killed.path), str(killed.path / "raw.jsonl")):
        assert find_recording(home, name).path == killed.path


def test_the_list_follows_what_is_there(killed: RecordingFolder, tmp_path: Path) -> None:
    index = RecordingIndex(tmp_path)
    assert [(row.folder, row.state, row.lines) for row in index.rows()] == [
        ("killed", "recording", 0)
    ]
    recover(killed)
    assert [(row.state, row.lines, row.labels) for row in index.rows()] == [
        ("recovered", 500, ("temp",))
    ]
    first = index.rows()
    (tmp_path / ".index.sqlite3").write_bytes(b"not a database" * 100)
    assert index.rows() == first
    assert index.rows() == first
    with contextlib.closing(sqlite3.connect(tmp_path / ".index.sqlite3")) as other:
        other.execute("update recordings set labels = 'no json'")
        other.commit()
    assert index.rows() == first
    assert index.rows() == first
    with contextlib.closing(sqlite3.connect(tmp_path / ".index.sqlite3")) as other:
        other.execute("begin exclusive")
        assert index.rows() == first
        assert (tmp_path / ".index.sqlite3").exists()  # the other goes on with it
    (tmp_path / ".index.sqlite3").unlink()
    assert index.rows() == first
    (killed.path / "meta.json").write_bytes(b"?")
    assert [row.state for row in index.rows()] == ["damaged"]
    killed.path.rename(tmp_path / "renamed")
    assert [row.folder for row in index.rows()] == ["renamed"]


def test_a_list_of_nothing(tmp_path: Path) -> None:
    assert RecordingIndex(tmp_path / "none").rows() == []
    assert not (tmp_path / "none").exists()


def test_a_failed_start_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(StemkitError) as caught:
        RecordingWriter(folder_for(tmp_path, str(tmp_path / "file" / "x")), meta("x"))
    assert caught.value.code in {"no-such-file", "recording-write"}
    assert [p.name for p in tmp_path.iterdir()] == ["file"]
