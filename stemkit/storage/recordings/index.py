"""All recordings at a glance: a SQLite file that can be thrown away, and is rebuilt when it is."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from stemkit.errors import StemkitError
from stemkit.formats.errors import RecordingMetaError
from stemkit.storage.recordings.folder import META, RecordingFolder, all_recordings

INDEX = ".index.sqlite3"
_VERSION = 2
_IN_USE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_TABLE = """create table if not exists recordings (
  folder text primary key, stamp text not null, name text not null, started text not null,
  seconds real not null, lines integer not null, rows integer not null, lost integer not null,
  size_bytes integer not null, boards text not null, labels text not null, state text not null,
  lesson text not null)"""


@dataclass(frozen=True, slots=True)
class RecordingRow:
    """One recording in a list."""

    folder: str
    """The folder's name."""
    stamp: str
    """Changes with the files."""
    name: str
    started: str
    seconds: float
    lines: int
    rows: int
    lost: int
    size_bytes: int
    boards: tuple[str, ...]
    labels: tuple[str, ...]
    state: str
    """As `RecordingState`, or `damaged` where `meta.json` cannot be read."""
    lesson: str


class RecordingIndex:
    """The recordings in `home`."""

    def __init__(self, home: Path) -> None:
        self._home = home

    def rows(self) -> list[RecordingRow]:
        """All recordings, the newest first. Only what has changed since is read again.

        Works without its file too (a read-only disk), only slower.
        """
        folders = all_recordings(self._home)
        try:
            with self._opened() as database:
                return _newest_first(_refreshed(database, folders))
        except (sqlite3.Error, ValueError, TypeError) as error:
            # One that another process works with is not taken away from it.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF not in _IN_USE:
                with contextlib.suppress(OSError):
                    (self._home / INDEX).unlink()
        return _newest_first([_row(folder, _stamp(folder)) for folder in folders])

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if not self._home.is_dir():
            raise sqlite3.OperationalError("no folder")
        database = sqlite3.connect(self._home / INDEX, timeout=2.0)
        try:
            if database.execute("pragma user_version").fetchone()[0] != _VERSION:
                database.execute("drop table if exists recordings")
                database.execute(f"pragma user_version = {_VERSION}")
            database.execute(_TABLE)
            yield database
            database.commit()
        finally:
            database.close()


def _refreshed(database: sqlite3.Connection, folders: list[RecordingFolder]) -> list[RecordingRow]:
    known = {row[0]: _from_sql(row) for row in database.execute("select * from recordings")}
    found = []
    for folder in folders:
        stamp = _stamp(folder)
        row = known.pop(folder.name, None)
        if row is None or row.stamp != stamp:
            row = _row(folder, stamp)
            marks = ",".join("?" * len(_to_sql(row)))
            database.execute(f"insert or replace into recordings values ({marks})", _to_sql(row))
        found.append(row)
    for gone in known:
        database.execute("delete from recordings where folder = ?", (gone,))
    return found


def _stamp(folder: RecordingFolder) -> str:
    marks = []
    for path in (folder.path / META, *folder.raw_parts()):
        with contextlib.suppress(OSError):
            status = path.stat()
            marks.append(f"{path.name}:{status.st_mtime_ns}:{status.st_size}")
    return " ".join(marks)


def _row(folder: RecordingFolder, stamp: str) -> RecordingRow:
    try:
        meta = folder.meta()
    except (RecordingMetaError, StemkitError):
        size = folder.size_bytes()
        return RecordingRow(
            folder.name, stamp, folder.name, "", 0.0, 0, 0, 0, size, (), (), "damaged", ""
        )
    return RecordingRow(
        folder=folder.name,
        stamp=stamp,
        name=meta.name,
        started=meta.started,
        seconds=meta.totals.seconds,
        lines=meta.totals.lines,
        rows=meta.totals.rows,
        lost=meta.totals.lost,
        size_bytes=folder.size_bytes(),
        boards=tuple(board.name for board in meta.boards),
        labels=meta.totals.labels,
        state=str(meta.state),
        lesson=meta.lesson,
    )


def _to_sql(row: RecordingRow) -> tuple[object, ...]:
    return tuple(
        json.dumps(value, ensure_ascii=False) if isinstance(value, tuple | list) else value
        for value in astuple(row)
    )


def _from_sql(values: tuple[object, ...]) -> RecordingRow:
    row = list(values)
    for at in (9, 10):
        row[at] = tuple(json.loads(str(row[at])))
    return RecordingRow(*row)  # type: ignore[arg-type]


def _newest_first(rows: list[RecordingRow]) -> list[RecordingRow]:
    return sorted(rows, key=lambda row: (row.started, row.folder), reverse=True)
