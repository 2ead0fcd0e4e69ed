"""`record learn`: recordings of gestures become a tiny model that runs on a board."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.readings.export import ExportExistsError
from stemkit.actions.readings.sources import recorded_items
from stemkit.analysis.learned import Labelled, Learned, learn, module, windows
from stemkit.errors import InputFileError, UsageError
from stemkit.model.reading import Item, Readings
from stemkit.storage import atomic, places
from stemkit.storage.recordings import find_recording
from stemkit.storage.recordings.errors import NoSuchRecordingError
from stemkit.wire.lines import LineReader
from stemkit.words import N_

GUESS = "guess"
"""The channel in which the program on the board tells what it took a gesture for."""


class OneGestureError(UsageError):
    """There is nothing to tell apart."""

    code = "one-gesture"
    message = N_(
        "All these recordings are of the gesture “{label}”: there is nothing to tell it apart from."
    )
    remedy = N_("Name recordings of two or more gestures, as in: shake-an tilt-an shake-binh.")


class TooShortToLearnError(InputFileError):
    """A recording has no whole window."""

    code = "too-short-to-learn"
    message = N_("Readings of {channels} in {name}: {rows}; at least {least} are needed.")
    remedy = N_("Record the gesture for longer, or choose the channels with --channel.")


@dataclass(frozen=True, slots=True)
class LearnWanted:
    """What to learn from. A recording is called LABEL-PERSON or LABEL-PERSON-NUMBER."""

    names: Sequence[str]
    """Recordings, CSV files, or folders of them."""
    to: Path
    channels: Sequence[str] = ()
    """Empty: all that the first recording has but `GUESS`."""
    length: int = 20
    """Readings in a window."""
    force: bool = False


def learn_recordings(wanted: LearnWanted) -> Learned:
    """Learn, and write the model's module to `wanted.to`.

    Raises OneGestureError, TooShortToLearnError, ExportExistsError, and those of finding and
    reading recordings; then nothing is written.
    """
    if wanted.to.exists() and not wanted.force:
        raise ExportExistsError(path=wanted.to)
    tables = {name: _table(name) for given in wanted.names for name in _named(given)}
    channels = list(wanted.channels) or sorted(
        {label for row in next(iter(tables.values())) for label in row} - {GUESS}
    )
    recordings = [_labelled(name, table, channels, wanted) for name, table in tables.items()]
    labels = {recording.label for recording in recordings}
    if len(labels) < 2:
        raise OneGestureError(label=labels.pop())
    learned = learn(recordings, channels, wanted.length)
    atomic.write_bytes(wanted.to, module(learned).encode())
    return learned


def _named(given: str) -> list[str]:
    """The names that are meant: a plain folder stands for the CSV files in it."""
    folder = Path(given)
    if folder.is_dir() and not (folder / "meta.json").is_file():
        return [str(path) for path in sorted(folder.glob("*.csv"))] or [given]
    return [given]


def _labelled(
    name: str, table: list[dict[str, float]], channels: list[str], wanted: LearnWanted
) -> Labelled:
    rows = [
        tuple(row[label] for label in channels)
        for row in table
        if all(math.isfinite(row.get(label, math.nan)) for label in channels)
    ]
    least = wanted.length * 3  # so that both thirds of a split hold a window
    if len(rows) < least or not windows(rows, wanted.length):
        told = ", ".join(channels)
        raise TooShortToLearnError(name=name, rows=len(rows), channels=told, least=least)
    label, _, person = Path(name).stem.partition("-")
    return Labelled(label, person.partition("-")[0], rows)


def _table(name: str) -> list[dict[str, float]]:
    """The readings of a recording or a CSV file, a dict a row."""
    try:
        items: Iterable[Item] = recorded_items(find_recording(places.recordings(), name))
    except NoSuchRecordingError:
        if not Path(name).is_file():
            raise
        items = _file(Path(name))
    rows: list[dict[str, float]] = []
    for item in items:
        if isinstance(item, Readings):
            for values in zip(*item.columns, strict=True):
                rows.append(dict(zip(item.labels, values, strict=True)))
    return rows


def _file(path: Path) -> Iterable[Item]:
    with atomic.told(path):
        lines = path.read_bytes().splitlines()
    reader = LineReader(path.stem, first_line_cut=False)
    return reader.feed_lines(lines, [float(n) for n in range(len(lines))])
