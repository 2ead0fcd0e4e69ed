"""Look at recordings: their list, a summary, and putting them in order after a crash."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from stemkit.actions.record import write_data
from stemkit.actions.watch import recorded_items
from stemkit.analysis.statistics import Buckets, Running, Statistics
from stemkit.model.reading import Gap, Happening, Readings
from stemkit.model.recording import RecordingMeta, RecordingState
from stemkit.storage import places
from stemkit.storage.recordings import (
    RecordingFolder,
    RecordingIndex,
    RecordingRow,
    Recovered,
    find_recording,
    recover,
)
from stemkit.storage.recordings.errors import RecordingBusyError
from stemkit.storage.recordings.folder import all_recordings
from stemkit.storage.recordings.survey import survey

SPARKS = 40


@dataclass(frozen=True, slots=True)
class ChannelSummary:
    """One channel of one board."""

    board: str
    label: str
    unit: str
    statistics: Statistics
    shape: list[float]
    """Means of `SPARKS` equal parts of the whole time; nan where there is none."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A recording at a glance."""

    folder: RecordingFolder
    meta: RecordingMeta
    channels: list[ChannelSummary]
    happenings: list[Gap | Happening]
    """Gaps and happenings in the order of their time."""


def all_rows() -> list[RecordingRow]:
    """All recordings, the newest first."""
    return RecordingIndex(places.recordings()).rows()


def summary(name: str) -> Summary:
    """A recording by its name or folder; raises `NoSuchRecordingError`."""
    folder = find_recording(places.recordings(), name)
    meta = folder.meta()
    if meta.state is RecordingState.RECORDING:
        meta = survey(folder, meta)
    running: dict[tuple[str, str], tuple[Running, Buckets]] = {}
    happenings: list[Gap | Happening] = []
    for item in recorded_items(folder):
        if isinstance(item, Readings):
            for label, column in zip(item.labels, item.columns, strict=True):
                both = running.get((item.board, label))
                if both is None:
                    both = Running(), Buckets(0.0, meta.totals.seconds, SPARKS)
                    running[item.board, label] = both
                both[0].take(column)
                both[1].take(item.t_s, column)
        elif isinstance(item, Gap | Happening):
            happenings.append(item)
    units = {(b.name, c.label): c.unit for b in meta.boards for c in b.channels}
    channels = [
        ChannelSummary(board, label, units.get((board, label), ""), known.result(), parts.means())
        for (board, label), (known, parts) in running.items()
    ]
    return Summary(folder, meta, channels, happenings)


def recover_recordings(names: Iterable[str]) -> list[tuple[RecordingFolder, Recovered]]:
    """Put the named recordings in order, or, without names, all whose writer was killed.

    Raises `RecordingBusyError` for a named one that is still being written.
    """
    home = places.recordings()
    named = [find_recording(home, name) for name in names]
    found = []
    for folder in named or _unfinished():
        try:
            result = recover(folder)
        except RecordingBusyError:
            if named:
                raise
            continue
        write_data(folder, result.meta)
        found.append((folder, result))
    return found


def _unfinished() -> list[RecordingFolder]:
    states = {row.folder: row.state for row in all_rows()}
    waiting = (str(RecordingState.RECORDING), "damaged")
    return [f for f in all_recordings(places.recordings()) if states.get(f.name) in waiting]
