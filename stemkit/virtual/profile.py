"""What a virtual board needs to know about the kind of board that it is."""

from __future__ import annotations

import random
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from stemkit.model.board import BoardModel

# chip -> sys.platform, and sys.implementation._mpy of its MicroPython: .mpy version 6.3 with the
# architecture's number (MicroPython, py/persistentcode.h: MP_NATIVE_ARCH_...).
_MICROPYTHON: Final = {
    "esp32": ("esp32", 10),
    "esp32s2": ("esp32", 10),
    "esp32s3": ("esp32", 10),
    "esp32c3": ("esp32", 11),
    "esp32c6": ("esp32", 11),
    "esp8266": ("esp8266", 9),
    "rp2040": ("rp2", 3),
    "rp2350": ("rp2", 7),
    "nrf51822": ("microbit", 0),
    "nrf52833": ("microbit", 0),
}
_MPY_VERSION: Final = 0x0306


@dataclass(frozen=True, slots=True)
class Profile:
    """Facts of a kind of board, in the form in which they travel to the supervisor as JSON."""

    model: str
    family: str
    """`esp`, `rp2` or `microbit`."""
    chip: str
    platform: str
    """`sys.platform` of its MicroPython."""
    machine: str
    """`sys.implementation._machine`."""
    mpy: int
    """`sys.implementation._mpy`."""
    flash_bytes: int
    fs_offset: int
    fs_bytes: int
    fs_block_bytes: int
    fs_prog_bytes: int
    native_usb: bool
    baud: int
    ring_bytes: int
    heap_bytes: int
    image_offset: int
    esp_chip_id: int | None
    uf2_families: tuple[int, ...]
    drive: str

    @classmethod
    def of(cls, model: BoardModel) -> Self:
        """The profile of a kind of board in the catalogue."""
        platform, arch = _MICROPYTHON[model.chip]
        place = model.filesystem
        return cls(
            model=model.id,
            family=str(model.family),
            chip=model.chip,
            platform=platform,
            machine=next(iter(model.firmware.machines), f"{model.name.en} with {model.chip}"),
            mpy=_MPY_VERSION if arch == 0 else (arch << 10) | _MPY_VERSION,
            flash_bytes=model.flash_bytes,
            fs_offset=place.offset,
            fs_bytes=place.bytes,
            fs_block_bytes=place.block_bytes,
            fs_prog_bytes=place.progsize_bytes,
            native_usb=model.serial.native_usb,
            baud=model.serial.baud,
            ring_bytes=model.serial.receive_ring_bytes,
            heap_bytes=model.ram.heap_bytes,
            image_offset=model.image.offset or 0,
            esp_chip_id=model.image.esp_chip_id,
            uf2_families=model.image.uf2_families,
            drive=model.drive,
        )

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The profile that `to_json` wrote."""
        return cls(**{**values, "uf2_families": tuple(values["uf2_families"])})


def make_unique_id(profile: Profile, seed: str) -> bytes:
    """An id of the length that the family's `machine.unique_id()` has, from a board's name."""
    # Locally administered addresses (IEEE 802: second bit of the first byte) for the MACs.
    rng = random.Random(f"{profile.model}:{seed}")
    if profile.family == "esp":
        if profile.chip == "esp8266":
            return rng.randbytes(3) + b"\0"
        return bytes([0x02 | rng.randrange(64) << 2]) + rng.randbytes(5)
    return rng.randbytes(8)
