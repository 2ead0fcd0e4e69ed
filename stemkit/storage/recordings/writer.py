"""Writes a recording: appended without a buffer, whole lines only, on disk once a second.

What `write` took before it returned survives `kill -9` (the system has it) and, once `sync`
returned, a power cut. A full disk ends the recording at the last whole line; the end can still be
written, because some room was set aside at the start.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import NoReturn

from stemkit.errors import StemkitError, from_os_error, system_reason
from stemkit.formats.recording import encode_meta
from stemkit.model.recording import RecordingMeta
from stemkit.storage import atomic
from stemkit.storage.lock import ProcessLock
from stemkit.storage.recordings.errors import (
    RecordingBusyError,
    RecordingExistsError,
    RecordingWriteError,
)
from stemkit.storage.recordings.folder import EVENTS, LOCK, RAW, RecordingFolder, is_recording

ROTATE_BYTES = 64 << 20
_RESERVE = ".reserve"
_RESERVE_BYTES = 128 << 10
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)


class RecordingWriter:
    """One recording while it is written. Belongs to one thread.

    Raises `RecordingExistsError` unless `force`, `DiskFullError`, `PermissionDeniedError`,
    `RecordingWriteError`; a failed start leaves nothing behind.
    """

    def __init__(
        self,
        folder: RecordingFolder,
        meta: RecordingMeta,
        *,
        force: bool = False,
        rotate_bytes: int = ROTATE_BYTES,
    ) -> None:
        self.folder = folder
        self._rotate_bytes = rotate_bytes
        self._lock = ProcessLock(folder.path / LOCK)
        self._raw = self._events = -1
        self._raw_size = self._events_size = 0
        made = not folder.path.exists()
        try:
            self._begin(meta, force)
        except BaseException:
            self._close_files()
            self._lock.release()
            if made:
                shutil.rmtree(folder.path, ignore_errors=True)
            raise

    def write(self, raw: bytes, events: bytes) -> None:
        """Append whole rows to both files; what was written when it returns is safe from a crash.

        On an error the rows that found room are kept, torn ones are cut away, and the error is
        raised; nothing may be written after that but `end`.
        """
        if raw:
            self._raw_size = self._append(self._raw, RAW, raw, self._raw_size)
            if self._raw_size >= self._rotate_bytes:
                self._rotate()
        if events:
            self._events_size = self._append(self._events, EVENTS, events, self._events_size)

    def sync(self) -> None:
        """Have the disk keep what was written so far."""
        try:
            os.fsync(self._raw)
            os.fsync(self._events)
        except OSError as error:
            self._fail(error, RAW)

    def write_meta(self, meta: RecordingMeta) -> None:
        """Replace `meta.json`."""
        self.folder.write_meta(meta)

    def end(self, meta: RecordingMeta, events: bytes = b"") -> None:
        """Write the last events and the final `meta.json`, and let go of the folder."""
        (self.folder.path / _RESERVE).unlink(missing_ok=True)
        try:
            if events:
                self._append(self._events, EVENTS, events, self._events_size)
            self.sync()
            self.folder.write_meta(meta)
        finally:
            self.close()

    def close(self) -> None:
        """Let go of the files as they are."""
        self._close_files()
        with contextlib.suppress(OSError):
            (self.folder.path / _RESERVE).unlink(missing_ok=True)
        self._lock.release(remove=True)

    def _begin(self, meta: RecordingMeta, force: bool) -> None:
        path = self.folder.path
        if path.exists():
            self._make_way(path, force)
        try:
            path.mkdir(parents=True, exist_ok=True)
            if not self._lock.take():
                raise RecordingBusyError(name=self.folder.name)
            atomic.write_bytes(path / "meta.json", encode_meta(meta))
            (path / _RESERVE).write_bytes(bytes(_RESERVE_BYTES))
            self._raw = os.open(path / RAW, _FLAGS, 0o644)
            self._events = os.open(path / EVENTS, _FLAGS, 0o644)
        except OSError as error:
            self._fail(error, "")

    def _make_way(self, path: Path, force: bool) -> None:
        if not is_recording(path) and path.is_dir() and not any(path.iterdir()):
            return
        if not (force and is_recording(path)):
            raise RecordingExistsError(name=self.folder.name)
        lock = ProcessLock(path / LOCK)
        if not lock.take():
            raise RecordingBusyError(name=self.folder.name)
        lock.release(remove=True)
        old = path.with_name(f".{path.name}.old")
        shutil.rmtree(old, ignore_errors=True)
        path.rename(old)
        shutil.rmtree(old, ignore_errors=True)

    def _append(self, handle: int, name: str, data: bytes, size: int) -> int:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(handle, rest) :]
        except OSError as error:
            written = data[: len(data) - len(rest)]
            whole = size + written.rfind(b"\n") + 1
            with contextlib.suppress(OSError):
                os.ftruncate(handle, whole)
            if name == RAW:
                self._raw_size = whole
            self._fail(error, name)
        return size + len(data)

    def _rotate(self) -> None:
        try:
            os.fsync(self._raw)
            os.close(self._raw)
            self._raw = -1
            (self.folder.path / RAW).rename(self.folder.next_part())
            self._raw = os.open(self.folder.path / RAW, _FLAGS, 0o644)
        except OSError as error:
            self._fail(error, RAW)
        self._raw_size = 0

    def _fail(self, error: OSError, name: str) -> NoReturn:
        path = self.folder.path / name
        known: StemkitError | None = from_os_error(error, path)
        raise known or RecordingWriteError(path=path, reason=system_reason(error)) from error

    def _close_files(self) -> None:
        for handle in (self._raw, self._events):
            if handle >= 0:
                with contextlib.suppress(OSError):
                    os.close(handle)
        self._raw = self._events = -1
