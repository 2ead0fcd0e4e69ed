"""The files of a recording: what is written comes back, however it was cut."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.formats.errors import RecordingMetaError
from stemkit.formats.recording import (
    decode_event,
    decode_line,
    decode_meta,
    encode_event,
    encode_lines,
    encode_meta,
    event_of,
)
from stemkit.model.reading import Channel, Described, Description, Gap, Happening, Kind
from stemkit.model.recording import BoardRecord, ClockRecord, RecordingMeta, RecordingState, Totals
from stemkit.wire.harmless import harmless_text

LINES = st.lists(
    st.one_of(st.binary(max_size=60), st.sampled_from([b"temp:23.5,hum:60", b'{"a": "b\\"}']))
)


@given(LINES, st.text(min_size=1, max_size=12))
def test_every_byte_of_every_line_comes_back(lines: list[bytes], board: str) -> None:
    board = harmless_text(board.encode("utf-8", "replace").decode())
    times = [i * 0.25 for i in range(len(lines))]
    rows = encode_lines(board, lines, times).splitlines()
    assert len(rows) == len(lines)
    assert [decode_line(row) for row in rows] == [
        (t, board, line) for t, line in zip(times, lines, strict=True)
    ]


def test_a_row_is_what_the_design_says() -> None:
    rows = encode_lines("v1", [b"temp:23.51"], [1.250431])
    assert json.loads(rows) == {"t": 1.250431, "board": "v1", "line": "temp:23.51"}


@given(st.binary(max_size=80))
def test_torn_rows_are_none(junk: bytes) -> None:
    decode_line(junk)
    decode_event(junk)
    whole = encode_lines("v1", [b"temp:23.51"], [1.25])
    assert all(decode_line(whole[:n]) is None for n in range(len(whole) - 1))


def test_happenings_become_events() -> None:
    gap = event_of(Gap("v1", 1.5, 3))
    assert gap == {"t": 1.5, "board": "v1", "event": "gap", "lost": 3}
    mark = event_of(Happening("", 2.0, Kind.MARK, {"text": "bật quạt"}))
    assert mark is not None
    assert decode_event(encode_event(mark)) == mark
    described = event_of(
        Described("v1", 0.0, Description(board="7", channels=(Channel("t", "°C"),)))
    )
    assert described is not None
    assert (described["board"], described["says_board"]) == ("v1", "7")
    assert decode_event(encode_event(described)) is not None


META = RecordingMeta(
    name="con lắc 1",
    started="2026-03-02T09:15:00.000+07:00",
    time_zone="Asia/Ho_Chi_Minh",
    setup='[[formula]]\nlabel = "f"\nformula = "temp*1.8+32"\n',
    boards=(BoardRecord("v1", "usb:1", channels=(Channel("temp", "°C", "DHT22", -40.0, 80.0),)),),
    clocks=(ClockRecord("v1", 0, 1.25, 2e-5),),
    state=RecordingState.COMPLETE,
    totals=Totals(lines=10, rows=9, labels=("temp",), seconds=1.5),
)


def test_meta_comes_back() -> None:
    assert decode_meta(encode_meta(META), "meta.json") == META


DAMAGE: list[dict[str, object]] = [
    {"schema": "other/1"},
    {"state": "?"},
    {"totals": 3},
    {"boards": [{}]},
    {"name": 4},
    {"setup": []},
]


@pytest.mark.parametrize("change", DAMAGE)
def test_a_damaged_meta_is_told(change: dict[str, object]) -> None:
    body = json.loads(encode_meta(META)) | change
    with pytest.raises(RecordingMetaError):
        decode_meta(json.dumps(body).encode(), "meta.json")
    with pytest.raises(RecordingMetaError):
        decode_meta(encode_meta(META)[:-20], "meta.json")


def test_a_folder_that_cannot_be_made_is_called_by_its_path(tmp_path: Path) -> None:
    from stemkit.errors import StemkitError
    from stemkit.storage.recordings import RecordingFolder, RecordingWriter

    (tmp_path / "taken").write_text("a file", "utf-8")
    folder = RecordingFolder(tmp_path / "taken" / "ro")
    with pytest.raises(StemkitError) as told:
        RecordingWriter(folder, RecordingMeta(name="ro", started=""))
    assert str(told.value.fields["path"]) == str(tmp_path / "taken" / "ro")
