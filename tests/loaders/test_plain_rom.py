"""The ESP loader against a second foreign boot loader, which has whims that the mock has not."""

from __future__ import annotations

import pytest

from stemkit.errors import StemkitError
from stemkit.loaders.errors import LoaderRefusesError, LockedChipError, VerifyError
from stemkit.loaders.esp import EspLoader, EspShared
from tests.loaders.bench import Kept, image_for
from tests.loaders.plain_rom import CHIPS, PlainRom, Whims, plain_rom


def flashed(chip: str, whims: Whims | None = None) -> PlainRom:
    """The board after it was flashed; raises what the loader does."""
    image = image_for(chip)
    with plain_rom(chip, whims) as (rom, link):
        loader = EspLoader(link, Kept().attempt(), EspShared(), 921600)
        try:
            assert loader.connect().name == chip
            loader.check(image)
            loader.write(image, loader.missing(image))
            loader.verify(image)
        finally:
            loader.close()
    (part,) = image.parts
    assert bytes(rom.flash[part.address : part.address + part.size]) == part.data
    return rom


@pytest.mark.parametrize("chip", CHIPS)
def test_every_chip(chip: str) -> None:
    assert flashed(chip).blocks > 0


@pytest.mark.parametrize(
    "whims",
    [
        Whims(deaf_syncs=3),
        Whims(flash_id=0xABCDEF),
        Whims(flash_id=0x000001),
    ],
    ids=["slow-to-sync", "strange-flash", "odd-flash"],
)
def test_whims_that_do_no_harm(whims: Whims) -> None:
    flashed("esp32", whims)


@pytest.mark.parametrize(
    ("chip", "whims", "error"),
    [
        ("esp32c3", Whims(flags=1), LockedChipError),
        ("esp32s2", Whims(flags=1), LockedChipError),
        ("esp32c3", Whims(flags=4), LockedChipError),
        ("esp32c3", Whims(encryption=0b001), LockedChipError),
        ("esp32", Whims(wrong_md5s=99), VerifyError),
        ("esp32", Whims(refused_block=1, refusals=99), LoaderRefusesError),
        ("esp32", Whims(flash_id=0xFFFFFF), LoaderRefusesError),
    ],
    ids=["boot", "s2-boot", "download", "encrypted", "md5", "worn-out", "no-flash"],
)
def test_whims_that_are_told(chip: str, whims: Whims, error: type[StemkitError]) -> None:
    with pytest.raises(error):
        flashed(chip, whims)


def test_encryption_that_was_switched_off_again_is_no_lock() -> None:
    flashed("esp32c3", Whims(encryption=0b011))
