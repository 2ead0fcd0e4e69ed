"""Write a stream down: a subscriber that never drops, with a thread of its own for the disk."""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from stemkit import __version__
from stemkit.actions.stream import BoardAddress, Delivery, Mailbox, Stream
from stemkit.analysis.pipeline import Pipeline
from stemkit.errors import StemkitError
from stemkit.formats.readings_csv import Sheet, csv_bytes
from stemkit.formats.recording import encode_event, encode_lines, event_of
from stemkit.model.reading import Happening, Item, Kind, Readings
from stemkit.model.recording import BoardRecord, RecordingMeta, RecordingState
from stemkit.storage import atomic, places
from stemkit.storage.flashed import Flashed
from stemkit.storage.recordings import RecordingFolder, RecordingWriter
from stemkit.storage.recordings.folder import DATA
from stemkit.storage.recordings.playback import Playback
from stemkit.storage.recordings.setup import experiment_of
from stemkit.storage.recordings.survey import Tally, boards_of, clocks_of, lesson_of, survey
from stemkit.storage.roster import kit_by_id

SYNC_EVERY_S = 1.0
MOST_LINES_AT_ONCE = 200_000
"""Of longer recordings `data.csv` is not made when they end: nobody waits for more than seconds."""
# In `raw.jsonl` word for word, and nothing that happened to the board.
_NOT_WRITTEN = frozenset({Kind.TEXT, Kind.RECORDED, Kind.DROPPED})


@dataclass(frozen=True, slots=True)
class About:
    """What a person or a lesson says of an experiment."""

    operator: str = ""
    """A code of the person's own choice."""
    club: str = ""
    lesson: str = ""
    """`id@version`."""
    setup: str = ""
    """The set-up as a TOML file has it."""
    boards: Sequence[BoardRecord] = ()


@dataclass(frozen=True, slots=True)
class Recorded:
    """A recording that has ended."""

    folder: RecordingFolder
    meta: RecordingMeta
    error: StemkitError | None
    """Why it ended, where nobody asked it to."""
    table: Path | None = None
    """`data.csv`; None where it was left out."""


class Recorder:
    """Records `stream` into `folder` from its making until `stop`, or until the disk fails.

    Raises what `RecordingWriter` raises. A failing disk ends it with a `RECORDING_STOPPED`
    happening that carries the error; the stream goes on.
    """

    def __init__(
        self, stream: Stream, folder: RecordingFolder, about: About, *, force: bool = False
    ) -> None:
        self.stream, self.folder = stream, folder
        self.meta = _first_meta(folder.name, about)
        self._writer = RecordingWriter(folder, self.meta, force=force)
        # A recording from the very start has the stream's own clock.
        self._origin_s = stream.now_s() if stream.started else 0.0
        self._mailbox = Mailbox("recorder", None)
        self._tally = Tally()
        self._synced_s = time.monotonic()
        self._told_lines = -1
        self.setup = about.setup
        """The set-up as it is now; what it is at the end is kept."""
        self.lines = 0
        """Lines that are safely written: they outlive this process."""
        self.error: StemkitError | None = None
        """What ended the recording, where nobody asked for it."""
        stream.subscribe(self._mailbox)
        self._tell(Kind.RECORDING_STARTED, name=folder.name, folder=str(folder.path))
        executor = ThreadPoolExecutor(1, thread_name_prefix="record")
        self._work: Future[None] = executor.submit(self._run)
        executor.shutdown(wait=False)

    @property
    def running(self) -> bool:
        """Whether it is still writing."""
        return not self._work.done()

    def stop(self) -> Recorded:
        """Write what has come until now, end the recording, and make `data.csv` of a short one."""
        self.stream.unsubscribe(self._mailbox)
        self._mailbox.close()
        self._work.result()
        table: Path | None = None
        try:
            if self.error is None and not is_long(self.meta):
                table = write_data(self.folder, self.meta)
        except StemkitError as error:
            self.error = error
        return Recorded(self.folder, self.meta, self.error, table)

    def _run(self) -> None:
        try:
            while True:
                closed = self._mailbox.closed
                deliveries = self._mailbox.take(SYNC_EVERY_S / 4)
                self._write(deliveries)
                self._keep()
                if closed and not deliveries:
                    break
            self._end(None)
        except StemkitError as error:
            self.error = error
            self.stream.unsubscribe(self._mailbox)
            self._end(error)

    def _write(self, deliveries: list[Delivery]) -> None:
        raw: list[bytes] = []
        events: list[bytes] = []
        lines = 0
        for delivery in deliveries:
            for item in delivery.items:
                events += self._event(item)
            for part in delivery.raw:
                raw.append(encode_lines(part.board, part.lines, self._shifted(part.host_s)))
                lines += len(part.lines)
        if raw or events:
            self._writer.write(b"".join(raw), b"".join(events))
            self.lines += lines

    def _event(self, item: Item) -> list[bytes]:
        self._tally.take(item)
        if isinstance(item, Readings):
            return []
        if isinstance(item, Happening) and item.kind in _NOT_WRITTEN:
            return []
        event = event_of(item)
        if event is None:
            return []
        # A recording travels; whose computer it was made on is nobody's business.
        event.pop("folder", None)
        return [encode_event(event | {"t": round(item.t_s - self._origin_s, 6)})]

    def _shifted(self, times_s: Sequence[float]) -> Sequence[float]:
        origin_s = self._origin_s
        return [t - origin_s for t in times_s]

    def _keep(self) -> None:
        now_s = time.monotonic()
        if now_s - self._synced_s < SYNC_EVERY_S:
            return
        self._synced_s = now_s
        self._know_newcomers()
        self._writer.sync()
        if self.lines != self._told_lines:
            self._told_lines = self.lines
            self._tell(Kind.RECORDED, name=self.folder.name, lines=self.lines)

    def _know_newcomers(self) -> None:
        """Write down who came later, so that also a killed recording knows it."""
        boards = self._boards()
        if len(boards) > len(self.meta.boards):
            self.meta = replace(self.meta, boards=boards)
            self._writer.write_meta(self.meta)

    def _boards(self) -> tuple[BoardRecord, ...]:
        known = {board.name for board in self.meta.boards}
        new = (record_of(board) for board in self.stream.boards if board.name not in known)
        return (*self.meta.boards, *new)

    def _end(self, error: StemkitError | None) -> None:
        readers = {name: s.reader for name, s in self.stream.stations.items()}
        self.meta = replace(
            self.meta,
            state=RecordingState.COMPLETE,
            ended=_now(),
            setup=self.setup,
            totals=self._tally.totals(self.lines, self._origin_s),
            clocks=tuple(
                replace(clock, offset_s=round(clock.offset_s - self._origin_s, 6))
                for clock in clocks_of(readers)
            ),
            boards=with_firmware(boards_of(self._boards(), self._tally, readers)),
        )
        self.meta = replace(self.meta, lesson=lesson_of(self.meta))
        if error is not None and is_long(self.meta):
            # Some lines of the write that failed may have found room, and counting takes a while:
            # `recover` counts. The alarm comes now.
            self.meta = replace(self.meta, state=RecordingState.RECORDING)
        elif error is not None:
            self.meta = survey(self.folder, self.meta)
            self.lines = self.meta.totals.lines
        detail: dict[str, object] = {"name": self.folder.name, "lines": self.lines}
        if error is not None:
            detail |= {"error": error.code, "text": error.told()}
        told = self._tell(Kind.RECORDING_STOPPED, **detail)
        event = event_of(replace(told, t_s=told.t_s - self._origin_s))
        try:
            self._writer.end(self.meta, encode_event(event or {}))
        except StemkitError as second:
            # The disk is beyond writing: `recover` will find what is there.
            self.error = self.error or second

    def _tell(self, kind: Kind, **detail: object) -> Happening:
        told = Happening("", self.stream.now_s(), kind, detail)
        self.stream.tell(told)
        return told


def record_of(board: BoardAddress) -> BoardRecord:
    """What a recording tells of a board before its lines tell more."""
    return BoardRecord(board.name, board.identity, board.unique_id, board.model)


def with_firmware(boards: Sequence[BoardRecord]) -> tuple[BoardRecord, ...]:
    """The same with the sum of each board's firmware, where this computer put that on the board."""
    flashed = Flashed(places.flashed())
    by_number = {str(board.number): unique_id for unique_id, board in kit_by_id().items()}
    return tuple(
        replace(
            board,
            firmware_sha256=flashed.sha256(
                board.unique_id or by_number.get(board.number, ""), board.firmware
            ),
        )
        for board in boards
    )


def is_long(meta: RecordingMeta) -> bool:
    """Whether making tables of a recording takes a while."""
    return meta.totals.lines > MOST_LINES_AT_ONCE


def write_data(folder: RecordingFolder, meta: RecordingMeta) -> Path:
    """Make `data.csv` from the recorded lines (anew, if it is there); returns its path."""
    target = folder.path / DATA
    with atomic.replacing(target) as file:
        for piece in csv_bytes(shaped_items(folder, meta), sheet_of(meta)):
            file.write(piece)
    return target


def shaped_items(folder: RecordingFolder, meta: RecordingMeta) -> Iterator[Item]:
    """What the lines of a recording mean, with its set-up applied."""
    pipeline = Pipeline(experiment_of(meta))
    for item in Playback.of(folder):
        yield from pipeline.shape([item])


def sheet_of(meta: RecordingMeta) -> Sheet:
    """The columns of a recording's tables."""
    experiment = experiment_of(meta)
    told: dict[str, set[str]] = {}
    for channel in (c for board in meta.boards for c in board.channels if c.unit):
        told.setdefault(channel.label, set()).add(channel.unit)
    # A column has one unit: none, where boards do not agree.
    units = {label: unit for label, (unit, *others) in told.items() if not others}
    units |= {channel.label: channel.unit for channel in experiment.channels if channel.unit}
    units |= {formula.label: formula.unit for formula in experiment.formulas if formula.unit}
    return Sheet(
        labels=meta.totals.labels,
        units=units,
        started=_moment(meta.started),
        board_clock=bool(meta.clocks),
    )


def _first_meta(name: str, about: About) -> RecordingMeta:
    return RecordingMeta(
        name=name,
        started=_now(),
        time_zone=_zone(),
        id=str(uuid.uuid4()),
        stemkit=__version__,
        operator=about.operator,
        club=about.club,
        lesson=about.lesson,
        setup=about.setup,
        boards=tuple(about.boards),
    )


def _now() -> str:
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    # Far from the calendar's ends, so that seconds can be added, and in Excel's (from 1900 on).
    return moment if 1900 < moment.year < 9000 else None


def _zone() -> str:
    """The zone's IANA name where the system keeps it as a link (Linux, macOS), else its offset."""
    try:
        target = Path("/etc/localtime").resolve().as_posix()
    except OSError:
        target = ""
    _, found, name = target.partition("/zoneinfo/")
    return name if found else datetime.now().astimezone().strftime("%z")
