"""What `record show` computes, on a recording whose truth is known."""

from __future__ import annotations

import json
import math

import pytest

from stemkit.__main__ import main
from stemkit.formats.recording import encode_lines
from stemkit.model.recording import RecordingMeta
from stemkit.storage import places
from stemkit.storage.recordings import RecordingWriter, folder_for, recover
from stemkit.wire.tail import with_tail


@pytest.fixture
def swing() -> str:
    """A damped pendulum of 1.7 s, at 20 Hz, whose lines arrive up to 40 ms late."""
    meta = RecordingMeta(name="swing", started="2026-03-02T09:15:00.000+07:00")
    writer = RecordingWriter(folder_for(places.recordings(), "swing"), meta)
    for n in range(600):
        t = n * 0.05
        angle = 20 * math.exp(-t / 30) * math.sin(2 * math.pi * t / 1.7)
        line = with_tail(b"angle:%.2f" % angle, n, 500 + n * 50)
        late = 0.002 + 0.04 * (n % 5 == 0) * (n % 3) / 2
        writer.write(encode_lines("v1", [line], [3.0 + t + late]), b"")
    writer.end(meta)
    recover(writer.folder)
    return "swing"


def shown(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    assert main(["record", "show", *words, "--json"]) == 0
    [channel] = json.loads(capsys.readouterr().out)["channels"]
    assert isinstance(channel, dict)
    return channel


@pytest.mark.parametrize("kind", ["wave", "damped-wave"])
def test_the_period_of_a_pendulum(
    swing: str, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    channel = shown(capsys, swing, "--fit", kind)
    period = channel["fit"]["parameters"]["T"]  # type: ignore[index]
    assert period["value"] == pytest.approx(1.7, rel=0.005)
    assert period["unit"] == "s"


def test_only_a_part(swing: str, capsys: pytest.CaptureFixture[str]) -> None:
    whole = shown(capsys, swing)
    part = shown(capsys, swing, "--from-s", "5", "--to-s", "10")
    assert whole["n"] == 600
    assert part["n"] == 100
    assert whole["fit"] is None


def test_a_fit_is_told_in_words(swing: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--lang", "vi", "record", "show", swing, "--fit", "damped-wave"]) == 0
    told = capsys.readouterr().out
    period = next(line for line in told.splitlines() if line.strip().startswith("T ="))
    value, error = period.removeprefix("  T = ").removesuffix(" s").split(" ± ")
    assert float(value.replace(",", ".")) == pytest.approx(1.7, rel=0.001)
    assert 0 < float(error.replace(",", ".")) < 0.001
    assert "." not in value + error
    assert main(["record", "show", swing, "--fit", "wave", "--from-s", "900"]) == 0
    assert "no values" in capsys.readouterr().out


def test_lesson_and_firmware_of_the_boards_are_kept_and_shown(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = (
        b"#: v=1 board=7 lesson=02-temperature-humidity@1.0.0 ch=temp;;;; "
        b"fw=3.4.0; MicroPython v1.27.0 on 2025-12-09"
    )
    folder = folder_for(places.recordings(), "lesson")
    folder.path.mkdir(parents=True)
    rows = encode_lines("v1", [said, b"temp:20", b"temp:21"], [0.0, 1.0, 2.0])
    (folder.path / "raw.jsonl").write_bytes(rows)
    assert recover(folder).meta.lesson == "02-temperature-humidity@1.0.0"
    assert main(["record", "show", "lesson", "--lang", "en"]) == 0
    shown = capsys.readouterr().out
    assert "Lesson: 02-temperature-humidity@1.0.0" in shown
    assert "Firmware of v1: MicroPython v1.27.0 on 2025-12-09" in shown
    (board,) = folder.meta().boards
    assert (board.number, board.unique_id) == ("7", "")


def test_a_single_value_has_no_spread(capsys: pytest.CaptureFixture[str]) -> None:
    meta = RecordingMeta(name="one", started="2026-03-02T09:15:00.000+07:00")
    writer = RecordingWriter(folder_for(places.recordings(), "one"), meta)
    writer.write(encode_lines("v1", [b"angle:20.5"], [3.0]), b"")
    writer.end(meta)
    assert main(["record", "show", "one"]) == 0
    told = capsys.readouterr().out
    assert "a single value: 20.5" in told
    assert "nan" not in told
