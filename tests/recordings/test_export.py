"""Exports, read back by other people's programs."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.__main__ import main
from stemkit.export.thin import Thinned, envelope
from stemkit.formats.readings_csv import PRESETS, Sheet, csv_bytes, harmless_cell
from stemkit.formats.recording import encode_event, encode_lines
from stemkit.model.reading import Readings
from stemkit.model.recording import RecordingMeta
from stemkit.storage import places
from stemkit.storage.recordings import RecordingWriter, folder_for, recover
from stemkit.wire.tail import with_tail

ROWS = 300


@pytest.fixture
def recording() -> str:
    """Two boards, a gap, a mark, units, a name and labels that mean harm."""
    folder = folder_for(places.recordings(), "con lắc")
    meta = RecordingMeta(name="con lắc", started="2026-03-02T09:15:00.000+07:00", operator="=7+1")
    writer = RecordingWriter(folder, meta)
    writer.write(
        encode_lines("v1", ["#: v=1 board=x ch=góc;°;MPU6050;-90;90".encode()], [0.0]), b""
    )
    for n in range(ROWS):
        seq = n if n < 100 else n + 5
        line = with_tail(f"góc:{20 * math.sin(n / 9):.3f},=x:1".encode(), seq, n * 50)
        writer.write(encode_lines("v1", [line], [n * 0.05]), b"")
        writer.write(encode_lines("@v2", [b"light:%d" % n], [n * 0.05 + 0.01]), b"")
    mark = {"t": 5.0, "board": "", "event": "mark", "text": "thả"}
    writer.write(b"", encode_event(mark))
    writer.end(meta)
    recover(folder)
    return "con lắc"


def exported(*words: str) -> int:
    return main(["record", "export", *words])


def test_a_kind_alone_names_the_file_after_the_recording(
    recording: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    assert exported(recording, "--plot", "png", "--channel", "light") == 0
    assert (tmp_path / "con lắc.png").read_bytes().startswith(b"\x89PNG")
    assert exported(recording, "--to", "xlsx") == 0
    assert (tmp_path / "con lắc.xlsx").read_bytes().startswith(b"PK")
    for wrong in ("picture", "table.csv", "a.jpg"):
        assert exported(recording, "--plot", wrong) == 2
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".png", ".xlsx"]


@pytest.mark.parametrize(("language", "axis"), [("vi", "Thời gian (s)"), ("en", "Time (s)")])
def test_a_drawing_needs_nothing_that_is_not_installed(
    recording: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str, axis: str
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    target = tmp_path / "a.svg"
    assert exported(recording, "--plot", str(target), "--lang", language) == 0
    picture = ElementTree.parse(target)
    texts = [node.text for node in picture.iter("{http://www.w3.org/2000/svg}text")]
    lines = list(picture.iter("{http://www.w3.org/2000/svg}polyline"))
    panels = texts.count(axis)
    assert panels > 1
    assert len(lines) >= panels
    assert exported(recording, "--plot", str(tmp_path / "a.png")) == 7


def test_a_picture_calls_channels_by_their_names(recording: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    for language in ("vi", "en"):
        target = tmp_path / f"{language}.svg"
        assert exported(recording, "--plot", str(target), "--lang", language) == 0
    drawn = [re.findall(r"<!-- (.*?) -->", (tmp_path / f"{n}.svg").read_text("utf-8"))
             for n in ("vi", "en")]  # fmt: skip
    assert "Ánh sáng" in drawn[0]
    assert "Light" in drawn[1]
    assert "góc (°)" in drawn[0]
    # Lux or per cent: nobody knows.
    assert not [text for text in drawn[0] if text.startswith("Ánh sáng (")]


def test_a_picture_of_names_that_mean_harm(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    pytest.importorskip("matplotlib")
    folder = folder_for(places.recordings(), "harm")
    writer = RecordingWriter(folder, RecordingMeta(name="harm", started=""))
    for n in range(8):
        line = rf"$\frac{{$:{n},漢<b>&:{n}"
        writer.write(encode_lines("$^$", [line.encode()], [n * 0.1]), b"")
        writer.write(encode_lines("<v2>", [line.encode()], [n * 0.1]), b"")
    writer.end(RecordingMeta(name="harm", started=""))
    recover(folder)
    title = "\x1b[2J$\\undefined{ & <script>"
    for ending in ("svg", "png"):
        target = tmp_path / f"a.{ending}"
        assert exported("harm", "--plot", str(target), "--title", title) == 0
    ElementTree.parse(tmp_path / "a.svg")
    assert "arning" not in capsys.readouterr().err
    assert not [warning for warning in recwarn if issubclass(warning.category, UserWarning)]


def test_units_that_boards_told_are_written_down_where_they_agree(tmp_path: Path) -> None:
    folder = folder_for(places.recordings(), "units")
    writer = RecordingWriter(folder, RecordingMeta(name="units", started=""))
    said = {"a": "temp:20,light:3,x:1", "b": "temp2:21,light:4,x:2"}
    said |= {"c": ">x:1§V", "d": ">x:1§A", "e": ">hum:40§g/kg"}
    for n in range(8):
        for board, line in said.items():
            writer.write(encode_lines(board, [line.encode()], [n * 0.1]), b"")
    writer.end(RecordingMeta(name="units", started=""))
    recover(folder)
    target = tmp_path / "a.csv"
    assert exported("units", "--to", str(target)) == 0
    head = target.read_text("utf-8").splitlines()[0].split(",")
    assert head[2:] == ["temp", "light", "x", "temp2", "hum (g/kg)"]


def test_csv_comes_back(recording: str, tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    assert exported(recording, "--to", str(target)) == 0
    rows = list(csv.reader(io.StringIO(target.read_text("utf-8"))))
    assert rows[0] == ["time", "t_s", "board", "góc (°)", "'=x", "light", "board_ms", "seq"]
    assert len(rows) == 2 * ROWS + 1
    assert rows[1][0] == "2026-03-02 09:15:00.000"
    v1 = [row for row in rows if row[2] == "v1"]
    assert [float(row[3]) for row in v1] == [round(20 * math.sin(n / 9), 3) for n in range(ROWS)]
    assert [int(row[6]) for row in v1] == [n * 50 for n in range(ROWS)]
    other = [row for row in rows if row[2] == "'@v2"]
    assert [row[5] for row in other] == [str(n) for n in range(ROWS)]
    assert other[0][3] == ""


def test_csv_for_systems_that_write_a_decimal_comma(recording: str, tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    assert exported(recording, "--to", str(target), "--preset", "semicolon") == 0
    data = target.read_bytes()
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig")), delimiter=";"))
    values = [row[3] for row in rows[1:] if row[2] == "v1"]
    assert [float(v.replace(",", ".")) for v in values][1] == round(20 * math.sin(1 / 9), 3)
    assert not any("." in cell for row in rows[1:] for cell in row[1:])


def test_csv_for_excel_and_for_a_pipe(
    recording: str, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert exported(recording, "--to", "-", "--preset", "excel", "-q") == 0
    printed = capfdbinary.readouterr().out
    assert printed.startswith(b"\xef\xbb\xbftime,")
    assert printed.count(b"\n") == 2 * ROWS + 1


@given(st.text(max_size=20), st.sampled_from(sorted(PRESETS)))
def test_no_cell_is_a_formula(text: str, preset: str) -> None:
    sheet = Sheet(labels=(text,), units={text: text})
    readings = Readings(text, (text,), ([-1.5],), [0.0], [0.0])
    data = b"".join(csv_bytes([readings], sheet, PRESETS[preset])).decode("utf-8-sig", "replace")
    rows = list(csv.reader(io.StringIO(data, newline=""), delimiter=PRESETS[preset].separator))
    for cell in (rows[0][-1], rows[1][1]):
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert rows[1][-1].replace(",", ".") == "-1.5"


def test_harmless_cells() -> None:
    assert harmless_cell("=cmd|' /C calc'!A0") == "'=cmd|' /C calc'!A0"
    assert harmless_cell("temp") == "temp"


def test_a_workbook_opens_and_has_charts(recording: str, tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    target = tmp_path / "a.xlsx"
    assert exported(recording, "--to", str(target)) == 0
    book = openpyxl.load_workbook(target)
    assert book.sheetnames[0] == "About"
    assert {"v1", "@v2", "Chart points", "What happened"} <= set(book.sheetnames)
    page = book["v1"]
    assert [cell.value for cell in page[1]][:4] == ["time", "t_s", "góc (°)", "'=x"]
    assert page.max_row == ROWS + 1
    assert page["C3"].value == round(20 * math.sin(1 / 9), 3)
    moment = page["A2"].value
    assert isinstance(moment, datetime)
    assert (moment.hour, moment.minute) == (9, 15)
    about = {row[0].value: row[1].value for row in book["About"].iter_rows(max_col=2)}
    assert about["Recording"] == "con lắc"
    assert about["Person's code"] == "'=7+1"
    assert len(book["About"]._charts) == 2
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type == "f"]


def test_parquet_comes_back(recording: str, tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    target = tmp_path / "a.parquet"
    assert exported(recording, "--to", str(target)) == 0
    table = pq.read_table(target)
    assert table.column_names == ["t_s", "board", "góc", "=x", "light", "board_ms", "seq"]
    assert table.num_rows == 2 * ROWS
    rows = [row for row in table.to_pylist() if row["board"] == "v1"]
    assert [row["seq"] for row in rows][98:102] == [98, 99, 105, 106]
    assert table.schema.field("góc").metadata == {b"unit": "°".encode()}
    assert table.schema.metadata[b"stemkit.name"] == "con lắc".encode()


def test_a_picture_for_a_report(recording: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    png, svg = tmp_path / "a.png", tmp_path / "a.svg"
    assert (
        exported(recording, "--plot", str(png), "--channel", "góc", "--title", "Con lắc đơn") == 0
    )
    assert png.read_bytes().startswith(b"\x89PNG")
    assert not list(tmp_path.glob("*.csv"))
    assert exported(recording, "--plot", str(svg)) == 0
    root = ElementTree.parse(svg).getroot()
    assert root.tag.endswith("svg")
    first = svg.read_bytes()
    assert exported(recording, "--plot", str(svg), "--force") == 0
    assert svg.read_bytes() == first
    assert exported(recording, "--plot", str(png), "--channel", "none", "--force") == 2


def test_nothing_is_overwritten(
    recording: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "a.csv"
    target.write_text("mine")
    assert exported(recording, "--to", str(target), "--json") == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "export-exists"
    assert target.read_text() == "mine"
    assert exported(recording, "--to", str(target), "--force", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["files"] == [{"path": str(target), "format": "csv", "rows": 2 * ROWS}]


def test_a_format_that_is_none(recording: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exported(recording, "--to", "a.docx", "--json") == 2
    assert json.loads(capsys.readouterr().err)["error"]["code"] == "export-kind"


def test_only_some_boards_and_channels(recording: str, tmp_path: Path) -> None:
    target = tmp_path / "a.csv"
    assert exported(recording, "--to", str(target), "--board", "v1", "--channel", "góc") == 0
    rows = list(csv.reader(io.StringIO(target.read_text("utf-8"))))
    assert rows[0] == ["time", "t_s", "board", "góc (°)", "board_ms", "seq"]
    assert len(rows) == ROWS + 1


def test_a_folder_is_where_the_file_goes(recording: str, tmp_path: Path) -> None:
    assert exported(recording, "--to", str(tmp_path)) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["con lắc.csv"]


def test_thinned_rows_are_spread_evenly() -> None:
    thin = Thinned(100)
    for n in range(12_345):
        thin.take((float(n),))
    times = [row[0] for row in thin.rows]
    assert 50 <= len(times) <= 100
    assert len({b - a for a, b in pairwise(times)}) == 1


def test_the_envelope_keeps_every_peak_and_gap() -> None:
    values = [math.sin(n / 50) for n in range(100_000)]
    values[77_777] = 9.0
    values[33_333] = math.nan
    xs, ys = envelope([float(n) for n in range(100_000)], values, 500)
    assert len(xs) <= 1501
    assert 9.0 in ys
    assert any(math.isnan(y) for y in ys)
    assert xs == sorted(xs)
