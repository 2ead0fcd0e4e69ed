"""Puts a recording in order whose writer was killed."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from stemkit.errors import MissingFileError
from stemkit.formats.errors import RecordingMetaError
from stemkit.formats.recording import decode_event, decode_line
from stemkit.model.recording import RecordingMeta, RecordingState
from stemkit.storage import atomic
from stemkit.storage.lock import ProcessLock
from stemkit.storage.recordings.errors import RecordingBusyError
from stemkit.storage.recordings.folder import EVENTS, LOCK, RecordingFolder
from stemkit.storage.recordings.survey import survey

_STEP = 64 << 10


@dataclass(frozen=True, slots=True)
class Recovered:
    """What was found."""

    meta: RecordingMeta
    torn_bytes: int
    """Bytes of unfinished rows that were cut away."""


def recover(folder: RecordingFolder) -> Recovered:
    """Cut unfinished rows off, count what is there, and write `meta.json` anew.

    Safe to repeat, on whole recordings too. Raises `RecordingBusyError` while it is written, and
    the errors of reading and writing files.
    """
    lock = ProcessLock(folder.path / LOCK)
    with atomic.told(folder.path):
        if not lock.take():
            raise RecordingBusyError(name=folder.name)
    try:
        return _recover(folder)
    finally:
        lock.release(remove=True)


def is_being_written(folder: RecordingFolder) -> bool:
    """Whether a process records into it now."""
    if not (folder.path / LOCK).exists():
        return False
    lock = ProcessLock(folder.path / LOCK)
    free = lock.take()
    lock.release()
    return not free


def _recover(folder: RecordingFolder) -> Recovered:
    (folder.path / ".reserve").unlink(missing_ok=True)
    torn = sum(_cut_torn_end(part, is_event=False) for part in folder.raw_parts())
    events = folder.path / EVENTS
    if events.exists():
        torn += _cut_torn_end(events, is_event=True)
    meta = survey(folder, _known_meta(folder))
    whole = meta.state is RecordingState.COMPLETE and torn == 0
    meta = replace(
        meta,
        state=meta.state if whole else RecordingState.RECOVERED,
        ended=meta.ended or _moment(meta.started, meta.totals.seconds),
    )
    folder.write_meta(meta)
    return Recovered(meta, torn)


def _known_meta(folder: RecordingFolder) -> RecordingMeta:
    try:
        return folder.meta()
    except (RecordingMetaError, MissingFileError):
        # The lines are the truth; of the rest only the files' own times are left.
        oldest = min((part.stat().st_mtime for part in folder.raw_parts()), default=0.0)
        started = datetime.fromtimestamp(oldest).astimezone().isoformat(timespec="seconds")
        return RecordingMeta(name=folder.name, started=started)


def _cut_torn_end(path: Path, *, is_event: bool) -> int:
    """Cut what follows the last whole row; returns how many bytes that was."""
    decode = decode_event if is_event else decode_line
    with atomic.told(path), path.open("r+b") as file:
        size = end = file.seek(0, os.SEEK_END)
        while end > 0:
            start, row = _last_row(file, end)
            if row.endswith(b"\n") and decode(row) is not None:
                break
            end = start
        if end < size:
            file.truncate(end)
            os.fsync(file.fileno())
        return size - end


def _last_row(file: IO[bytes], end: int) -> tuple[int, bytes]:
    """Where the last row before `end` begins, and the row; a very long one in pieces."""
    start = max(0, end - _STEP)
    file.seek(start)
    data = file.read(end - start)
    cut = data.rfind(b"\n", 0, len(data) - 1) + 1
    return start + cut, data[cut:]


def _moment(started: str, seconds: float) -> str:
    try:
        ended = datetime.fromisoformat(started) + timedelta(seconds=seconds)
    except (ValueError, OverflowError):
        return ""
    return ended.isoformat(timespec="seconds")
