"""Where `stemkit watch` gets its readings from: boards, a program, a file, a recording."""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from stemkit.actions.boards.find import NoBoardError, Search, find_boards
from stemkit.actions.boards.listing import Board, list_boards, numbered
from stemkit.actions.readings.errors import NoSuchSourceError, NotTalkingError, SourceError
from stemkit.actions.readings.record import shaped_items
from stemkit.actions.stream import BoardAddress, Stream
from stemkit.actions.stream.feed import Feed
from stemkit.actions.stream.newcomers import Newcomers
from stemkit.actions.stream.player import Player
from stemkit.actions.stream.whereabouts import Surroundings
from stemkit.errors import StemkitError
from stemkit.formats.recording import RawLine
from stemkit.links import open_link
from stemkit.links.holders import holders_of
from stemkit.links.pipe import PipeLink
from stemkit.model.link import Link
from stemkit.model.reading import Happening, Item, Kind, Readings
from stemkit.model.recording import RecordingMeta
from stemkit.storage import atomic, places
from stemkit.storage.recordings import RecordingFolder, find_recording
from stemkit.storage.recordings.errors import NoSuchRecordingError
from stemkit.storage.recordings.playback import Playback, happened_then
from stemkit.storage.roster import known_numbers
from stemkit.wire.framing import LineSplitter

BLINKA = "blinka:"
_PORT_URLS = ("socket://", "rfc2217://")
# Lines of a text file have no times: they are shown as if they had come so fast.
_FILE_LINES_HZ = 10.0


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to watch. Without `boards` and `source` all boards that are connected."""

    boards: Sequence[str] = ()
    """BOARDs as on the command line."""
    source: str = ""
    """A recording, a file, a port's URL, `-` for standard input, `blinka:SCRIPT`."""
    baud: int | None = None
    """Rate of the boards' lines; None: what each kind of board has."""
    speed: float = 1.0
    """How much faster than then a recording is played; inf: at once."""
    wait: bool = False
    """Nothing connected is no error: boards are waited for (without `boards` and `source`)."""


def open_feed(wanted: Wanted, around: Surroundings | None = None) -> Feed:
    """The readings that are wanted, not started yet.

    Raises the errors of finding and opening boards, `NoSuchSourceError`, `SourceError`,
    `PartMissingError`, `ModuleMissingError`, `NoSuchRecordingError`, and those of reading files.
    """
    source = wanted.source
    if not source:
        return _boards(wanted, around or Surroundings())
    if source == "-":
        return piped("stdin", PipeLink("stdin", os.dup(0)))
    if source.startswith(BLINKA):
        return _program(Path(source.removeprefix(BLINKA)).expanduser())
    if source.startswith(_PORT_URLS):
        return _boards(replace(wanted, boards=[source], source=""), around or Surroundings())
    if "://" in source:
        raise SourceError(source=source)
    try:
        return replay(find_recording(places.recordings(), source), wanted.speed)
    except NoSuchRecordingError:
        return _file(Path(source).expanduser())


def replay(folder: RecordingFolder, speed: float) -> Player:
    """A recording, played again at `speed` times its pace, not shaped yet."""
    meta = folder.meta()
    boards = [BoardAddress(board.name, "", board.identity) for board in meta.boards]
    return Player(boards, _in_order(folder, Playback.of(folder), meta), speed)


def recorded_items(folder: RecordingFolder) -> Iterator[Item]:
    """Readings, gaps and happenings of a recording in order, with its set-up applied."""
    meta = folder.meta()
    return _in_order(folder, shaped_items(folder, meta), meta)


def _in_order(
    folder: RecordingFolder, items: Iterable[Item], meta: RecordingMeta
) -> Iterator[Item]:
    # With a set-up alarms and triggers are found anew.
    found_anew = (Kind.ALARM, Kind.ALARM_OVER, Kind.TRIGGER) if meta.setup else ()
    events = (
        _happening(event)
        for event in happened_then(folder.events())
        if event["event"] not in found_anew
    )
    waiting = next(events, None)
    for item in items:
        t_s = item.host_s[0] if isinstance(item, Readings) else item.t_s
        while waiting is not None and waiting.t_s <= t_s:
            yield waiting
            waiting = next(events, None)
        yield item
    while waiting is not None:
        yield waiting
        waiting = next(events, None)


def piped(name: str, link: Link) -> Stream:
    """What comes over one link that ends for good when it ends."""
    address = BoardAddress(name, name, comes_back=False)
    stream = Stream([address], open_link)
    stream.adopt(name, link)
    return stream


def _boards(wanted: Wanted, around: Surroundings) -> Stream:
    waits = wanted.wait and not wanted.boards
    addresses = around.addresses(_talking(wanted, waits=waits))
    if wanted.baud:
        addresses = [replace(address, baud=wanted.baud, baud_chosen=True) for address in addresses]
    opened = _opened(addresses)
    errors = [result for result in opened if isinstance(result, StemkitError)]
    if errors and len(errors) == len(opened) and not waits:
        raise errors[0]

    def in_use() -> set[str]:
        return {s.port for s in stream.stations.values() if s.link is not None}

    def whereabouts(board: BoardAddress) -> str | None:
        return around.whereabouts(board, in_use())

    def listed() -> list[Board]:
        return numbered(list_boards(), known_numbers())

    newcomers = Newcomers(addresses, in_use, around, listed, wanted.baud)
    discover = None if wanted.boards else newcomers.look
    stream = Stream(addresses, open_link, whereabouts=whereabouts, discover=discover)
    for address, result in zip(addresses, opened, strict=True):
        if isinstance(result, StemkitError):
            stream.refuse(address.name, result)
        else:
            stream.adopt(address.name, result)
    if not addresses:
        stream.tell(Happening("", 0.0, Kind.NO_BOARD))
    ours = {
        a.name: a.port
        for a, r in zip(addresses, opened, strict=True)
        if not isinstance(r, StemkitError)
    }
    threading.Thread(target=_look_beside, args=(stream, ours), daemon=True).start()
    return stream


def _look_beside(stream: Stream, ports: Mapping[str, str]) -> None:
    """Tell of programs that had boards' ports open before us and did not lock them."""
    found = holders_of(list(ports.values()))
    for board, port in ports.items():
        for holder in found[port][:1]:
            detail = {"program": holder.program, "pid": holder.pid}
            stream.tell(Happening(board, stream.now_s(), Kind.SHARED, detail))


def _talking(wanted: Wanted, *, waits: bool) -> list[Board]:
    """The boards that are there now and can print."""
    numbers = known_numbers()
    try:
        search = Search(command="stemkit watch", numbers=numbers)
        boards = numbered(find_boards(wanted.boards, search, all_boards=True), numbers)
    except NoBoardError:
        if waits:
            return []
        raise
    talking = [board for board in boards if board.port]
    if not talking and not waits:
        raise NotTalkingError(board=boards[0].name)
    return talking


def _opened(addresses: Sequence[BoardAddress]) -> list[Link | StemkitError]:
    """Every board's link, or why it has none; all at the same time."""

    def open_one(address: BoardAddress) -> Link | StemkitError:
        try:
            return open_link(address.port, address.baud)
        except StemkitError as error:
            return error

    with ThreadPoolExecutor(max_workers=max(1, len(addresses))) as pool:
        return list(pool.map(open_one, addresses))


def _program(script: Path) -> Stream:
    """A program of this computer that reads its own sensors, with Blinka's `board` at hand."""
    import subprocess

    from stemkit.actions.readings.script import check_script

    check_script(script)
    process = subprocess.Popen(
        [sys.executable, "-u", str(script)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    assert process.stdin is not None
    assert process.stdout is not None
    incoming, outgoing = os.dup(process.stdout.fileno()), os.dup(process.stdin.fileno())
    process.stdout.close()
    process.stdin.close()

    def end() -> None:
        process.terminate()
        try:
            process.wait(2.0)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    return piped(script.stem, PipeLink(script.name, incoming, outgoing, end))


def _file(path: Path) -> Player:
    if not path.is_file():
        raise NoSuchSourceError(source=path)
    return Player([BoardAddress(path.stem, "")], Playback(_file_lines(path)), math.inf)


def _file_lines(path: Path) -> Iterator[RawLine]:
    splitter = LineSplitter(first_line_cut=False)
    n = 0
    with atomic.told(path), path.open("rb") as file:
        # Spreadsheets begin their files with a byte order mark.
        chunk = file.read(65536).removeprefix(b"\xef\xbb\xbf")
        while chunk:
            lines = splitter.feed(chunk)
            chunk = file.read(65536)
            if not chunk:
                lines += splitter.end()
            for line in lines:
                yield RawLine(n / _FILE_LINES_HZ, path.stem, line)
                n += 1


def _happening(event: dict[str, Any]) -> Happening:
    detail = {k: v for k, v in event.items() if k not in ("t", "board", "event")}
    return Happening(str(event.get("board", "")), float(event["t"]), Kind(event["event"]), detail)
