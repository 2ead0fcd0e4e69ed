"""What the ROM and the second-stage bootloader do with a flash: check it, say so, give up or go.

Messages: published boot logs of these chips; ESP-IDF components/bootloader_support
(bootloader_utility.c, esp_image_format.c, flash_partitions.c) for the second stage.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass

from stemkit.formats import esp_image, partition_table
from stemkit.formats.errors import (
    FirmwareImageError,
    ImageChecksumError,
    ImageLayoutError,
    TruncatedImageError,
)
from stemkit.formats.esp_image import EspImage
from stemkit.formats.micropython_build import MicroPythonBuild, find_build
from stemkit.formats.partition_table import Partition, PartitionTable
from stemkit.virtual.flash import FlashFile
from stemkit.virtual.rom.chips import ChipFacts


@dataclass(frozen=True, slots=True)
class Boot:
    """How far a boot came."""

    printed: bytes
    """What the chip says on its console."""
    program: bytes | None = None
    """The program that is started; None where none could be."""
    table: PartitionTable | None = None

    @property
    def build(self) -> MicroPythonBuild | None:
        """The MicroPython that the program is, or None."""
        return find_build(self.program) if self.program is not None else None


class _GaveUp(Exception):
    """The boot ends; the text is what is printed for it."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def greeting(chip: ChipFacts, reason: str, *, download: bool) -> bytes:
    """What the ROM prints first after a reset for `reason`."""
    words = chip.boot_words[0 if download else 1]
    text = chip.greeting.replace(b"{reset}", chip.reset_words[reason].encode())
    text = text.replace(b"{boot}", words.encode())
    return text + (b"waiting for download\r\n" if download and chip.deflates else b"")


def is_blank(flash: FlashFile, offset: int) -> bool:
    """Nothing was written where the ROM looks for a bootloader."""
    return flash.read(offset, 16) == b"\xff" * 16


def boot(chip: ChipFacts, flash: FlashFile, offset: int, chip_id: int | None) -> Boot:
    """Check the flash from the bootloader at `offset` on, as the chip does.

    `chip_id` is what the images must say; None where their format has no such field (ESP8266).
    """
    said: list[str] = []
    try:
        if chip.name == "esp8266":
            return _boot_esp8266(flash, said)
        bootloader = _bootloader(chip, flash, offset, chip_id, said)
        said += _loaded(bootloader)
        table = _table(flash)
        app = _first_app(table)
        program = _program(flash, app, chip_id)
    except _GaveUp as end:
        said.append(end.text)
        return Boot(_lines(said))
    return Boot(_lines(said), program, table)


def _lines(said: list[str]) -> bytes:
    return "".join(line + "\r\n" for line in said).encode()


def _bootloader(
    chip: ChipFacts, flash: FlashFile, offset: int, chip_id: int | None, said: list[str]
) -> EspImage:
    data = flash.read(offset, partition_table.TABLE_ADDRESS - offset)
    (head,) = struct.unpack_from("<I", data)
    if data[0] != esp_image.MAGIC:
        raise _GaveUp("\r\n".join([f"invalid header: 0x{head:08x}"] * 7))
    stored_id = struct.unpack_from("<H", data, 12)[0]
    if chip.name != "esp32" and stored_id != chip_id:
        raise _GaveUp(
            f"Invalid chip id. Expected {chip_id} read {stored_id}. Bootloader for wrong chip?\r\n"
            + chip.image_error_line.decode().rstrip("\r\n")
        )
    if chip.name == "esp32" and stored_id not in (0, 0xFFFF):
        # The ROM of revision 3; older ones start it and crash.
        raise _GaveUp("\r\n".join([f"wrong chip id 0x{stored_id:04x}"] * 7))
    try:
        return esp_image.parse(data, "bootloader")
    except ImageChecksumError as error:
        return _damaged_bootloader(chip, error, data, said)
    except FirmwareImageError as error:
        raise _GaveUp(f"invalid header: 0x{head:08x}") from error


def _damaged_bootloader(
    chip: ChipFacts, error: ImageChecksumError, data: bytes, said: list[str]
) -> EspImage:
    """A checksum stops every ROM; a wrong hash is only said (without secure boot)."""
    found, expected = error.fields["found"], error.fields["expected"]
    last = chip.image_error_line.decode().rstrip("\r\n")
    if error.fields["part"] != "segments":
        if chip.name != "esp32":
            said += ["SHA-256 comparison failed:", f"Calculated: {found}", f"Expected: {expected}"]
            said.append("Attempting to boot anyway...")
        unhashed = data[:23] + b"\0" + data[24:]
        return esp_image.parse(unhashed, "bootloader")
    if chip.name == "esp32":
        raise _GaveUp(f"csum err:0x{found}!=0x{expected}\r\n{last}")
    raise _GaveUp(f"Checksum failure. Calculated 0x{found} stored 0x{expected}\r\n{last}")


def _loaded(image: EspImage) -> list[str]:
    mode = {0: "QIO", 1: "QOUT", 2: "DIO", 3: "DOUT"}.get(image.flash_mode, "DIO")
    divider = {0x0: 2, 0x1: 3, 0x2: 4, 0xF: 1}.get(image.flash_frequency, 2)
    return [
        f"mode:{mode}, clock div:{divider}",
        *(f"load:0x{s.address:08x},len:{s.size}" for s in image.segments),
        f"entry 0x{image.entry:08x}",
    ]


def _error(tag: str, text: str) -> str:
    return f"E (57) {tag}: {text}"


def _table(flash: FlashFile) -> PartitionTable:
    data = flash.read(partition_table.TABLE_ADDRESS, partition_table.TABLE_MAX_SIZE)
    try:
        return partition_table.parse(data, "partition table")
    except ImageChecksumError as error:
        why = _error("flash_parts", "Incorrect MD5 checksum")
        raise _GaveUp(_table_failed(why)) from error
    except FirmwareImageError as error:
        magic = data[0] | data[1] << 8
        why = _error("flash_parts", f"partition 0 invalid magic number 0x{magic:x}")
        raise _GaveUp(_table_failed(why)) from error


def _table_failed(why: str) -> str:
    failed = _error("boot", "Failed to verify partition table")
    return "\r\n".join((why, failed, _error("boot", "load partition table error!")))


def _first_app(table: PartitionTable) -> Partition:
    app = table.first_app()
    if app is None:
        raise _GaveUp(_error("boot", "No bootable app partitions in the partition table"))
    return app


def _program(flash: FlashFile, app: Partition, chip_id: int | None) -> bytes:
    data = flash.read(app.offset, app.size)
    try:
        image = esp_image.parse(data, app.label)
    except (ImageChecksumError, ImageLayoutError, TruncatedImageError) as error:
        raise _GaveUp(_not_bootable(_image_fault(error, app))) from error
    if image.chip_id != chip_id:
        why = f"mismatch chip ID, expected {chip_id}, found {image.chip_id}"
        raise _GaveUp(_not_bootable(_error("boot_comm", why)))
    return data[: image.size]


def _image_fault(error: FirmwareImageError, app: Partition) -> str:
    fields = error.fields
    if isinstance(error, ImageChecksumError) and fields["part"] == "segments":
        text = f"Checksum failed. Calculated 0x{fields['found']} read 0x{fields['expected']}"
        return _error("esp_image", text)
    if isinstance(error, ImageChecksumError):
        return _error("esp_image", "Image hash failed - image is corrupt")
    where = f"image at 0x{app.offset:x}"
    return _error("esp_image", f"{where} has invalid magic byte (nothing flashed here?)")


def _not_bootable(why: str) -> str:
    factory = _error("boot", "Factory app partition is not bootable")
    none = _error("boot", "No bootable app partitions in the partition table")
    return "\r\n".join((why, factory, none))


def _boot_esp8266(flash: FlashFile, said: list[str]) -> Boot:
    """The ROM loads the first image into RAM; its program goes on in the flash behind it."""
    data = flash.read(0, min(flash.size, 1 << 20))
    if data[0] != esp_image.MAGIC:
        # It finds no segments and ends with an unchanged checksum.
        raise _GaveUp("csum 0xef\r\ncsum err\r\nets_main.c ")
    try:
        image = esp_image.parse(data, "image")
    except ImageChecksumError as error:
        found = error.fields["found"]
        raise _GaveUp(f"csum 0x{found}\r\ncsum err\r\nets_main.c ") from error
    except FirmwareImageError as error:
        raise _GaveUp("csum 0xef\r\ncsum err\r\nets_main.c ") from error
    if image.chip != esp_image.ESP8266:
        raise _GaveUp("csum 0xef\r\ncsum err\r\nets_main.c ")
    said += [f"load 0x{s.address:08x}, len {s.size}, room 16" for s in image.segments]
    said.append("csum 0x" + f"{data[image.size - 1]:02x}")
    return Boot(_lines(said), data)
