"""Firmware and a lesson's files as one image: the board starts with the lesson in place.

Only the blocks that the file system uses are part of it, so that no more is sent than needed.
"""

from __future__ import annotations

from collections.abc import Mapping

from stemkit.formats import filesystem_image, microbit_hex, rp2_binary, uf2
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
    match image:
        case EspFirmware():
            return _esp(image, data, model, files, flash_bytes or model.flash_bytes, name)
        case Uf2File():
            return [(0, _uf2(image, model, files, name))]
        case HexFile():
            return [(0, _microbit(image, model, files, name))]


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
    if start + size > flash_bytes:
        raise FilesBeyondFlashError(name=name, needed=start + size, present=flash_bytes)
    if start < image.base + len(data):
        raise FirmwareOverFilesError(name=name, model=model.id)
    geometry = Geometry(place.block_bytes, size // place.block_bytes, place.progsize_bytes)
    return [(image.base, data), *filesystem_image.build(files, geometry).pieces(start)]


def _uf2(image: Uf2File, model: BoardModel, files: Mapping[str, bytes], name: str) -> bytes:
    merged = image
    own = [family for family in image.families if family and chip_of_family(family) == model.chip]
    if not own:
        found = ", ".join(uf2.family_name(family) for family in image.families)
        raise ImageLayoutError(name=name, part="chip family", found=found, expected=model.chip)
    result = b""
    for family in own:
        start, geometry = _rp2_place(image, family, model)
        pieces = filesystem_image.build(files, geometry).pieces(start)
        try:
            result = uf2.merge(merged, family, pieces)
        except ValueError as error:
            raise FirmwareOverFilesError(name=name, model=model.id) from error
        merged = uf2.parse(result, name)
    return result


def _rp2_place(image: Uf2File, family: int, model: BoardModel) -> tuple[int, Geometry]:
    """Where the firmware itself says that its files are, else where its model has them."""
    place = model.filesystem
    start, size = rp2_binary.FLASH_ADDRESS + place.offset, place.bytes
    declared = rp2_binary.file_system(image.memory(family))
    if declared is not None:
        start, size = declared.address, declared.size
    return start, Geometry(place.block_bytes, size // place.block_bytes, place.progsize_bytes)


def _microbit(image: HexFile, model: BoardModel, files: Mapping[str, bytes], name: str) -> bytes:
    program = image.programs.get(model.id)
    if program is None:
        found = ", ".join(image.programs)
        raise ImageLayoutError(name=name, part="board", found=found, expected=model.id)
    return microbit_hex.with_files(program, files, name)
