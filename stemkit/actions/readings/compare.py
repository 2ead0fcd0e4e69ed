"""Recordings of the same experiment side by side: their numbers, and one picture of all."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from stemkit.actions.readings.channels import ChannelBook
from stemkit.actions.readings.export import ExportWanted, exported_file
from stemkit.actions.readings.recordings import ChannelSummary, Chosen, Summary, summary
from stemkit.actions.readings.sources import recorded_items
from stemkit.errors import UsageError
from stemkit.formats.readings_csv import Sheet
from stemkit.model.reading import Kind, Readings
from stemkit.words import N_

_MARKED = (Kind.MARK, Kind.TRIGGER)


class OneRecordingError(UsageError):
    """There is nothing to compare a recording with."""

    code = "one-recording"
    message = N_("One recording alone cannot be compared.")
    remedy = N_("Name two or more. To see which there are: stemkit record list")


class NoMarkError(UsageError):
    """A recording was to be moved to its first mark and has none."""

    code = "no-mark"
    message = N_("The recording {recording} has no mark and no trigger to line it up by.")
    remedy = N_(
        "Leave out --align, or record again: the key m marks a moment, a trigger does it by itself."
    )


class Align(enum.StrEnum):
    """What stands at 0 s in the picture."""

    START = "start"
    MARK = "mark"
    """The first mark, or the first time that a trigger went off."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One channel of one board in one recording."""

    line: str
    """What it is called beside the others: the recording, with its board where it has several."""
    channel: ChannelSummary


@dataclass(frozen=True, slots=True)
class Comparison:
    """Recordings that were looked at together."""

    recordings: Sequence[Summary]
    rows: Sequence[Compared]
    """A channel's rows together, each in the order of the recordings."""


def compare(names: Sequence[str], chosen: Chosen) -> Comparison:
    """The numbers of all. Raises OneRecordingError, NoSuchRecordingError."""
    if len(names) < 2:
        raise OneRecordingError
    found = [summary(name, chosen) for name in names]
    rows = [
        Compared(called[channel.board], channel)
        for one, called in zip(found, _lines_of(found), strict=True)
        for channel in one.channels
    ]
    order = {label: i for i, label in enumerate(_labels(found))}
    return Comparison(found, sorted(rows, key=lambda row: order[row.channel.label]))


def draw_together(found: Comparison, wanted: ExportWanted, align: Align = Align.START) -> str:
    """Draw a panel a channel with a line for each of all; gives the file's path.

    Raises `NoMarkError`, `ExportExistsError`, `ExportKindError`, the errors of `stemkit.export`
    and of writing.
    """
    from stemkit.export.plot import Picture, write_plot

    origins_s = [_origin_s(one, align) for one in found.recordings]
    books = [ChannelBook.of(one.meta) for one in found.recordings]
    labels = _labels(found.recordings)
    names = {label: _first(book.known("", label).name for book in books) for label in labels}
    units: dict[str, set[str]] = {}
    for row in found.rows:
        units.setdefault(row.channel.label, set()).add(row.channel.unit)
    # An axis has one unit: none, where recordings do not agree.
    agreed = {label: unit for label, (unit, *others) in units.items() if not others}
    lines = tuple(line for called in _lines_of(found.recordings) for line in called.values())
    names = {label: name for label, name in names.items() if name}
    picture = Picture(wanted.title, boards=lines, names=names)
    stem = "-".join(one.folder.name for one in found.recordings)
    with exported_file(stem, wanted) as made:
        write_plot(
            made.file, str(made.kind), _items(found, origins_s), Sheet(labels, agreed), picture
        )
    return made.path


def _origin_s(one: Summary, align: Align) -> float:
    if align is Align.START:
        return 0.0
    moments = [float(e["t"]) for e in one.folder.events() if e["event"] in _MARKED]
    if not moments:
        raise NoMarkError(recording=one.folder.name)
    return min(moments)


def _items(found: Comparison, origins_s: Sequence[float]) -> Iterator[Readings]:
    lines = _lines_of(found.recordings)
    for one, called, origin_s in zip(found.recordings, lines, origins_s, strict=True):
        chosen = {(channel.board, channel.label) for channel in one.channels}
        for item in recorded_items(one.folder):
            if isinstance(item, Readings):
                kept = [i for i, label in enumerate(item.labels) if (item.board, label) in chosen]
                yield replace(
                    item,
                    board=called.get(item.board, ""),
                    labels=tuple(item.labels[i] for i in kept),
                    columns=tuple(item.columns[i] for i in kept),
                    t_s=[t_s - origin_s for t_s in item.t_s],
                )


def _lines_of(found: Sequence[Summary]) -> list[Mapping[str, str]]:
    """What each recording's boards are called: every name once."""
    names = [one.folder.name for one in found]
    again = Counter(names)
    lines: list[Mapping[str, str]] = []
    for number, (one, name) in enumerate(zip(found, names, strict=True), 1):
        told = f"{name} ({number})" if again[name] > 1 else name
        boards = list(dict.fromkeys(channel.board for channel in one.channels))
        lines.append({b: f"{told} {b}" if len(boards) > 1 else told for b in boards})
    return lines


def _labels(found: Sequence[Summary]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(channel.label for one in found for channel in one.channels))


def _first(names: Iterator[str]) -> str:
    return next((name for name in names if name), "")
