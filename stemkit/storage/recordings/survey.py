"""What is in a recording, by reading all of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from stemkit.analysis.pipeline import Pipeline
from stemkit.model.reading import Channel, Gap, Happening, Item, Kind, Readings
from stemkit.model.recording import BoardRecord, ClockRecord, RecordingMeta, Totals
from stemkit.storage.recordings.folder import RecordingFolder
from stemkit.storage.recordings.playback import Playback, names_of
from stemkit.storage.recordings.setup import experiment_of
from stemkit.wire.lines import LineReader


@dataclass(slots=True)
class Tally:
    """Counts what passes, live or played back."""

    rows: int = 0
    lost: int = 0
    damaged: int = 0
    labels: dict[str, dict[str, None]] = field(default_factory=dict)
    """Labels of each board, in the order of their first reading."""
    last_s: float = 0.0

    def take(self, item: Item) -> None:
        """Count one item."""
        if isinstance(item, Readings):
            self.rows += len(item)
            self.last_s = max(self.last_s, item.host_s[-1])
            seen = self.labels.setdefault(item.board, {})
            for label in item.labels:
                seen.setdefault(label)
        elif isinstance(item, Gap):
            self.lost += item.lost
        elif isinstance(item, Happening) and item.kind is Kind.DAMAGED:
            self.damaged += 1
        elif isinstance(item, Happening) and item.kind is Kind.NAMED:
            names = names_of(item.detail)
            now = [names.get(label, label) for label in self.labels.get(item.board, ())]
            self.labels[item.board] = dict.fromkeys(filter(None, now))

    def totals(self, lines: int, origin_s: float = 0.0) -> Totals:
        """The totals of a recording of so many lines that began at `origin_s`."""
        labels = dict.fromkeys(label for seen in self.labels.values() for label in seen)
        return Totals(
            lines=lines,
            rows=self.rows,
            lost=self.lost,
            damaged=self.damaged,
            seconds=round(max(0.0, self.last_s - origin_s), 3),
            labels=tuple(labels),
        )


def clocks_of(readers: Mapping[str, LineReader]) -> tuple[ClockRecord, ...]:
    """The fit of every run of every board's clock."""
    found = []
    for board, reader in readers.items():
        for segment, fit in enumerate([*reader.timeline.fits, reader.timeline.fit]):
            if fit is not None:
                found.append(ClockRecord(board, segment, round(fit.offset_s, 6), fit.drift))
    return tuple(found)


def boards_of(
    known: tuple[BoardRecord, ...], tally: Tally, readers: Mapping[str, LineReader]
) -> tuple[BoardRecord, ...]:
    """`known` boards, and those that only the lines name, with the channels that they sent."""
    records = {board.name: board for board in known}
    for name in (*records, *tally.labels):
        record = records.get(name, BoardRecord(name))
        records[name] = _described(record, tally.labels.get(name, {}), readers.get(name))
    return tuple(records.values())


def lesson_of(meta: RecordingMeta) -> str:
    """The lesson that a person named, else the one that most of the boards ran."""
    ran = [board.lesson for board in meta.boards if board.lesson]
    return meta.lesson or (max(ran, key=ran.count) if ran else "")


def survey(folder: RecordingFolder, meta: RecordingMeta) -> RecordingMeta:
    """`meta` with totals, clocks and boards as the lines in `folder` have them."""
    playback = Playback.of(folder)
    pipeline = Pipeline(experiment_of(meta))
    tally = Tally()
    for item in playback:
        for shaped in pipeline.shape([item]):
            tally.take(shaped)
    tally.last_s = max(tally.last_s, playback.last_s)
    meta = replace(
        meta,
        totals=tally.totals(sum(r.counts.lines for r in playback.readers.values())),
        clocks=clocks_of(playback.readers),
        boards=boards_of(meta.boards, tally, playback.readers),
    )
    return replace(meta, lesson=lesson_of(meta))


def _described(
    record: BoardRecord, labels: Mapping[str, None], reader: LineReader | None
) -> BoardRecord:
    told = reader.description if reader is not None else None
    channels = {channel.label: channel for channel in record.channels}
    if told is not None:
        channels |= {channel.label: channel for channel in told.channels}
    for label in labels:
        channels.setdefault(label, Channel(label))
    return replace(
        record,
        number=record.number or (told.board if told else ""),
        program=record.program or (told.program if told else ""),
        lesson=record.lesson or (told.lesson if told else ""),
        firmware=record.firmware or (told.firmware if told else ""),
        channels=tuple(channels.values()),
    )
