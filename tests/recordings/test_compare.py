"""Recordings of one experiment side by side: a table, and one picture with a line for each."""

from __future__ import annotations

import json
import math
from pathlib import Path
from xml.etree import ElementTree

import pytest

from stemkit.__main__ import main
from stemkit.formats.recording import encode_lines
from stemkit.model.recording import RecordingMeta
from stemkit.storage import places
from stemkit.storage.recordings import RecordingWriter, folder_for, recover

SVG = "{http://www.w3.org/2000/svg}"
Capture = pytest.CaptureFixture[str]


def record(
    name: str, period_s: float, boards: tuple[str, ...] = ("v1",), marks: bytes = b""
) -> None:
    """A swing of twenty seconds on each board."""
    folder = folder_for(places.recordings(), name)
    meta = RecordingMeta(name=name, started="2026-03-02T09:15:00.000+07:00")
    writer = RecordingWriter(folder, meta)
    for board in boards:
        told = b"#: v=1 board=x ch=angle;\xc2\xb0;MPU6050;-90;90"
        writer.write(encode_lines(board, [told], [0.0]), b"")
    for n in range(200):
        line = f"angle:{20 * math.cos(2 * math.pi * n / 10 / period_s):.3f}".encode()
        for board in boards:
            writer.write(encode_lines(board, [line], [n / 10]), b"")
    writer.write(b"", marks)
    writer.end(meta)
    recover(folder)


@pytest.fixture
def swings() -> None:
    record("con-lắc-ngắn", 1.0)
    record("con-lắc-dài", 2.0)


def compared(capsys: Capture, *words: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main(["record", "compare", *words, "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["schema"] == "stemkit.record.compare/1"
    found: list[dict[str, object]] = answer["channels"]
    return found


def names_in(picture: Path) -> list[str]:
    """The words of a picture that have a colour of their own: its legend."""
    root = ElementTree.fromstring(picture.read_bytes())
    return [str(text.text) for text in root.iter(f"{SVG}text") if text.get("fill")]


def without_matplotlib(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec", lambda name: None if name == "matplotlib" else real(name)
    )


@pytest.mark.usefixtures("swings")
def test_the_numbers_of_all_stand_side_by_side(capsys: Capture) -> None:
    rows = compared(capsys, "con-lắc-ngắn", "con-lắc-dài")
    assert [row["recording"] for row in rows] == ["con-lắc-ngắn", "con-lắc-dài"]
    assert {(row["label"], row["unit"], row["n"]) for row in rows} == {("angle", "°", 200)}
    assert main(["record", "compare", "con-lắc-ngắn", "con-lắc-dài", "--lang", "vi"]) == 0
    out = capsys.readouterr().out.splitlines()
    assert out[0].split("\t")[:2] == ["Kênh", "Bản ghi"]
    assert out[1].split("\t")[:3] == ["angle (°)", "con-lắc-ngắn", "200"]


@pytest.mark.usefixtures("swings")
def test_a_picture_has_a_line_for_each_in_the_order_they_were_named(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_matplotlib(monkeypatch)
    picture = tmp_path / "swings.svg"
    words = ["record", "compare", "con-lắc-ngắn", "con-lắc-dài", "--plot", str(picture)]
    assert main(words) == 0
    assert names_in(picture) == ["con-lắc-ngắn", "con-lắc-dài"]
    root = ElementTree.fromstring(picture.read_bytes())
    assert len(list(root.iter(f"{SVG}polyline"))) == 2
    before = picture.read_bytes()
    assert main(words) == 2
    assert "--force" in capsys.readouterr().err
    assert picture.read_bytes() == before


def first_times(picture: Path, capsys: Capture, *words: str) -> list[float]:
    """Where on the picture's width each line begins."""
    assert main(["record", "compare", "drop-1", "drop-2", *words, "--plot", str(picture)]) == 0
    capsys.readouterr()
    root = ElementTree.fromstring(picture.read_bytes())
    lines = [line.get("points", "") for line in root.iter(f"{SVG}polyline")]
    return [float(points.split()[0].split(",")[0]) for points in lines if points]


def test_recordings_are_lined_up_by_their_first_mark(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture, tmp_path: Path
) -> None:
    without_matplotlib(monkeypatch)
    event = b'{"t": %d.0, "board": "", "event": "%b", "text": "now"}\n'
    record("drop-1", 1.0, marks=event % (2, b"mark") + event % (12, b"mark"))
    record("drop-2", 1.0, marks=event % (8, b"trigger"))
    first, second = first_times(tmp_path / "start.svg", capsys)
    assert first == second
    first, second = first_times(tmp_path / "mark.svg", capsys, "--align", "mark")
    assert first > second + 20
    record("drop-3", 1.0)
    picture = str(tmp_path / "none.svg")
    given = ["drop-1", "drop-3", "--align", "mark", "--plot", picture]
    assert main(["record", "compare", *given]) == 2
    assert "drop-3" in capsys.readouterr().err
    assert not Path(picture).exists()


@pytest.mark.usefixtures("swings")
def test_a_picture_for_a_report(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    picture = tmp_path / "swings.png"
    assert main(["record", "compare", "con-lắc-ngắn", "con-lắc-dài", "--plot", str(picture)]) == 0
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_a_recording_of_several_boards_names_them(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_matplotlib(monkeypatch)
    record("pair", 1.0, ("v1", "v2"))
    record("a-name-that-is-so-long-that-it-fills-half-of-the-legend", 2.0)
    record("another-one-that-needs-more-room-than-what-is-left-there", 2.0)
    long = sorted({path.name for path in places.recordings().iterdir()} - {"pair"})
    lines = [row["recording"] for row in compared(capsys, "pair", *long)]
    assert lines == ["pair v1", "pair v2", *long]
    rows = compared(capsys, "pair", long[0], "--board", "v1")
    assert [row["recording"] for row in rows] == ["pair", long[0]]
    picture = tmp_path / "all.svg"
    assert main(["record", "compare", "pair", *long, "--plot", str(picture)]) == 0
    root = ElementTree.fromstring(picture.read_bytes())
    places_of = [
        (text.get("x"), text.get("y")) for text in root.iter(f"{SVG}text") if text.get("fill")
    ]
    assert len(set(places_of)) == 4
    assert len({y for _, y in places_of}) > 1


def test_one_recording_is_not_compared_with_nothing(capsys: Capture) -> None:
    record("alone", 1.0)
    assert main(["record", "compare", "alone"]) == 2
    assert "stemkit record list" in capsys.readouterr().err
    assert main(["record", "compare", "alone", "nobody"]) == 5


def test_two_folders_of_the_same_name_are_told_apart(capsys: Capture, tmp_path: Path) -> None:
    import shutil

    record("same", 1.0)
    home = places.recordings() / "same"
    shutil.copytree(home, tmp_path / "an" / "same")
    rows = compared(capsys, "same", str(tmp_path / "an" / "same"))
    assert [row["recording"] for row in rows] == ["same (1)", "same (2)"]
