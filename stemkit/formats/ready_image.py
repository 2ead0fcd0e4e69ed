"""Firmware and a lesson's files as one image: the board starts with the lesson in place.

Only the blocks that the file system uses are part of it, so that no more is sent than needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from stemkit.formats import filesystem_image, firmware_image, microbit_hex, rp2_binary, uf2
from stemkit.formats.errors import (
    FilesBeyondFlashError,
    FirmwareOverFilesError,
    ImageLayoutError,
    NoPlaceForFilesError,
)
from stemkit.formats.esp_flash import EspFirmware
from stemkit.formats.filesystem_image import Geometry
from stemkit.formats.firmware_image import FirmwareImage, chip_of_family
from stemkit.formats.intel_hex import HexFile
from stemkit.formats.uf2 import Uf2File
from stemkit.model.board import BoardModel

# The two superblocks, and something to keep.
_LEAST_BLOCKS: Final = 4

Pieces = list[tuple[int, bytes]]
"""(flash address, bytes); a file that carries its addresses itself (UF2, hex) is at 0."""


def combine(
    image: FirmwareImage,
    data: bytes,
    model: BoardModel,
    files: Mapping[str, bytes],
    *,
    flash_bytes: int | None = None,
    name: str = "image",
) -> Pieces:
    """What to write so that a board has the firmware and `files` (path to contents).

    `data` is the file that `image` was parsed from, `flash_bytes` the size of the board's own flash
    where it is known (else its model's). Raises BoardFullError, BoardFileNameError,
    NoPlaceForFilesError, FirmwareOverFilesError, FilesBeyondFlashError or ImageLayoutError.
    """
    made_for = firmware_image.chips(image)
    if model.chip not in made_for:
        found = ", ".join(sorted(made_for)) or "unknown"
        raise ImageLayoutError(name=name, part="chip", found=found, expected=model.chip)
    match image:
        case EspFirmware():
            return _esp(image, data, model, files, flash_bytes or model.flash_bytes, name)
        case Uf2File():
            return [(0, _uf2(image, model, files, flash_bytes or model.flash_bytes, name))]
        case HexFile():
            return [(0, _microbit(image, model, files, name))]


def one_file(pieces: Pieces) -> tuple[int, bytes]:
    """The flash address of the first piece, and all of them as one file.

    What lies between is filled as erased flash is (0xFF): a file system reads none of it.
    """
    ordered = sorted(pieces)
    start = ordered[0][0]
    made = bytearray()
    for address, data in ordered:
        made += b"\xff" * (address - start - len(made))
        made += data
    return start, bytes(made)


def _esp(
    image: EspFirmware,
    data: bytes,
    model: BoardModel,
    files: Mapping[str, bytes],
    flash_bytes: int,
    name: str,
) -> Pieces:
    place = model.filesystem
    if image.partitions is None:
        # The ESP8266 believes the flash size in the image's header; it keeps the end for itself.
        start = place.offset
        size = place.bytes + (image.flash_size or flash_bytes) - model.flash_bytes
    else:
        partition = image.partitions.file_system(flash_bytes)
        if partition is None or partition.label != place.label:
            reason = partition.label if partition else "no room behind the program"
            raise NoPlaceForFilesError(name=name, reason=reason)
        start, size = partition.offset, partition.size
    if start < image.base + len(data):
        raise FirmwareOverFilesError(name=name, model=model.id)
    geometry = _geometry(model, start, size, flash_bytes, name)
    return [(image.base, data), *filesystem_image.build(files, geometry).pieces(start)]


def _geometry(model: BoardModel, start: int, size: int, flash_bytes: int, name: str) -> Geometry:
    """The file system at flash address `start`, which must lie in the flash."""
    place = model.filesystem
    if start + size > flash_bytes:
        raise FilesBeyondFlashError(name=name, needed=start + size, present=flash_bytes)
    count = size // place.block_bytes
    if start < 0 or start % place.block_bytes or count < _LEAST_BLOCKS:
        raise NoPlaceForFilesError(name=name, reason=f"0x{start:x}+0x{size:x}")
    return Geometry(place.block_bytes, count, place.progsize_bytes)


def _uf2(
    image: Uf2File, model: BoardModel, files: Mapping[str, bytes], flash_bytes: int, name: str
) -> bytes:
    merged = image
    own = [family for family in image.families if family and chip_of_family(family) == model.chip]
    result = b""
    for family in own:
        start, geometry = _rp2_place(image, family, model, flash_bytes, name)
        address = rp2_binary.FLASH_ADDRESS + start
        pieces = filesystem_image.build(files, geometry).pieces(address)
        try:
            result = uf2.merge(merged, family, pieces)
        except ValueError as error:
            raise FirmwareOverFilesError(name=name, model=model.id) from error
        merged = uf2.parse(result, name)
    return result


def _rp2_place(
    image: Uf2File, family: int, model: BoardModel, flash_bytes: int, name: str
) -> tuple[int, Geometry]:
    """Where the firmware itself says that its files are, else where its model has them."""
    start, size = model.filesystem.offset, model.filesystem.bytes
    declared = rp2_binary.file_system(image.memory(family))
    if declared is not None:
        start, size = declared.address - rp2_binary.FLASH_ADDRESS, declared.size
    return start, _geometry(model, start, size, flash_bytes, name)


def _microbit(image: HexFile, model: BoardModel, files: Mapping[str, bytes], name: str) -> bytes:
    program = image.programs.get(model.id)
    if program is None:
        found = ", ".join(image.programs)
        raise ImageLayoutError(name=name, part="board", found=found, expected=model.id)
    return microbit_hex.with_files(program, files, name)
