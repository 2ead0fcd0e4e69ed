"""micro:bit: copy a hex file to the drive of its interface chip (DAPLink)."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stemkit.loaders.base import LoadImage
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

    def chip_in(self, info: dict[str, str]) -> str:
        """By the unique id of DETAILS.TXT, which begins with the kind of board."""
        if info.get("daplink mode", "").lower() == "bootloader":
            raise MaintenanceModeError
        return DRIVE_CHIPS.get(info.get("unique id", "")[:4], "")

    def verify(self, image: LoadImage) -> None:
        """Wait for the fresh drive, and read what it says."""
        self._attempt.step(N_("Verifying"))
        if not wait_for(self._is_fresh, _TAKEN_LIMIT_S, self._attempt.stopped):
            raise DriveStayedError
        fail = self._drive / _FAIL_FILE
        if fail.exists():
            raise DriveRefusesError(reason=_first_line(fail))

    def _is_fresh(self) -> bool:
        if (self._drive / _FAIL_FILE).exists():
            return True
        return not (self._drive / self.copied_as).exists() and (self._drive / DETAILS_FILE).exists()


def _first_line(path: Path) -> str:
    try:
        with path.open("rb") as file:
            text = file.read(200).decode("utf-8", "replace")
    except OSError:
        return "FAIL.TXT"
    line = next(iter(text.splitlines()), "")
    return "".join(c for c in line if c.isprintable()) or "FAIL.TXT"
