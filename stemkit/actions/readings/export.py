"""A recording as a file for other programs, or as a picture."""

from __future__ import annotations

import enum
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from stemkit.actions.readings.channels import ChannelBook
from stemkit.actions.readings.record import sheet_of
from stemkit.actions.readings.sources import recorded_items
from stemkit.actions.telling import told
from stemkit.errors import UsageError
from stemkit.formats.readings_csv import PRESETS, Sheet, csv_bytes
from stemkit.model.reading import Gap, Happening, Item, Kind, Readings
from stemkit.model.recording import RecordingMeta
from stemkit.storage import atomic, places
from stemkit.storage.recordings import RecordingFolder, find_recording
from stemkit.storage.recordings.survey import survey
from stemkit.words import N_, tr

STDOUT = "-"


class ExportExistsError(UsageError):
    """The file is there already."""

    code = "export-exists"
    message = N_("The file {path} is there already.")
    remedy = N_("Choose another name, or replace it with --force.")


class ExportKindError(UsageError):
    """The file's ending says nothing that can be written."""

    code = "export-kind"
    message = N_("A file called {path} cannot be written: its ending is none of {known}.")
    remedy = N_("Choose one of these endings, or for a table say --format.")


class ExportFormat(enum.StrEnum):
    """What a recording can become."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    PNG = "png"
    SVG = "svg"


PICTURES = (ExportFormat.PNG, ExportFormat.SVG)


@dataclass(frozen=True, slots=True)
class ExportWanted:
    """What is to be written."""

    to: str = ""
    """Path, folder, or `-` for standard output; empty: a file of the recording's name here."""
    format: ExportFormat | None = None
    """None: what the path's ending says, else CSV."""
    preset: str = "standard"
    """One of `formats.readings_csv.PRESETS`."""
    boards: Sequence[str] = ()
    """Only these boards, all without any."""
    channels: Sequence[str] = ()
    """Only these channels, all without any."""
    title: str = ""
    force: bool = False
    picture: bool = False
    """`to` names a picture, never a table."""


@dataclass(frozen=True, slots=True)
class Exported:
    """A file that was written."""

    path: str
    format: ExportFormat
    rows: int


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file while it is written."""

    file: IO[bytes]
    path: str
    """`-` for standard output."""
    kind: ExportFormat


def export(name: str, wanted: ExportWanted) -> Exported:
    """Write a recording to a file, whole or not at all.

    Raises `NoSuchRecordingError`, `ExportExistsError`, `ExportKindError`, the errors of
    `stemkit.export` and of writing files.
    """
    folder = find_recording(places.recordings(), name)
    source = _Chosen(folder, wanted)
    with exported_file(folder.name, wanted) as made:
        _write(made.file, made.kind, source, _counted(folder), wanted)
    return Exported(made.path, made.kind, source.rows)


@contextmanager
def exported_file(stem: str, wanted: ExportWanted) -> Iterator[ExportedFile]:
    """The file that is wanted, whole or not at all; `stem` is its name where it has none.

    Raises `ExportExistsError`, `ExportKindError` and those of writing files.
    """
    kind = _kind(wanted)
    if wanted.to == STDOUT:
        yield ExportedFile(sys.stdout.buffer, STDOUT, kind)
        sys.stdout.flush()
        return
    path = _path(stem, kind, wanted)
    if path.exists() and not wanted.force:
        raise ExportExistsError(path=path)
    with atomic.replacing(path) as file:
        yield ExportedFile(file, str(path), kind)


class _Chosen:
    """The items of a recording that are wanted; counts the readings that pass."""

    def __init__(self, folder: RecordingFolder, wanted: ExportWanted) -> None:
        self.folder, self._wanted = folder, wanted
        self.rows = 0
        self.happenings: list[Gap | Happening] = []

    def __iter__(self) -> Iterator[Item]:
        boards = set(self._wanted.boards)
        for item in recorded_items(self.folder):
            if boards and item.board and item.board not in boards:
                continue
            if isinstance(item, Readings):
                self.rows += len(item)
            elif isinstance(item, Gap | Happening):
                self.happenings.append(item)
            yield item


def _write(
    file: IO[bytes],
    kind: ExportFormat,
    source: _Chosen,
    meta: RecordingMeta,
    wanted: ExportWanted,
) -> None:
    sheet = sheet_of(meta)
    if wanted.channels:
        labels = tuple(label for label in sheet.labels if label in wanted.channels)
        sheet = replace(sheet, labels=labels)
    if kind is ExportFormat.CSV:
        for piece in csv_bytes(source, sheet, PRESETS[wanted.preset]):
            file.write(piece)
    elif kind is ExportFormat.XLSX:
        from stemkit.export.xlsx import write_xlsx

        facts = [(tr(heading), text) for heading, text in _facts(meta).items() if text]
        write_xlsx(file, source, sheet, facts, _told(source))
    elif kind is ExportFormat.PARQUET:
        from stemkit.export.parquet import write_parquet

        write_parquet(file, source, sheet, _plain_facts(meta))
    else:
        wanted = replace(wanted, title=wanted.title or meta.name)
        _draw(file, kind, source, sheet, meta, wanted)


def _draw(
    file: IO[bytes],
    kind: ExportFormat,
    source: _Chosen,
    sheet: Sheet,
    meta: RecordingMeta,
    wanted: ExportWanted,
) -> None:
    from stemkit.export.plot import Picture, write_plot

    events = recorded_items(source.folder)
    marks = [
        (item.t_s, str(item.detail.get("text", "")))
        for item in events
        if isinstance(item, Happening) and item.kind is Kind.MARK
    ]
    book = ChannelBook.of(meta)
    names = {label: book.known("", label).name for label in sheet.labels}
    boards = [board.name for board in meta.boards]
    units = {label: book.unit_of_all(label, boards) for label in sheet.labels}
    sheet = replace(sheet, units=units)
    picture = Picture(wanted.title, wanted.channels, wanted.boards, names, marks)
    write_plot(file, str(kind), source, sheet, picture)


def _told(source: _Chosen) -> Iterator[tuple[float, str, str]]:
    for item in source.happenings:
        text = told(item)
        if text:
            yield item.t_s, item.board, text


def _counted(folder: RecordingFolder) -> RecordingMeta:
    """The recording's description; of one that was cut off, with what its lines tell."""
    meta = folder.meta()
    return meta if meta.totals.labels else survey(folder, meta)


def _kind(wanted: ExportWanted) -> ExportFormat:
    if wanted.format is not None:
        return wanted.format
    known = PICTURES if wanted.picture else tuple(ExportFormat)
    ending = _ending(wanted)
    if not ending:
        return known[0]
    if ending not in known:
        raise ExportKindError(path=wanted.to, known=", ".join(f".{kind}" for kind in known))
    return ExportFormat(ending)


def _ending(wanted: ExportWanted) -> str:
    """What says the kind of file: its ending, or the whole of a word such as `png`; "" for none."""
    path = Path(wanted.to)
    if wanted.to in ("", STDOUT) or path.is_dir():
        return ""
    if _is_kind(wanted):
        return wanted.to
    ending = path.suffix.lower().removeprefix(".")
    return ending or (wanted.to if wanted.picture else "")


def _is_kind(wanted: ExportWanted) -> bool:
    """Whether only a kind of file was named: `--plot png`."""
    return wanted.format is None and wanted.to in list(ExportFormat)


def _path(stem: str, kind: ExportFormat, wanted: ExportWanted) -> Path:
    name = f"{stem}.{kind}"
    path = Path(wanted.to).expanduser()
    if not wanted.to or (_is_kind(wanted) and not path.is_dir()):
        return Path(name)
    return path / name if path.is_dir() else path


def _facts(meta: RecordingMeta) -> Mapping[str, str]:
    """What is known of a recording, under marked headings."""
    return {
        N_("Recording"): meta.name,
        N_("Started"): meta.started.replace("T", " "),
        N_("Ended"): meta.ended.replace("T", " "),
        N_("Time zone"): meta.time_zone,
        N_("Person's code"): meta.operator,
        N_("Club"): meta.club,
        N_("Lesson"): meta.lesson,
        N_("Boards"): ", ".join(board.name for board in meta.boards),
        N_("Readings"): str(meta.totals.rows),
        N_("Lines lost"): str(meta.totals.lost),
        N_("Identifier"): meta.id,
    }


def _plain_facts(meta: RecordingMeta) -> dict[str, str]:
    names = ("name", "id", "started", "ended", "time_zone", "operator", "club", "lesson")
    return {name: str(getattr(meta, name)) for name in names if getattr(meta, name)}
