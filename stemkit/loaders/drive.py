"""Copy a file to the drive that a board's boot loader shows, and see whether the board took it."""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from stemkit.errors import system_reason
from stemkit.loaders.base import Attempt, Chip, LoaderCapabilities, LoadImage, Missing
from stemkit.loaders.errors import (
    DriveFailedError,
    DriveGoneError,
    LoaderSilentError,
    LoaderTimeoutError,
    StoppedError,
    UnknownChipError,
    WrongChipError,
)
from stemkit.words import N_

_LOOK_S: Final = 0.05
_CHUNK_BYTES: Final = 32 * 1024
# Boot loader drives are full-speed USB; a micro:bit, the slowest, takes 20 kB/s and more.
_LEAST_BYTES_PER_S: Final = 10_000
_LEAST_LIMIT_S: Final = 30.0
_CONNECT_LIMIT_S: Final = 5.0


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


class DriveLoader:
    """What the loaders have in common that take a file on `drive`, the folder where it is mounted.

    A kind of loader says in which file it introduces itself, which chip that is, what the copied
    file is called, and in `verify` how it shows that it took it.
    """

    capabilities = LoaderCapabilities(reads_back=False, rates=())
    info_file: str
    """The file by which the drive is known."""
    copied_as: str
    """Name of the file that is copied to it."""

    def __init__(self, drive: Path, attempt: Attempt) -> None:
        self._drive = drive
        self._attempt = attempt
        self._chip = ""

    def chip_in(self, info: dict[str, str]) -> str:
        """The chip by the lines of `info_file`, "" for one that stemkit does not know."""
        raise NotImplementedError

    def connect(self) -> Chip:
        """Read which chip it is."""
        self._attempt.step(N_("Connecting"))
        info = self._drive / self.info_file
        if not wait_for(info.is_file, _CONNECT_LIMIT_S, self._attempt.stopped):
            raise LoaderSilentError
        self._chip = self.chip_in(facts(info))
        if not self._chip:
            raise UnknownChipError
        return Chip(self._chip, None)

    def check(self, image: LoadImage) -> None:
        """Refuse an image for another chip: a drive would ignore it without a word."""
        if self._chip not in image.chips:
            raise WrongChipError(
                found=self._chip, image=image.name, wanted=", ".join(sorted(image.chips))
            )

    def missing(self, image: LoadImage, *, whole: bool = False) -> Missing:
        """Everything: a drive does not show what is in flash."""
        size = image.parts[0].size
        return Missing(((0, size),), size)

    def write(self, image: LoadImage, missing: Missing) -> int:
        """Copy the file."""
        self._attempt.step(N_("Writing"), missing.total)
        Copy(image.parts[0].data, self._drive / self.copied_as, self._attempt).run()
        return missing.total

    def start(self) -> None:
        """Nothing: the board has restarted by itself."""

    def close(self) -> None:
        """Nothing is held."""


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
        if self._attempt.stopped():
            raise StoppedError
        limit_s = _LEAST_LIMIT_S + len(self._data) / _LEAST_BYTES_PER_S
        thread = threading.Thread(target=self._copy, name=f"copy {self._target}", daemon=True)
        thread.start()
        ends_s = time.monotonic() + limit_s
        try:
            while thread.is_alive():
                self._attempt.advance(self._sent)
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
        raise DriveFailedError(drive=self._target.parent, reason=system_reason(error)) from error


def _write_all(fd: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
