"""Look at recordings: their list, a summary, and putting them in order after a crash."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.readings.channels import ChannelBook
from stemkit.actions.readings.record import is_long, write_data
from stemkit.actions.readings.sources import recorded_items
from stemkit.analysis.errors import FitError
from stemkit.analysis.fits import Fit, fit
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
    is_being_written,
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
    fit: Fit | FitError | None = None
    """The curve that was asked for, or why there is none."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which part of a recording is looked at, and how."""

    fit: str | None = None
    """A name in `stemkit.analysis.fits.KINDS`."""
    board: str = ""
    channel: str = ""
    from_s: float | None = None
    to_s: float | None = None

    def takes(self, board: str, label: str) -> bool:
        """Whether a board's channel is meant."""
        return self.board in ("", board) and self.channel in ("", label)

    def rows(self, times: Sequence[float]) -> slice:
        """Which rows of a batch are meant."""
        start = 0 if self.from_s is None else bisect_left(times, self.from_s)
        stop = len(times) if self.to_s is None else bisect_right(times, self.to_s)
        return slice(start, stop)


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


def summary(name: str, chosen: Chosen | None = None) -> Summary:
    """A recording by its name or folder; raises `NoSuchRecordingError`."""
    chosen = chosen or Chosen()
    folder = find_recording(places.recordings(), name)
    meta = folder.meta()
    if meta.state is RecordingState.RECORDING:
        meta = survey(folder, meta)
    book = ChannelBook.of(meta)
    channels: dict[tuple[str, str], _Channel] = {}
    happenings: list[Gap | Happening] = []
    for item in recorded_items(folder):
        if isinstance(item, Readings):
            rows = chosen.rows(item.t_s)
            for label, column in zip(item.labels, item.columns, strict=True):
                if not chosen.takes(item.board, label):
                    continue
                channel = channels.get((item.board, label))
                if channel is None:
                    span = (chosen.from_s or 0.0, chosen.to_s or meta.totals.seconds)
                    channel = _Channel(span, keeps=chosen.fit is not None)
                    channels[item.board, label] = channel
                channel.take(item.t_s[rows], column[rows])
        elif isinstance(item, Gap | Happening):
            happenings.append(item)
    found = [
        ChannelSummary(
            board,
            label,
            book.known(board, label).unit,
            channel.numbers.result(),
            channel.parts.means(),
            channel.fitted(chosen.fit, book.known(board, label).unit),
        )
        for (board, label), channel in channels.items()
    ]
    # A board's channels together, in the order of the boards and not of who was heard first.
    places_of = {board.name: i for i, board in enumerate(meta.boards)}
    found.sort(key=lambda channel: places_of.get(channel.board, len(places_of)))
    return Summary(folder, meta, found, happenings)


class _Channel:
    """What is gathered of one channel."""

    def __init__(self, span: tuple[float, float], *, keeps: bool) -> None:
        self.numbers = Running()
        self.parts = Buckets(*span, SPARKS)
        self._keeps = keeps
        self._times, self._values = array("d"), array("d")

    def take(self, times: Sequence[float], values: Sequence[float]) -> None:
        self.numbers.take(values)
        self.parts.take(times, values)
        if self._keeps:
            self._times.extend(times)
            self._values.extend(values)

    def fitted(self, kind: str | None, unit: str) -> Fit | FitError | None:
        if kind is None:
            return None
        try:
            return fit(kind, self._times, self._values, unit)
        except FitError as error:
            return error


def recover_recordings(names: Iterable[str]) -> list[tuple[RecordingFolder, Recovered]]:
    """Put the named recordings in order, or, without names, all whose writer was killed.

    Raises `RecordingBusyError` for a named one that is still being written.
    """
    home = places.recordings()
    named = [find_recording(home, name) for name in names]
    found = []
    for folder in named or _unfinished(home):
        try:
            result = recover(folder)
        except RecordingBusyError:
            if named:
                raise
            continue
        if not is_long(result.meta):
            write_data(folder, result.meta)
        found.append((folder, result))
    return found


def interrupted_recordings(home: Path) -> list[RecordingFolder]:
    """The recordings in `home` whose writer is gone, and that nobody has put in order."""
    return [folder for folder in _unfinished(home) if not is_being_written(folder)]


def _unfinished(home: Path) -> list[RecordingFolder]:
    states = {row.folder: row.state for row in RecordingIndex(home).rows()}
    waiting = (str(RecordingState.RECORDING), "damaged")
    return [folder for folder in all_recordings(home) if states.get(folder.name) in waiting]
