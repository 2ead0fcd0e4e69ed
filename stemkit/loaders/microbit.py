"""micro:bit: copy a hex file to the drive of its interface chip (DAPLink)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stemkit.loaders.base import LoadImage, Missing
from stemkit.loaders.drive import DriveLoader, wait_for
from stemkit.loaders.errors import (
    DriveRefusesError,
    DriveStayedError,
    MaintenanceModeError,
)
from stemkit.model.chip import DRIVE_CHIPS
from stemkit.words import N_

DETAILS_FILE: Final = "DETAILS.TXT"
_FAIL_FILE: Final = "FAIL.TXT"
_TAKEN_LIMIT_S: Final = 30.0


class MicrobitLoader(DriveLoader):
    """Writes one micro:bit through its drive MICROBIT.

    DAPLink programs while it receives, then shows a fresh drive: without the copied file, with
    FAIL.TXT where something was wrong.
    """

    info_file = DETAILS_FILE
    copied_as = "stemkit.hex"
    _old_fail = ""

    def chip_in(self, info: dict[str, str]) -> str:
        """By the unique id of DETAILS.TXT, which begins with the kind of board."""
        if info.get("daplink mode", "").lower() == "bootloader":
            raise MaintenanceModeError
        return DRIVE_CHIPS.get(info.get("unique id", "")[:4], "")

    def write(self, image: LoadImage, missing: Missing) -> int:
        """Copy the file; what FAIL.TXT says by now is of an earlier one."""
        self._old_fail = _told_by(self._drive / _FAIL_FILE)
        return super().write(image, missing)

    def verify(self, image: LoadImage) -> None:
        """Wait for the fresh drive, and read what it says."""
        self._attempt.step(N_("Verifying"))
        if not wait_for(self._is_fresh, _TAKEN_LIMIT_S, self._attempt.stopped):
            raise DriveStayedError
        fail = self._drive / _FAIL_FILE
        if fail.exists():
            raise DriveRefusesError(reason=_reason(fail))

    def _is_fresh(self) -> bool:
        if _told_by(self._drive / _FAIL_FILE) not in ("", self._old_fail):
            return True
        return not (self._drive / self.copied_as).exists() and (self._drive / DETAILS_FILE).exists()


def _told_by(path: Path) -> str:
    """The beginning of a text on the drive; its name where it says nothing, "" without it."""
    try:
        with path.open("rb") as file:
            return file.read(200).decode("utf-8", "replace") or path.name
    except OSError:
        return ""


def _reason(path: Path) -> str:
    """The first line, without DAPLink's own "error:" before it."""
    line = next(iter(_told_by(path).splitlines()), "")
    told = "".join(c for c in line if c.isprintable())
    return told.removeprefix("error:").strip() or path.name
