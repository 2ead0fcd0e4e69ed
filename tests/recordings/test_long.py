"""Long recordings: they end at once, a slow disk holds boards back, and reading is by the block."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stream.boards import Box, PtyBoard, until

from stemkit.actions.readings import record
from stemkit.actions.readings.record import About, Recorder
from stemkit.actions.stream import BoardAddress, Mailbox, Stream, mailbox
from stemkit.formats.readings_csv import PRESETS, Sheet, csv_bytes
from stemkit.formats.recording import RawLine, decode_line, decode_lines, encode_lines
from stemkit.links import open_link
from stemkit.model.reading import Kind, Readings
from stemkit.model.recording import RecordingState
from stemkit.storage.recordings import folder_for


@pytest.fixture
def board(tmp_path: Path) -> Iterator[PtyBoard]:
    made = PtyBoard(tmp_path, "b0")
    yield made
    made.close()


def open_where_it_is(port: str, baud: int) -> object:
    return open_link(str(Path(port).resolve()), baud)


def recorded(board: PtyBoard, home: Path, lines: int) -> tuple[Recorder, Box]:
    stream = Stream([BoardAddress("b0", board.port)], open_where_it_is)  # type: ignore[arg-type]
    recorder = Recorder(stream, folder_for(home, "long"), About())
    box = Box()
    stream.subscribe(box)
    with stream:
        assert until(lambda: stream.stations["b0"].link is not None)
        board.print(b"cut\n" + b"".join(b"n:%d\n" % n for n in range(lines)))
        assert until(lambda: box.rows("b0") == lines, 30)
        recorder.stop()
    return recorder, box


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_the_table_of_a_long_recording_is_left_for_later(
    board: PtyBoard, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(record, "MOST_LINES_AT_ONCE", 99)
    recorder, _ = recorded(board, tmp_path, 100)
    meta = recorder.folder.meta()
    assert (meta.state, meta.totals.rows) == (RecordingState.COMPLETE, 100)
    assert not (recorder.folder.path / "data.csv").exists()
    path = record.write_data(recorder.folder, meta)
    assert len(path.read_bytes().splitlines()) == 101


@pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")
def test_boards_wait_for_a_disk_that_does_not_keep_up(
    board: PtyBoard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailbox, "FULL_ROWS", 1000)
    slow = Mailbox("slow", None)
    stream = Stream([BoardAddress("b0", board.port)], open_where_it_is)  # type: ignore[arg-type]
    stream.subscribe(slow)
    box = Box(most_rows=10**6)
    stream.subscribe(box)
    taken = 0

    def look() -> bool:
        """Takes nothing before the box is full."""
        nonlocal taken
        if slow.full or box.rows("b0") == 6000:
            taken += sum(delivery.rows() for delivery in slow.take())
        return taken == 6000

    with stream:
        assert until(lambda: stream.stations["b0"].link is not None)
        board.print(b"cut\n")
        for n in range(6000):
            board.print(b"n:%d\n" % n)
            look()
        assert until(look, 30)
    assert Kind.HELD_BACK in box.kinds()


LINES = st.lists(
    st.binary(max_size=30).map(lambda line: line.replace(b"\n", b"").replace(b"\r", b"")),
    max_size=20,
)


@given(
    st.lists(st.tuples(st.sampled_from(["b0", "Bàn 7", 'a"b', "back\\slash"]), LINES), max_size=6),
    st.lists(st.sampled_from([b"junk\n", b'{"t":1}\n', b'{"t":"x","board":"b","line":"n:1"}\n'])),
)
def test_blocks_are_read_as_single_rows_are(
    parts: list[tuple[str, list[bytes]]], junk: list[bytes]
) -> None:
    rows = b"".join(
        encode_lines(b, lines, [0.5 * i for i in range(len(lines))]) for b, lines in parts
    )
    single = [found for row in rows.split(b"\n") if (found := decode_line(row + b"\n"))]
    assert list(decode_lines(rows)) == single
    assert list(decode_lines(b"".join(junk) + rows)) == single
    assert [line.line for line in single] == [line for _, lines in parts for line in lines]


def test_rows_that_only_look_plain_are_not_believed() -> None:
    good = b'{"t":1.000000,"board":"b","line":"n:1"}\n'
    for bad in (
        b'{"t":1.000000,"board":"b","line":"n:1","line":"n:2"}\n',
        b'{"t":1.000000,"board":"b","line":"n:\\u0031"}\n',
        b' {"t":1.000000,"board":"b","line":"n:1"}\n',
        b'{"t":1.000000,"board":"b","line":"n:1"\n',
    ):
        found = list(decode_lines(good + bad + good))
        alone = decode_line(bad)
        expected = [RawLine(1.0, "b", b"n:1")] * 2
        expected[1:1] = [alone] if alone else []
        assert found == expected


def test_a_second_of_the_table_ends_where_the_clock_says() -> None:
    sheet = Sheet(("x",), started=datetime.fromisoformat("2026-02-28T23:59:59.900+07:00"))
    times = [0.0, 0.0999, 0.1, 86400.25]
    readings = Readings("=b", ("x",), ([1.5, float("nan"), 1e-7, -3.0],), times, times)
    rows = b"".join(csv_bytes([readings], sheet)).decode().split("\r\n")
    assert rows[1:-1] == [
        "2026-02-28 23:59:59.900,0.0000,'=b,1.5",
        "2026-02-28 23:59:59.999,0.0999,'=b,",
        "2026-03-01 00:00:00.000,0.1000,'=b,1e-07",
        "2026-03-02 00:00:00.150,86400.2500,'=b,-3",
    ]
    one = replace(readings, columns=([2.5],), t_s=[0.5], host_s=[0.5])
    text = b"".join(csv_bytes([one], sheet, PRESETS["semicolon"])).decode()
    assert text.split("\r\n")[1] == "2026-03-01 00:00:00.400;0,5000;'=b;2,5"
