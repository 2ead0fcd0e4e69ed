"""RP2040 and RP2350: copy a UF2 file to the drive of the chip's boot ROM."""

from __future__ import annotations

from typing import Final

from stemkit.loaders.base import LoadImage
from stemkit.loaders.drive import DriveLoader, wait_for
from stemkit.loaders.errors import DriveStayedError
from stemkit.model.chip import DRIVE_CHIPS
from stemkit.words import N_

INFO_FILE: Final = "INFO_UF2.TXT"
_TAKEN_LIMIT_S: Final = 15.0


class Uf2Loader(DriveLoader):
    """Writes one board through the drive of its boot ROM.

    The ROM restarts the board when every block of the file has arrived, each of which USB carries
    with a checksum; it shows nothing of its flash, so that what is there can only be asked of the
    running board.
    """

    info_file = INFO_FILE
    copied_as = "stemkit.uf2"

    def chip_in(self, info: dict[str, str]) -> str:
        """By the board id of INFO_UF2.TXT."""
        return DRIVE_CHIPS.get(info.get("board-id", ""), "")

    def verify(self, image: LoadImage) -> None:
        """Wait for the drive to go: the ROM restarts once it has every block, and never before."""
        self._attempt.step(N_("Verifying"))
        info = self._drive / INFO_FILE
        if not wait_for(lambda: not info.exists(), _TAKEN_LIMIT_S, self._attempt.stopped):
            raise DriveStayedError
