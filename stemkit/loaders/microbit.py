"""micro:bit: copy a hex file to the drive of its interface chip (DAPLink)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stemkit.loaders.base import Attempt, Chip, LoaderCapabilities, LoadImage, Missing
from stemkit.loaders.drive import Copy, facts, wait_for
from stemkit.loaders.errors import (
    DriveRefusesError,
    DriveStayedError,
    LoaderSilentError,
    MaintenanceModeError,
    UnknownChipError,
    WrongChipError,
)
from stemkit.model.chip import DRIVE_CHIPS
from stemkit.words import N_

DETAILS_FILE: Final = "DETAILS.TXT"
_FAIL_FILE: Final = "FAIL.TXT"
_FILE: Final = "stemkit.hex"
_CONNECT_LIMIT_S: Final = 5.0
_TAKEN_LIMIT_S: Final = 30.0


class MicrobitLoader:
    """Writes one micro:bit through `drive`, the folder where MICROBIT is mounted.

    DAPLink programs while it receives, then shows a fresh drive: without the copied file, with
    FAIL.TXT where something was wrong.
    """

    capabilities = LoaderCapabilities(reads_back=False, rates=())

    def __init__(self, drive: Path, attempt: Attempt) -> None:
        self._drive = drive
        self._attempt = attempt
        self._chip = ""

    def connect(self) -> Chip:
        """Read DETAILS.TXT."""
        self._attempt.step(N_("Connecting"))
        details = self._drive / DETAILS_FILE
        if not wait_for(details.is_file, _CONNECT_LIMIT_S, self._attempt.stopped):
            raise LoaderSilentError
        known = facts(details)
        if known.get("daplink mode", "").lower() == "bootloader":
            raise MaintenanceModeError
        self._chip = DRIVE_CHIPS.get(known.get("unique id", "")[:4], "")
        if not self._chip:
            raise UnknownChipError
        return Chip(self._chip, None)

    def check(self, image: LoadImage) -> None:
        """Refuse a hex that has no program for this version of the board."""
        if self._chip not in image.chips:
            raise WrongChipError(
                found=self._chip, image=image.name, wanted=", ".join(sorted(image.chips))
            )

    def missing(self, image: LoadImage, *, whole: bool = False) -> Missing:
        """Everything: the drive does not show what is in flash."""
        size = image.parts[0].size
        return Missing(((0, size),), size)

    def write(self, image: LoadImage, missing: Missing) -> int:
        """Copy the file."""
        self._attempt.step(N_("Writing"), missing.total)
        Copy(image.parts[0].data, self._drive / _FILE, self._attempt).run()
        return missing.total

    def verify(self, image: LoadImage) -> None:
        """Wait for the fresh drive, and read what it says."""
        self._attempt.step(N_("Verifying"))
        if not wait_for(self._is_fresh, _TAKEN_LIMIT_S, self._attempt.stopped):
            raise DriveStayedError
        fail = self._drive / _FAIL_FILE
        if fail.exists():
            raise DriveRefusesError(reason=_first_line(fail))

    def start(self) -> None:
        """Nothing: the board has restarted by itself."""

    def close(self) -> None:
        """Nothing is held."""

    def _is_fresh(self) -> bool:
        if (self._drive / _FAIL_FILE).exists():
            return True
        return not (self._drive / _FILE).exists() and (self._drive / DETAILS_FILE).exists()


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(200).decode("utf-8", "replace")
    except OSError:
        return "FAIL.TXT"
    line = next(iter(text.splitlines()), "")
    return "".join(c for c in line if c.isprintable()) or "FAIL.TXT"
