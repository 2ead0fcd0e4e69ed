"""Copy a file to the drive that a board's boot loader shows, and see whether the board took it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from stemkit.loaders.base import Attempt
from stemkit.loaders.errors import (
    DriveFailedError,
    DriveGoneError,
    LoaderTimeoutError,
    StoppedError,
)

_LOOK_S: Final = 0.05
_CHUNK_BYTES: Final = 32 * 1024
# Boot loader drives are full-speed USB; a micro:bit, the slowest, takes 20 kB/s and more.
_LEAST_BYTES_PER_S: Final = 10_000
_LEAST_LIMIT_S: Final = 30.0


def facts(path: Path) -> dict[str, str]:
    """The `Name: value` lines of a text file on a board's drive, names in small letters.

    Empty where the file cannot be read. What a drive holds is not to be trusted: only the first
    lines count.
    """
    try:
        with path.open("rb") as file:
            text = file.read(4096).decode("utf-8", "replace")
    except OSError:
        return {}
    rows = (line.partition(":") for line in text.splitlines())
    return {name.strip().lower(): value.strip() for name, colon, value in rows if colon}


def wait_for(happened: Callable[[], bool], limit_s: float, stopped: Callable[[], bool]) -> bool:
    """Whether `happened` came true within `limit_s` seconds; raises StoppedError on request."""
    ends_s = time.monotonic() + limit_s
    while not happened():
        if stopped():
            raise StoppedError
        if time.monotonic() >= ends_s:
            return False
        time.sleep(_LOOK_S)
    return True


class Copy:
    """One file on its way to a drive, in a thread of its own: a stuck device hangs only that."""

    def __init__(self, data: bytes, target: Path, attempt: Attempt) -> None:
        self._data = data
        self._target = target
        self._attempt = attempt
        self._error: OSError | None = None
        self._halt = threading.Event()
        self._sent = 0

    def run(self) -> None:
        """Copy and flush.

        A drive that vanishes when everything was handed over has perhaps restarted with the new
        firmware (macOS then reports an error): that is for the caller to judge. Raises
        DriveGoneError, DriveFailedError, LoaderTimeoutError or StoppedError otherwise.
        """
        limit_s = _LEAST_LIMIT_S + len(self._data) / _LEAST_BYTES_PER_S
        thread = threading.Thread(target=self._copy, name=f"copy {self._target}", daemon=True)
        thread.start()
        ends_s = time.monotonic() + limit_s
        try:
            while thread.is_alive():
                if self._attempt.stopped():
                    raise StoppedError
                if time.monotonic() >= ends_s:
                    raise LoaderTimeoutError(limit_s=round(limit_s))
                thread.join(_LOOK_S)
                self._attempt.advance(self._sent)
        finally:
            self._halt.set()
        self._judge()

    def _copy(self) -> None:
        try:
            with self._target.open("wb", buffering=0) as file:
                for start in range(0, len(self._data), _CHUNK_BYTES):
                    if self._halt.is_set():
                        return
                    _write_all(file.fileno(), self._data[start : start + _CHUNK_BYTES])
                    self._sent = min(start + _CHUNK_BYTES, len(self._data))
                os.fsync(file.fileno())
        except OSError as error:
            self._error = error

    def _judge(self) -> None:
        error = self._error
        if error is None or (self._sent == len(self._data) and not self._target.exists()):
            return
        if not self._target.parent.is_dir():
            raise DriveGoneError(drive=self._target.parent) from error
        with contextlib.suppress(OSError):
            self._target.unlink()
        raise DriveFailedError(drive=self._target.parent, reason=error.strerror) from error


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
