"""Telling firmware files apart, and from what is no firmware."""

from __future__ import annotations

import gzip
import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stemkit.formats import firmware_image
from stemkit.formats.errors import (
    ArchiveAsImageError,
    EmptyImageError,
    FirmwareImageError,
    ImageLayoutError,
    UnknownImageError,
    WebPageError,
)
from stemkit.formats.esp_flash import EspFirmware
from stemkit.formats.intel_hex import HexFile
from stemkit.formats.uf2 import Uf2File
from stemkit.model.chip import CHIPS
from tests.made_images import UFLASH, esp_firmware, pico2_uf2, pico_uf2, uf2_blocks

V1_HEX = UFLASH / "micropython-microbit-v1.1.1.hex"


@pytest.mark.parametrize("chip", ["esp32", "esp32s3", "esp32p4", "esp8266"])
def test_esp(chip: str) -> None:
    found = firmware_image.parse(esp_firmware(chip))
    assert isinstance(found, EspFirmware)
    assert found.chip == chip


def test_uf2_and_hex() -> None:
    assert isinstance(firmware_image.parse(pico_uf2()), Uf2File)
    assert isinstance(firmware_image.parse(pico2_uf2()), Uf2File)
    assert isinstance(firmware_image.parse(V1_HEX.read_bytes()), HexFile)


def _zip() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("firmware.bin", esp_firmware("esp32", size=64))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyImageError),
        (b"\xff" * 9000, EmptyImageError),
        (b"\r\n", EmptyImageError),
        (b"\n <!DOCTYPE html><html>404 Not Found</html>", WebPageError),
        (b"<html><head><title>404 Not Found</title>", WebPageError),
        (_zip(), ArchiveAsImageError),
        (gzip.compress(pico_uf2()), ArchiveAsImageError),
        (b"Not Found", UnknownImageError),
        (b"print('hello')\n", UnknownImageError),
        (b"\x7fELF" + bytes(100), UnknownImageError),
        (b'{"message": "API rate limit exceeded"}', UnknownImageError),
    ],
)
def test_what_is_no_firmware_is_named(data: bytes, error) -> None:
    with pytest.raises(error) as raised:
        firmware_image.parse(data, "thing.bin")
    assert "thing.bin" in raised.value.told()


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200))
def test_junk_gives_a_typed_error(junk: bytes) -> None:
    with pytest.raises(FirmwareImageError):
        firmware_image.parse(junk)


@pytest.mark.parametrize(
    ("data", "expected", "version"),
    [
        (esp_firmware("esp32c3"), {"esp32c3"}, "1.24.1"),
        (pico_uf2(), {"rp2040"}, "1.24.1"),
        (pico2_uf2(), {"rp2350"}, "1.24.1"),
        (
            (UFLASH / "micropython-microbit-v1.1.1.hex").read_bytes(),
            {"nrf51822"},
            "1.9.2-34-gd64154c73",
        ),
        (
            (UFLASH / "universal-hex-v1.1.1-v2.1.2.hex").read_bytes(),
            {"nrf51822", "nrf52833"},
            "1.18",
        ),
    ],
    ids=["esp32c3", "pico", "pico2", "v1", "universal"],
)
def test_chips_and_build(data: bytes, expected: set[str], version: str) -> None:
    image = firmware_image.parse(data)
    assert firmware_image.chips(image) == expected
    assert expected <= set(CHIPS)
    build = firmware_image.build(image)
    assert build is not None
    assert build.version == version


def test_a_file_for_no_chip_of_a_kit_is_refused_with_its_family() -> None:
    # 0xbfdd4eee: ESP32-S2 with TinyUF2 (microsoft/uf2, utils/uf2families.json).
    data = b"".join(uf2_blocks(0xBFDD4EEE, 0, b"x" * 512))
    with pytest.raises(ImageLayoutError, match="bfdd4eee"):
        firmware_image.parse(data, "s2.uf2")
