"""What the ROM loaders of the chips differ in.

Register addresses and fields: esptool 5.6, esptool/targets/*.py. Texts: boot logs that users of
these chips have published (Espressif's issue trackers), and ESP-IDF's documentation of boot modes.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True)
class SpiRegisters:
    """The SPI flash controller, through which a host sends commands to the flash chip."""

    base: int
    command2: int
    """Offset of USER2, whose low byte is the command."""
    data: int
    """Offset of W0, where the answer is."""


@dataclass(frozen=True, slots=True)
class ChipFacts:
    """One chip's ROM."""

    name: str
    magic: int
    """Value at 0x40001000, by which old loaders know the chip."""
    chip_id: int | None
    """What GET_SECURITY_INFO says; None where the ROM has no such answer."""
    spi: SpiRegisters
    mac: int
    """First register of the MAC address."""
    status_bytes: int
    """Length of the status behind an answer."""
    deflates: bool
    """Its ROM takes compressed data and computes MD5 (all but the ESP8266's)."""
    greeting: bytes
    reset_words: Mapping[str, str]
    boot_words: tuple[str, str]
    """(download mode, boot from flash)."""
    image_error_line: bytes
    """What its ROM prints last when it gives up an image."""
    registers: Mapping[int, int] = field(default_factory=dict)
    watchdog: int | None = None
    """Register whose top bit starts the watchdog that resets the chip."""
    boot_baud: int | None = None
    """Rate of the ROM's own messages where it is not 115200."""
    checks_chip_id: bool = True
    ram: int = 0x3FFF0000
    """An address that a bootloader's data segment is loaded to."""
    flash_map: int = 0x3F400020
    """An address that a program's constants are mapped to."""

    def mac_registers(self, mac: bytes) -> dict[int, int]:
        """The registers that hold the MAC address."""
        if self.name == "esp8266":
            # esp8266.py, read_mac: the maker's three bytes in MAC3, then two bytes, then one.
            oui = int.from_bytes(mac[:3], "big")
            return {self.mac: mac[5] << 24, self.mac + 4: mac[3] << 8 | mac[4], self.mac + 12: oui}
        high, low = struct.unpack(">HI", mac)
        if self.name == "esp32c6":
            high |= 0xFFFE << 16
        return {self.mac: low, self.mac + 4: high}


_OLD_WORDS: Final = {
    "power": "0x1 (POWERON_RESET)",
    "pin": "0x1 (POWERON_RESET)",
    "software": "0xc (SW_CPU_RESET)",
    "watchdog": "0x10 (RTCWDT_RTC_RESET)",
    "sleep": "0x5 (DEEPSLEEP_RESET)",
    "brownout": "0xf (RTCWDT_BROWN_OUT_RESET)",
}
_NEW_WORDS: Final = {
    "power": "0x1 (POWERON)",
    "pin": "0x1 (POWERON)",
    "software": "0xc (RTC_SW_CPU_RST)",
    "watchdog": "0x7 (TG0WDT_SYS_RST)",
    "sleep": "0x5 (DSLEEP)",
    "brownout": "0xf (BROWN_OUT_RST)",
}
_ESP8266_WORDS: Final = {
    "power": "1",
    "pin": "2",
    "software": "2",
    "watchdog": "4",
    "sleep": "2",
    "brownout": "1",
}
_NEW_BOOT: Final = ("0x0 (DOWNLOAD(USB/UART0))", "0x8 (SPI_FAST_FLASH_BOOT)")

_ESP32_SPI: Final = SpiRegisters(0x3FF42000, 0x24, 0x80)

CHIPS: Final = {
    "esp8266": ChipFacts(
        name="esp8266",
        magic=0xFFF0C101,
        chip_id=None,
        spi=SpiRegisters(0x60000200, 0x24, 0x40),
        mac=0x3FF00050,
        status_bytes=2,
        deflates=False,
        greeting=b"\r\n ets Jan  8 2013,rst cause:{reset}, boot mode:({boot},6)\r\n\r\n",
        reset_words=_ESP8266_WORDS,
        boot_words=("1", "3"),
        image_error_line=b"ets_main.c \r\n",
        # UART_CLKDIV for 115200 from a crystal of 26 MHz, which the ROM takes as twice that.
        registers={0x60000014: 52_000_000 // 115200},
        boot_baud=74880,
        checks_chip_id=False,
        ram=0x3FFE8000,
        flash_map=0x40201010,
    ),
    "esp32": ChipFacts(
        name="esp32",
        magic=0x00F01D83,
        chip_id=None,
        spi=_ESP32_SPI,
        mac=0x3FF5A004,
        status_bytes=4,
        deflates=True,
        greeting=b"ets Jul 29 2019 12:21:46\r\n\r\nrst:{reset},boot:{boot}\r\n",
        reset_words=_OLD_WORDS,
        boot_words=(
            "0x3 (DOWNLOAD_BOOT(UART0/UART1/SDIO_REI_REO_V2))",
            "0x13 (SPI_FAST_FLASH_BOOT)",
        ),
        image_error_line=b"ets_main.c 371 \r\n",
        # ESP32-D0WD-V3 revision 3.1: package 1, revision bits 1+1+1; 40 MHz by RTC calibration.
        registers={
            0x3FF5A00C: 1 << 9 | 1 << 15,
            0x3FF5A014: 1 << 20 | 1 << 24,
            0x3FF6607C: 1 << 31,
            0x3FF5A010: 128,
            0x3FF5F06C: (40_000_000 * 40 // (15625 * 128)) << 7,
            0x3FF40014: 40_000_000 // 115200,
        },
    ),
    "esp32s2": ChipFacts(
        name="esp32s2",
        magic=0x000007C6,
        chip_id=2,
        spi=SpiRegisters(0x3F402000, 0x20, 0x58),
        mac=0x3F41A044,
        status_bytes=4,
        deflates=True,
        greeting=b"ESP-ROM:esp32s2-rc4-20191025\r\nBuild:Oct 25 2019\r\n"
        b"rst:{reset},boot:{boot}\r\n",
        reset_words=_NEW_WORDS,
        boot_words=("0x0 (DOWNLOAD(USB/UART0))", "0x8 (SPI_FAST_FLASH_BOOT)"),
        image_error_line=b"ets_main.c 386 \r\n",
        registers={0x3F41A044 + 12: 1 << 18, 0x3F400014: 40_000_000 // 115200},
        watchdog=0x3F408094,
        ram=0x3FFE6000,
        flash_map=0x3F000020,
    ),
    "esp32s3": ChipFacts(
        name="esp32s3",
        magic=0x00000009,
        chip_id=9,
        spi=SpiRegisters(0x60002000, 0x20, 0x58),
        mac=0x60007044,
        status_bytes=4,
        deflates=True,
        greeting=b"ESP-ROM:esp32s3-20210327\r\nBuild:Mar 27 2021\r\nrst:{reset},boot:{boot}\r\n",
        reset_words=_NEW_WORDS,
        boot_words=_NEW_BOOT,
        image_error_line=b"ets_main.c 329 \r\n",
        # Revision 0.2, flash outside the package.
        registers={0x60007044 + 12: 2 << 18, 0x60000014: 40_000_000 // 115200},
        watchdog=0x60008098,
        ram=0x3FCE3818,
        flash_map=0x3C000020,
    ),
    "esp32c3": ChipFacts(
        name="esp32c3",
        magic=0x1B31506F,
        chip_id=5,
        spi=SpiRegisters(0x60002000, 0x20, 0x58),
        mac=0x60008844,
        status_bytes=4,
        deflates=True,
        greeting=b"ESP-ROM:esp32c3-api1-20210207\r\nBuild:Feb  7 2021\r\n"
        b"rst:{reset},boot:{boot}\r\n",
        reset_words=_NEW_WORDS,
        boot_words=("0x4 (DOWNLOAD(USB/UART0/1))", "0xc (SPI_FAST_FLASH_BOOT)"),
        image_error_line=b"ets_main.c 333 \r\n",
        # Revision 0.4.
        registers={0x60008844 + 12: 4 << 18, 0x60000014: 40_000_000 // 115200},
        watchdog=0x60008090,
        ram=0x3FCD6100,
        flash_map=0x3C000020,
    ),
    "esp32c6": ChipFacts(
        name="esp32c6",
        magic=0x2CE0806F,
        chip_id=13,
        spi=SpiRegisters(0x60003000, 0x20, 0x58),
        mac=0x600B0844,
        status_bytes=4,
        deflates=True,
        greeting=b"ESP-ROM:esp32c6-20220919\r\nBuild:Sep 19 2022\r\nrst:{reset},boot:{boot}\r\n",
        reset_words=_NEW_WORDS,
        boot_words=("0x4 (DOWNLOAD(USB/UART0/SDIO_FEI_FEO))", "0xc (SPI_FAST_FLASH_BOOT)"),
        image_error_line=b"ets_main.c 328 \r\n",
        # Revision 0.1; the other half of its 64-bit address is the standard FF:FE.
        registers={0x600B0844 + 12: 1 << 18, 0x60000014: 40_000_000 // 115200},
        watchdog=0x600B1C00,
        ram=0x4086C410,
        flash_map=0x42000020,
    ),
}
"""Chip, as the catalogue names it, to the facts of its ROM."""
