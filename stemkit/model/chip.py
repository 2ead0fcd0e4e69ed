"""What silicon fixes for every board that carries it; the board files are checked against it.

Sources: esptool 5.6 (`esptool/targets/*.py`: IMAGE_CHIP_ID, BOOTLOADER_FLASH_OFFSET),
microsoft/uf2 `utils/uf2families.json`, and the data sheet of each chip for its GPIO numbers.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


class Family(enum.StrEnum):
    """Boards that are flashed and talked to in the same way."""

    ESP = "esp"
    RP2 = "rp2"
    MICROBIT = "microbit"


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip: its family, GPIO numbers, and the marks by which its images are known."""

    family: Family
    gpios: frozenset[int]
    adc_gpios: frozenset[int]
    input_only: frozenset[int] = frozenset()
    image_offset: int | None = None
    """Flash address of a whole ESP image in bytes; None where images carry addresses."""
    esp_chip_id: int | None = None
    """`chip_id` in the extended header of an ESP image; None for ESP8266 (it has no such field)."""
    uf2_families: frozenset[int] = frozenset()


def _range(first: int, last: int, *without: int) -> frozenset[int]:
    return frozenset(range(first, last + 1)) - frozenset(without)


CHIPS: Final[Mapping[str, Chip]] = {
    "esp32": Chip(
        Family.ESP,
        _range(0, 39, 20, 24, 28, 29, 30, 31),
        frozenset({0, 2, 4, 12, 13, 14, 15, 25, 26, 27, *range(32, 40)}),
        _range(34, 39),
        0x1000,
        0,
    ),
    "esp32s2": Chip(
        Family.ESP, _range(0, 46, 22, 23, 24, 25), _range(1, 20), frozenset({46}), 0x1000, 2
    ),
    "esp32s3": Chip(
        Family.ESP, _range(0, 48, 22, 23, 24, 25), _range(1, 20), image_offset=0, esp_chip_id=9
    ),
    "esp32c3": Chip(Family.ESP, _range(0, 21), _range(0, 5), image_offset=0, esp_chip_id=5),
    "esp32c6": Chip(Family.ESP, _range(0, 30), _range(0, 6), image_offset=0, esp_chip_id=13),
    "esp8266": Chip(Family.ESP, _range(0, 16), frozenset(), image_offset=0),
    "rp2040": Chip(Family.RP2, _range(0, 29), _range(26, 29), uf2_families=frozenset({0xE48BFF56})),
    "rp2350": Chip(
        Family.RP2,
        _range(0, 29),
        _range(26, 29),
        uf2_families=frozenset({0xE48BFF57, 0xE48BFF59, 0xE48BFF5A, 0xE48BFF5B}),
    ),
    # nRF51822: AIN0-7 are P0.26, P0.27 and P0.01-P0.06 (product specification v3.4, table 2).
    "nrf51822": Chip(Family.MICROBIT, _range(0, 31), frozenset({26, 27, *range(1, 7)})),
    # nRF52833: port 1 is numbered from 32; AIN0-7 are P0.02-P0.05 and P0.28-P0.31.
    "nrf52833": Chip(Family.MICROBIT, _range(0, 41), frozenset({2, 3, 4, 5, 28, 29, 30, 31})),
}
"""Chip name, as esptool and the makers write it in small letters, to what it fixes."""

DRIVE_CHIPS: Final[Mapping[str, str]] = {
    "RPI-RP2": "rp2040",
    "RP2350": "rp2350",
    "9900": "nrf51822",
    "9901": "nrf51822",
    "9903": "nrf52833",
    "9904": "nrf52833",
    "9905": "nrf52833",
    "9906": "nrf52833",
}
"""What a loader's drive calls its board, to the chip: `Board-ID` of INFO_UF2.TXT (RP2040 data sheet
2.8.4.1, RP2350 data sheet 5.5.4), first four digits of `Unique ID` in a micro:bit's DETAILS.TXT
(tech.microbit.org, "micro:bit USB interface")."""
