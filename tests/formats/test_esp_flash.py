"""ESP images: real ones, made ones of every chip, and broken ones."""

from __future__ import annotations

import re
import struct

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stemkit.formats import esp_flash, esp_image, partition_table
from stemkit.formats.errors import (
    FirmwareImageError,
    ImageChecksumError,
    ImageLayoutError,
    IncompleteImageError,
    TruncatedImageError,
)
from tests.made_images import (
    ESP_CHIPS,
    ETBOARD,
    PARTITIONS,
    esp32_image,
    esp8266_firmware,
    esp_firmware,
    esp_program,
    esp_table,
)


def test_a_real_image_is_read_to_its_end() -> None:
    image = esp_flash.parse(esp32_image())
    assert (image.chip, image.base, image.size) == ("esp32", 0x1000, 1556784)
    assert image.app.offset + image.app.size == image.size
    assert image.flash_size == 4 << 20
    assert image.build is not None
    assert (image.build.version, image.build.date) == ("1.16-237-g1613dc8a1-dirty", "2021-08-30")
    assert image.build.machine == "ET-Board with ESP32"
    assert image.partitions is not None
    vfs = image.partitions.file_system(4 << 20)
    assert vfs is not None
    assert (vfs.label, vfs.offset, vfs.size) == ("vfs", 0x200000, 0x200000)


@pytest.mark.parametrize("path", sorted(ETBOARD.glob("*.bin")), ids=lambda p: p.name)
def test_it_agrees_with_esptool_on_real_images(path) -> None:
    from esptool.bin_image import ESP32FirmwareImage

    data = path.read_bytes()
    ours = esp_flash.parse(data)
    for part in (ours.bootloader, ours.app):
        import io

        theirs = ESP32FirmwareImage(io.BytesIO(data[part.offset : part.offset + part.size]))
        assert [(s.address, s.size) for s in part.segments] == [
            (s.addr, len(s.data)) for s in theirs.segments
        ]
        assert part.entry == theirs.entrypoint
        assert part.sha256 == theirs.stored_digest == theirs.calc_digest
        assert theirs.checksum == theirs.calculate_checksum()


@pytest.mark.parametrize("chip", ESP_CHIPS)
def test_every_chip_is_known_and_lies_where_its_rom_looks(chip: str) -> None:
    from esptool.targets import CHIP_DEFS

    image = esp_flash.parse(esp_firmware(chip))
    theirs = CHIP_DEFS[chip]
    assert image.chip == chip
    assert image.base == theirs.BOOTLOADER_FLASH_OFFSET
    assert image.app.chip_id == theirs.IMAGE_CHIP_ID
    assert image.build is not None
    assert image.build.version == "1.24.1"


def test_chip_ids_are_those_of_esptool() -> None:
    from esptool.targets import CHIP_DEFS

    theirs = {
        chip.IMAGE_CHIP_ID: name
        for name, chip in CHIP_DEFS.items()
        if chip.IMAGE_CHIP_ID is not None
    }
    for chip_id, name in esp_image.CHIP_BY_ID.items():
        assert theirs[chip_id] == name


def test_flash_sizes_are_those_of_esptool() -> None:
    from esptool.targets import CHIP_DEFS

    sizes = CHIP_DEFS["esp8266"].FLASH_SIZES
    for name, code in sizes.items():
        data = bytearray(esp8266_firmware())
        data[3] = code
        size = esp_flash.parse(bytes(data)).flash_size
        number = int(re.match(r"\d+", name)[0])
        assert size == number * (1024 if "KB" in name else 1024 * 1024), name


def test_an_esp8266_image_is_told_apart_and_its_md5_checked() -> None:
    data = esp8266_firmware()
    image = esp_flash.parse(data)
    assert (image.chip, image.base, image.partitions) == ("esp8266", 0, None)
    assert image.build is not None
    assert image.build.machine == "Generic ESP8266 module with ESP8266"
    with pytest.raises(ImageChecksumError):
        esp_flash.parse(_flipped(data, 0xA000, 1))
    with pytest.raises(TruncatedImageError):
        esp_flash.parse(data[:-1])


def test_a_full_copy_of_an_esp32_flash_begins_with_erased_flash() -> None:
    image = esp_flash.parse(b"\xff" * 0x1000 + esp32_image())
    assert (image.chip, image.base) == ("esp32", 0)
    assert image.app_partition is not None
    assert image.app.offset == image.app_partition.offset


def test_a_program_alone_is_not_flashed() -> None:
    app = esp_program("esp32s3", [(0x420000, b"code" * 64)])
    assert esp_image.parse(app).chip == "esp32s3"
    with pytest.raises(IncompleteImageError) as error:
        esp_flash.parse(app)
    assert "esp32s3" in error.value.told()


@pytest.mark.parametrize("size", [1, 20, 500, 0x6000, 0x7001, 0x7040, 0xF000, 0x50000, 1556783])
def test_a_cut_image_is_refused(size: int) -> None:
    with pytest.raises((TruncatedImageError, IncompleteImageError)):
        esp_flash.parse(esp32_image()[:size])


def test_a_program_of_another_chip_is_refused() -> None:
    good = esp_firmware("esp32")
    other = esp_program("esp32s3", [(0x420000, b"code" * 64)])
    with pytest.raises(ImageLayoutError):
        esp_flash.parse(good[: 0x10000 - 0x1000] + other)


def test_a_program_larger_than_its_partition_is_refused() -> None:
    small = (("nvs", 1, 2, 0x9000, 0x6000), ("factory", 0, 0, 0x10000, 0x1000))
    with pytest.raises(ImageLayoutError):
        esp_flash.parse(esp_firmware("esp32", partitions=small))


def test_without_a_named_file_system_it_is_what_lies_behind_the_last_partition() -> None:
    # MicroPython's partitions-4MiBplus.csv since v1.26.
    table = partition_table.parse(esp_table(PARTITIONS[:2]))
    found = table.file_system(8 << 20)
    assert found is not None
    assert (found.offset, found.size) == (0x200000, 0x600000)
    assert table.file_system(0x200000) is None


@pytest.mark.parametrize(
    "rows",
    [
        (),
        (("factory", 0, 0, 0x10000, 0x10000), ("vfs", 1, 0x81, 0x1F000, 0x1000)),
        (("factory", 0, 0, 0x10010, 0x10000),),
        (("factory", 0, 0, 0x8000, 0x10000),),
        (("factory", 0, 0, 0x10000, 0),),
    ],
    ids=["empty", "overlap", "crooked", "on-the-table", "no-size"],
)
def test_an_impossible_table_is_refused(rows) -> None:
    with pytest.raises(ImageLayoutError):
        partition_table.parse(esp_table(rows))


def test_a_table_is_built_as_it_is_read() -> None:
    table = partition_table.parse(esp_table())
    assert partition_table.build(table.partitions) == esp_table()
    with pytest.raises(ImageChecksumError):
        partition_table.parse(_flipped(esp_table(), 20, 1))


def _flipped(data: bytes, place: int, bits: int) -> bytes:
    return data[:place] + bytes((data[place] ^ bits,)) + data[place + 1 :]


@settings(max_examples=150, deadline=None)
@given(place=st.integers(0, 1556783) | st.integers(0, 23), bit=st.integers(0, 7))
@example(place=23, bit=0)
def test_a_flipped_bit_in_a_real_image_never_passes_where_it_matters(place: int, bit: int) -> None:
    data = esp32_image()
    good = esp_flash.parse(data)
    covered = [range(part.offset, part.offset + part.size) for part in (good.bootloader, good.app)]
    covered.append(range(0x7000, 0x7000 + 5 * 32))
    changed = _flipped(data, place, 1 << bit)
    if any(place in stretch for stretch in covered):
        with pytest.raises(FirmwareImageError):
            esp_flash.parse(changed)
    else:
        assert esp_flash.parse(changed).app == good.app


@settings(max_examples=300, deadline=None)
@given(
    st.binary(max_size=600),
    st.sampled_from(
        [
            b"",
            b"\xe9\x01",
            b"\xe9\x04\x02\x20" + bytes(4) + b"\xee",
            b"\xe9\x02\0\0\0\0\x10\x40\0\0\x10\x40",
        ]
    ),
)
def test_junk_gives_a_typed_error(junk: bytes, start: bytes) -> None:
    with pytest.raises(FirmwareImageError):
        esp_flash.parse(start + junk)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_small_images_give_a_typed_error_or_are_read(data: st.DataObject) -> None:
    chip = data.draw(st.sampled_from(["esp32", "esp32c3", "esp8266"]))
    image = bytearray(esp_firmware(chip, size=64))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, 64) | st.integers(0, len(image) - 1))
        image[place] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(image)))
    try:
        esp_flash.parse(bytes(image[:cut]))
    except FirmwareImageError as error:
        assert error.told()


def test_header_fields_are_read() -> None:
    data = bytearray(esp_program("esp32c3", [(0x420000, b"code" * 64)], flash_mb=8)[:-32])
    struct.pack_into("<BHH", data, 14, 3, 101, 199)
    with pytest.raises(TruncatedImageError):
        esp_image.parse(bytes(data))
    data[23] = 0
    image = esp_image.parse(bytes(data))
    assert (image.min_revision, image.max_revision, image.flash_size) == (101, 199, 8 << 20)
    assert image.sha256 is None


@st.composite
def tables(draw: st.DrawFn) -> list[partition_table.Partition]:
    found, free = [], 0x9000
    for number in range(draw(st.integers(1, 8))):
        offset = free + 0x1000 * draw(st.integers(0, 20))
        size = 0x1000 * draw(st.integers(1, 500))
        kind, subtype = draw(st.integers(0, 1)), draw(st.integers(0, 255))
        found.append(partition_table.Partition(f"p{number}", kind, subtype, offset, size))
        free = offset + size
    return found


@settings(max_examples=100, deadline=None)
@given(tables(), st.integers(0, 64 << 20))
def test_any_sound_table_is_read_back(rows, flash_size: int) -> None:
    table = partition_table.parse(partition_table.build(rows))
    assert list(table.partitions) == rows
    assert table.first_app() == next((row for row in rows if row.type == 0), None)
    place = table.file_system(flash_size)
    assert place is None or (place.offset, place.end) == (rows[-1].end, flash_size)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_a_damaged_table_gives_a_typed_error_or_is_read(data: st.DataObject) -> None:
    table = bytearray(esp_table())
    for _ in range(data.draw(st.integers(1, 4))):
        table[data.draw(st.integers(0, 180))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(table)) | st.integers(0, len(table)))
    try:
        partition_table.parse(bytes(table[:cut]))
    except FirmwareImageError as error:
        assert error.told()
