"""RP2040 and RP2350: copy a UF2 file to the drive of the chip's boot ROM."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from stemkit.loaders.base import Attempt, Chip, LoaderCapabilities, LoadImage, Missing
from stemkit.loaders.drive import Copy, facts, wait_for
from stemkit.loaders.errors import (
    DriveStayedError,
    LoaderSilentError,
    UnknownChipError,
    WrongChipError,
)
from stemkit.model.chip import DRIVE_CHIPS
from stemkit.words import N_

INFO_FILE: Final = "INFO_UF2.TXT"
_FILE: Final = "stemkit.uf2"
_CONNECT_LIMIT_S: Final = 5.0
_TAKEN_LIMIT_S: Final = 15.0


class Uf2Loader:
    """Writes one board through `drive`, the folder where its boot ROM's drive is mounted.

    The ROM restarts the board when every block of the file has arrived, each of which USB carries
    with a checksum; it shows nothing of its flash, so that what is there can only be asked of the
    running board.
    """

    capabilities = LoaderCapabilities(reads_back=False, rates=())

    def __init__(self, drive: Path, attempt: Attempt) -> None:
        self._drive = drive
        self._attempt = attempt
        self._chip = ""

    def connect(self) -> Chip:
        """Read INFO_UF2.TXT."""
        self._attempt.step(N_("Connecting"))
        info = self._drive / INFO_FILE
        if not wait_for(info.is_file, _CONNECT_LIMIT_S, self._attempt.stopped):
            raise LoaderSilentError
        self._chip = DRIVE_CHIPS.get(facts(info).get("board-id", ""), "")
        if not self._chip:
            raise UnknownChipError
        return Chip(self._chip, None)

    def check(self, image: LoadImage) -> None:
        """Refuse an image for another chip: the ROM would ignore it without a word."""
        if self._chip not in image.chips:
            raise WrongChipError(
                found=self._chip, image=image.name, wanted=", ".join(sorted(image.chips))
            )

    def missing(self, image: LoadImage, *, whole: bool = False) -> Missing:
        """Everything: the ROM does not show what is in flash."""
        size = image.parts[0].size
        return Missing(((0, size),), size)

    def write(self, image: LoadImage, missing: Missing) -> int:
        """Copy the file."""
        self._attempt.step(N_("Writing"), missing.total)
        Copy(image.parts[0].data, self._drive / _FILE, self._attempt).run()
        return missing.total

    def verify(self, image: LoadImage) -> None:
        """Wait for the drive to go: the ROM restarts once it has every block, and never before."""
        self._attempt.step(N_("Verifying"))
        info = self._drive / INFO_FILE
        if not wait_for(lambda: not info.exists(), _TAKEN_LIMIT_S, self._attempt.stopped):
            raise DriveStayedError

    def start(self) -> None:
        """Nothing: the board has restarted by itself."""

    def close(self) -> None:
        """Nothing is held."""
