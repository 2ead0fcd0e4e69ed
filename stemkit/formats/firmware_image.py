"""Any firmware file: told apart by its first bytes, then checked by its own format's module."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stemkit.formats import esp_flash, esp_image, intel_hex, uf2
from stemkit.formats.errors import (
    ArchiveAsImageError,
    EmptyImageError,
    ImageLayoutError,
    UnknownImageError,
    WebPageError,
)
from stemkit.formats.esp_flash import EspFirmware
from stemkit.formats.intel_hex import HexFile
from stemkit.formats.micropython_build import MicroPythonBuild
from stemkit.formats.uf2 import Uf2File

FirmwareImage = EspFirmware | Uf2File | HexFile

_CHIP_BY_UF2_FAMILY: Final[Mapping[int | None, str]] = {
    uf2.FAMILY_RP2040: "rp2040",
    uf2.FAMILY_RP2350_ARM: "rp2350",
    uf2.FAMILY_RP2350_RISCV: "rp2350",
    uf2.FAMILY_RP2350_ARM_NONSECURE: "rp2350",
}
_CHIP_BY_MICROBIT: Final = {
    intel_hex.MICROBIT_V1: "nrf51822",
    intel_hex.MICROBIT_V2: "nrf52833",
}

_ARCHIVES = {
    b"PK\x03\x04": "ZIP",
    b"PK\x05\x06": "ZIP",
    b"\x1f\x8b": "gzip",
    b"7z\xbc\xaf": "7z",
    b"Rar!": "RAR",
    b"\xfd7zXZ": "xz",
    b"BZh": "bzip2",
    b"\x28\xb5\x2f\xfd": "zstd",
}
_PAGE_STARTS = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")


def parse(data: bytes, name: str = "image") -> FirmwareImage:
    """Read and check a firmware file of any kind; `name` is told in errors.

    Raises one of `stemkit.formats.errors`' FirmwareImageError.
    """
    image = _parsed(data, name)
    if not chips(image):
        made_for = image.families if isinstance(image, Uf2File) else ()
        raise ImageLayoutError(
            name=name,
            part="chip family",
            found=", ".join(map(uf2.family_name, made_for)) or "unknown",
            expected="rp2040, rp2350",
        )
    return image


def _parsed(data: bytes, name: str) -> FirmwareImage:
    _refuse_what_it_is_not(data, name)
    if uf2.starts_like_uf2(data):
        return uf2.parse(data, name)
    if intel_hex.starts_like_hex(data):
        return intel_hex.parse(data, name)
    erased_first = data[:1] == b"\xff" and any(
        esp_image.starts_like_image(data, offset) for offset in (0x1000, 0x2000)
    )
    if esp_image.starts_like_image(data) or erased_first:
        return esp_flash.parse(data, name)
    raise UnknownImageError(name=name, start=data[:8].hex(" "))


def _refuse_what_it_is_not(data: bytes, name: str) -> None:
    if not data.strip(b"\0\xff \r\n\t"):
        raise EmptyImageError(name=name)
    for magic, kind in _ARCHIVES.items():
        if data.startswith(magic):
            raise ArchiveAsImageError(name=name, kind=kind)
    if data[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower().startswith(_PAGE_STARTS):
        raise WebPageError(name=name)


def chips(image: FirmwareImage) -> frozenset[str]:
    """The chips that an image is made for, named as in `stemkit.model.chip`."""
    match image:
        case EspFirmware():
            return frozenset({image.chip})
        case Uf2File():
            known = [chip_of_family(family) for family in image.families]
        case HexFile():
            known = [_CHIP_BY_MICROBIT.get(board) for board in image.programs]
    return frozenset(chip for chip in known if chip is not None)


def chip_of_family(family: int | None) -> str | None:
    """The chip that runs what is in UF2 blocks of a family; None: unknown, or for no chip alone."""
    return _CHIP_BY_UF2_FAMILY.get(family)


def build(image: FirmwareImage) -> MicroPythonBuild | None:
    """What the firmware says of itself; of a universal hex, its newest program's word."""
    if isinstance(image, HexFile):
        builds = [p.build for p in image.programs.values() if p.build is not None]
        return max(builds, key=lambda build: build.date, default=None)
    return image.build
