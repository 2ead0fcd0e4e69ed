"""Recording a stream: every line is kept, the disk may fail, the display goes on."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from stream.boards import Box, PtyBoard, until

from stemkit.actions.readings.record import About, Recorder
from stemkit.actions.stream import BoardAddress, Stream
from stemkit.errors import ReadOnlyDiskError
from stemkit.links import open_link
from stemkit.model.link import Link
from stemkit.model.reading import Happening, Kind
from stemkit.model.recording import RecordingState
from stemkit.storage import places
from stemkit.storage.flashed import Flashed
from stemkit.storage.recordings import RecordingFolder, folder_for, recover
from stemkit.storage.roster import Roster
from stemkit.wire.tail import with_tail
from stemkit.words import set_language

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="pseudo-terminals")


@pytest.fixture
def boards(tmp_path: Path) -> Iterator[list[PtyBoard]]:
    made = [PtyBoard(tmp_path, f"b{i}") for i in range(2)]
    yield made
    for board in made:
        board.close()


def open_where_it_is(port: str, baud: int) -> Link:
    return open_link(str(Path(port).resolve()) if Path(port).is_symlink() else port, baud)


def stream_of(boards: list[PtyBoard]) -> Stream:
    return Stream([BoardAddress(b.name, b.port) for b in boards], open_where_it_is)


def ready(stream: Stream) -> bool:
    if not until(lambda: all(s.link is not None for s in stream.stations.values())):
        return False
    time.sleep(0.1)
    return True


def test_a_recording_holds_every_line_and_what_happened(
    boards: list[PtyBoard], tmp_path: Path
) -> None:
    stream = stream_of(boards)
    recorder = Recorder(stream, folder_for(tmp_path, "full"), About(operator="k7", club="THCS 1"))
    box = Box()
    stream.subscribe(box)
    with stream:
        assert ready(stream)
        for n in range(400):
            boards[0].print(with_tail(b"temp:%d.5,hum:60" % n, n + (n > 200), n * 10) + b"\n")
            boards[1].print(b"light:%d\r\n" % n)
        boards[1].print(b"hello \xff\n")
        stream.mark("bật quạt")
        assert until(lambda: box.rows("b0") == 400 and box.rows("b1") == 400)
        assert until(lambda: Kind.MARK in box.kinds())
        ended = recorder.stop()
    assert ended.error is None
    meta = ended.folder.meta()
    assert meta == ended.meta
    assert meta.state is RecordingState.COMPLETE
    assert (meta.totals.lines, meta.totals.rows, meta.totals.lost) == (801, 800, 1)
    assert (meta.operator, meta.club) == ("k7", "THCS 1")
    assert {b.name: [c.label for c in b.channels] for b in meta.boards} == {
        "b0": ["temp", "hum"],
        "b1": ["light"],
    }
    assert [clock.board for clock in meta.clocks] == ["b0"]
    lines = list(ended.folder.lines())
    assert [line.line for line in lines if line.board == "b1"] == box.raw("b1")
    events = [event["event"] for event in ended.folder.events()]
    assert "recording-started" in events[:3]
    assert events[-1] == "recording-stopped"
    assert {"connected", "gap", "mark", "form"} <= set(events)
    assert "text" not in events
    data = (ended.folder.path / "data.csv").read_text("utf-8").splitlines()
    assert data[0] == "time,t_s,board,temp,hum,light,board_ms,seq"
    assert len(data) == 801
    assert recover(ended.folder).meta.totals == meta.totals


@pytest.mark.parametrize(
    ("build", "told"), [("v1.27.0 on 2025-12-09", "ab" * 32), ("v1.26.0 on 2025-08-09", "")]
)
def test_the_firmware_that_was_flashed_here_is_named_by_its_sum(
    boards: list[PtyBoard], tmp_path: Path, build: str, told: str
) -> None:
    number = Roster(places.kit()).label("240ac4", number=7).number
    Flashed(places.flashed()).remember("240ac4", "ab" * 32, build)
    stream = stream_of(boards)
    recorder = Recorder(stream, folder_for(tmp_path, "named"), About())
    box = Box()
    stream.subscribe(box)
    with stream:
        assert ready(stream)
        says = f"#: v=1 board={number} lesson= fw=3.4.0; MicroPython v1.27.0 on 2025-12-09\n"
        boards[0].print(says.encode() + b"n:1\n" * 5)
        boards[1].print(b"n:1\n" * 5)
        assert until(lambda: box.rows("b0") == box.rows("b1") == 5)
        meta = recorder.stop().meta
    assert [board.firmware_sha256 for board in meta.boards] == [told, ""]


def test_columns_that_a_header_names_later_have_their_names_in_the_whole_table(
    boards: list[PtyBoard], tmp_path: Path
) -> None:
    rows = b"".join(b"%d.5,%d,100\n" % (n, 20 + n) for n in range(10))
    stream = stream_of(boards[:1])
    recorder = Recorder(stream, folder_for(tmp_path, "joined"), About())
    box = Box()
    stream.subscribe(box)
    with stream:
        assert ready(stream)
        boards[0].print(b"9,9,9\n" + rows)
        assert until(lambda: box.rows("b0") >= 10)
        boards[0].print(b"Time (seconds),temp,light\n" + rows)
        assert until(lambda: box.rows("b0") >= 20)
        ended = recorder.stop()
    meta = ended.meta
    assert meta.totals.labels == ("temp", "light")
    assert [channel.label for channel in meta.boards[0].channels] == ["temp", "light"]
    table = (ended.folder.path / "data.csv").read_text("utf-8").splitlines()
    assert table[0] == "time,t_s,board,temp,light,board_ms,seq"
    values = [row.split(",")[3:5] for row in table[1:]]
    assert values[-20:] == [[str(20 + n), "100"] for n in range(10)] * 2
    again = recover(ended.folder).meta
    assert (again.totals, again.boards) == (meta.totals, meta.boards)


def test_recording_begins_and_ends_while_watching(boards: list[PtyBoard], tmp_path: Path) -> None:
    with stream_of(boards) as stream:
        assert ready(stream)
        box = Box()
        stream.subscribe(box)
        boards[0].print(b"n:1\n" * 10)
        assert until(lambda: box.rows("b0") == 10)
        time.sleep(0.3)
        recorder = Recorder(stream, folder_for(tmp_path, "part"), About())
        boards[0].print(b"n:2\n" * 20)
        assert until(lambda: box.rows("b0") == 30)
        first = recorder.stop()
        boards[0].print(b"n:3\n" * 5)
        assert until(lambda: box.rows("b0") == 35)
    times = [line.t_s for line in first.folder.lines()]
    assert len(times) == 20
    assert 0.0 <= times[0] < 0.25
    assert first.meta.totals.rows == 20
    assert first.meta.totals.seconds == pytest.approx(times[-1], abs=0.002)


def test_a_full_disk_ends_the_recording_and_not_the_display(
    boards: list[PtyBoard], tmp_path: Path
) -> None:
    code = """
import resource, sys, json
sys.path.insert(0, {tests!r})
from pathlib import Path
from recordings.test_recorder import full_disk
full_disk(Path(sys.argv[1]))
"""
    run = subprocess.run(
        [sys.executable, "-c", code.format(tests=str(Path(__file__).parents[1])), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout)
    assert told["seen"] == 6000
    assert told["error"] in {"recording-write", "disk-full"}
    folder = RecordingFolder(tmp_path / "full")
    rows = (folder.path / "raw.jsonl").read_bytes()
    assert rows.endswith(b"\n")
    assert all(json.loads(row) for row in rows.splitlines())
    kept = [line.line for line in folder.lines()]
    assert kept == [b"n:%d" % n for n in range(len(kept))]
    assert 0 < len(kept) < 6000
    meta = folder.meta()
    assert meta.totals.lines == len(kept)
    assert meta.state is RecordingState.COMPLETE
    last = list(folder.events())[-1]
    assert (last["event"], last["error"]) == ("recording-stopped", told["error"])


def full_disk(home: Path) -> None:
    """Records until a file can grow no more; run in a process of its own."""
    board = PtyBoard(home, "b0")
    stream = stream_of([board])
    recorder = Recorder(stream, folder_for(home, "full"), About())
    resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
    box = Box()
    stream.subscribe(box)
    with stream:
        ready(stream)
        for n in range(6000):
            board.print(b"n:%d\n" % n)
        until(lambda: box.rows("b0") == 6000, 30)
        until(lambda: Kind.RECORDING_STOPPED in box.kinds(), 30)
        stopped = [
            i for i in box.items() if isinstance(i, Happening) and i.kind is Kind.RECORDING_STOPPED
        ]
        ended = recorder.stop()
    assert ended.error is not None
    assert stopped[0].detail["error"] == ended.error.code
    print(json.dumps({"seen": box.rows("b0"), "error": ended.error.code}))


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="mounts a small disk")
def test_a_real_full_disk(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", str(disk)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("may not mount here")
    board = PtyBoard(tmp_path, "b0")
    try:
        stream = stream_of([board])
        recorder = Recorder(stream, folder_for(disk, "full"), About())
        box = Box()
        stream.subscribe(box)
        with stream:
            assert ready(stream)
            for n in range(20_000):
                board.print(b"n:%d\n" % n)
            assert until(lambda: box.rows("b0") == 20_000, 30)
            assert until(lambda: Kind.RECORDING_STOPPED in box.kinds())
            ended = recorder.stop()
        assert ended.error is not None
        assert ended.error.code == "disk-full"
        kept = [line.line for line in ended.folder.lines()]
        assert kept == [b"n:%d" % n for n in range(len(kept))]
        assert (disk / "full" / "raw.jsonl").read_bytes().endswith(b"\n")
        assert ended.folder.meta().totals.lines == len(kept) > 1000
        assert list(ended.folder.events())[-1]["error"] == "disk-full"
    finally:
        board.close()
        subprocess.run(["umount", str(disk)], check=False)


@pytest.mark.skipif(sys.platform == "win32" or os.getuid() != 0, reason="mounts a small disk")
@pytest.mark.parametrize(
    ("language", "words"), [("en", "is read-only: nothing can be"), ("vi", "chỉ đọc")]
)
def test_a_disk_that_may_only_be_read_is_called_that(
    tmp_path: Path, language: str, words: str
) -> None:
    set_language(language)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=600k,ro", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("may not mount here")
    stream = stream_of([])
    try:
        with pytest.raises(ReadOnlyDiskError) as failed:
            Recorder(stream, folder_for(tmp_path, "locked"), About())
        assert words in failed.value.told()
        assert str(tmp_path) in failed.value.told()
    finally:
        stream.stop()
        subprocess.run(["umount", str(tmp_path)], check=False)


KILLED = """
import sys, threading, time
sys.path.insert(0, {tests!r})
from pathlib import Path
from recordings.test_recorder import record_until_killed
record_until_killed(Path(sys.argv[1]))
"""
BOARDS = 40


def record_until_killed(home: Path) -> None:
    """Records 40 boards and prints how many lines are safe, until it is killed."""
    boards = [PtyBoard(home, f"b{i}") for i in range(BOARDS)]
    stream = stream_of(boards)
    recorder = Recorder(stream, folder_for(home, "killed"), About())

    def talk() -> None:
        n = 0
        while True:
            for board in boards:
                board.print(b"".join(b"n:%d,x:%d.5\n" % (m, m) for m in range(n, n + 4)))
            n += 4
            time.sleep(0.01)

    with stream:
        ready(stream)
        threading.Thread(target=talk, daemon=True).start()
        while True:
            print(recorder.lines, flush=True)
            time.sleep(0.005)


def test_kill_at_any_moment_loses_no_line_that_was_acknowledged(tmp_path: Path) -> None:
    code = KILLED.format(tests=str(Path(__file__).parents[1]))
    dice = random.Random(4)
    for run in range(int(os.environ.get("STEMKIT_KILLS", "4"))):
        home = tmp_path / str(run)
        home.mkdir()
        process = subprocess.Popen(
            [sys.executable, "-c", code, str(home)], stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        wanted = dice.randrange(1, 4000)
        acknowledged = 0
        for line in process.stdout:
            acknowledged = int(line)
            if acknowledged >= wanted:
                break
        time.sleep(dice.random() * 0.2)
        process.send_signal(signal.SIGKILL)
        acknowledged = max([acknowledged, *map(int, process.stdout.read().split())])
        process.wait()
        process.stdout.close()
        found = recover(RecordingFolder(home / "killed"))
        assert found.meta.totals.lines >= acknowledged > 0
        assert found.meta.state is RecordingState.RECOVERED
        for name in {line.board for line in RecordingFolder(home / "killed").lines()}:
            lines = [
                line.line for line in RecordingFolder(home / "killed").lines() if line.board == name
            ]
            assert lines == [b"n:%d,x:%d.5" % (n, n) for n in range(len(lines))]


def test_unplugging_and_plugging_while_recording(boards: list[PtyBoard], tmp_path: Path) -> None:
    before = set(threading.enumerate())
    stream = stream_of(boards)
    recorder = Recorder(stream, folder_for(tmp_path, "pulled"), About())
    box = Box()
    stream.subscribe(box)
    dice = random.Random(6)
    sent = 0
    with stream:
        for cycle in range(4):
            assert ready(stream)
            for _ in range(dice.randrange(20, 60)):
                boards[0].print(with_tail(b"n:1", sent, sent * 10) + b"\n")
                sent += 1
            # What is still in the cable is lost with it: the numbers tell.
            time.sleep(dice.random() * 0.02)
            boards[0].unplug()
            assert until(lambda c=cycle: box.kinds("b0").count(Kind.DISCONNECTED) == c + 1)
            boards[0].plug()
            assert until(lambda c=cycle: box.kinds("b0").count(Kind.RECONNECTED) == c + 1)
        assert ready(stream)
        # The first line after opening is never believed to be whole: silence says that it is.
        boards[0].print(with_tail(b"n:1", sent, sent * 10) + b"\n")
        sent += 1
        assert until(lambda: box.rows("b0") + box.lost() == sent)
        ended = recorder.stop()
    events = [event["event"] for event in ended.folder.events() if event["board"] == "b0"]
    assert events.count("disconnected") == events.count("reconnected") == 4
    assert ended.meta.totals.rows + ended.meta.totals.lost == sent
    assert until(lambda: not set(threading.enumerate()) - before)
