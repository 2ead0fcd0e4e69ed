"""An image that makes a blank virtual ESP board run MicroPython, for where there is no network.

It is sound in every part that a boot loader checks, and holds no program: a virtual board that
finds such an image starts the MicroPython of this computer. On a real board it would do nothing.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from stemkit.virtual.family import Build
from stemkit.virtual.flash import FlashFile
from stemkit.virtual.profile import Profile
from stemkit.virtual.rom import installed
from stemkit.virtual.rom.chips import CHIPS

_PROGRAM = 0x10000
_SECTOR = 4096


def stand_in(profile: Profile) -> bytes:
    """The image for an ESP32-family board, to be written at its image offset (`image_offset`)."""
    assert profile.esp_chip_id is not None
    with tempfile.TemporaryDirectory() as folder:
        flash = FlashFile(Path(folder) / "flash", profile.flash_bytes)
        banner = f"MicroPython {Build().git}; {profile.machine}"
        place = (profile.fs_offset, profile.fs_bytes)
        chip = CHIPS[profile.chip]
        installed.install(flash, chip, profile.esp_chip_id, profile.image_offset, place, banner)
        return flash.read(profile.image_offset, _PROGRAM + _SECTOR - profile.image_offset)
