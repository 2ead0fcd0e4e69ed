"""Boot messages and loader answers of ESP chips, whole and in pieces, with junk around."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stemkit.wire.esp_rom import SYNC, RomText, answers_sync, read_rom_text

BLANK_ESP32 = (
    b"ets Jul 29 2019 12:21:46\r\n\r\nrst:0x10 (RTCWDT_RTC_RESET),boot:0x13 (SPI_FAST_FLASH_BOOT)"
    b"\r\ninvalid header: 0xffffffff\r\ninvalid header: 0xffffffff\r\n"
)
WAITING_S3 = (
    b"ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\nrst:0x1 (POWERON),boot:0x0 "
    b"(DOWNLOAD(USB/UART0))\r\nwaiting for download\r\n"
)
OLD_ESP32 = b"ets Jun  8 2016 00:22:57\r\n\r\nflash read err, 1000\r\n"
ANSWER = b"\xc0\x01\x08\x04\x00\x07\x07\x12\x20\x00\x00\x00\x00\xc0"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (BLANK_ESP32, RomText("esp32", blank=True, waiting=False)),
        (WAITING_S3, RomText("esp32s3", blank=False, waiting=True)),
        (OLD_ESP32, RomText("esp32", blank=True, waiting=False)),
        (b" ets Jan  8 2013,rst cause:2, boot mode:(1,6)\r\n", RomText("esp8266", False, False)),
        (b"Temp: 23.5\r\n", RomText("", False, False)),
        (b"", RomText("", False, False)),
    ],
)
def test_boot_messages(text: bytes, expected: RomText) -> None:
    assert read_rom_text(text) == expected
    assert read_rom_text(b"\xff\x00" + text + b"\xc0junk") == expected


@given(before=st.binary(max_size=50), after=st.binary(max_size=50))
def test_an_answer_among_junk(before: bytes, after: bytes) -> None:
    assert answers_sync(before + ANSWER + after)


def test_an_answer_that_comes_byte_by_byte() -> None:
    heard = [answers_sync(ANSWER[:length]) for length in range(len(ANSWER) + 1)]
    assert heard == sorted(heard)
    assert heard[-1]


@given(st.binary())
def test_any_bytes_are_read(heard: bytes) -> None:
    assert isinstance(read_rom_text(heard), RomText)


def test_an_echo_is_no_answer() -> None:
    assert not answers_sync(SYNC)
