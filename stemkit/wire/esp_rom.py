"""What an ESP chip's boot ROM says on its serial line, and the one question that it answers.

Sources: Espressif, "Serial Protocol" of esptool (SLIP frames, command SYNC 0x08), and the boot
messages in the "Boot Mode Selection" pages of each chip; `invalid header` and `flash read err` are
what the ROM prints, again and again, where the flash holds no program.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

SYNC: Final = b"\xc0\x00\x08\x24\x00\x00\x00\x00\x00" + b"\x07\x07\x12\x20" + b"\x55" * 32 + b"\xc0"
"""Frame that asks a waiting loader to answer; it changes nothing on it."""
_SYNC_ANSWER: Final = re.compile(rb"\xc0\x01\x08[\x02-\x0e]\x00.{4}", re.DOTALL)
_NAMED: Final = re.compile(rb"ESP-ROM:(esp32[a-z]\d+)")
_ESP32: Final = re.compile(rb"ets J(?:un  8 2016|ul 29 2019)")
_ESP8266: Final = re.compile(rb"ets Jan  8 2013")
_NO_PROGRAM: Final = re.compile(rb"invalid header: 0x[0-9a-f]{8}|flash read err|ets_main\.c 371")
_WAITING: Final = re.compile(rb"waiting for download")


@dataclass(frozen=True, slots=True)
class RomText:
    """What could be read from a boot message."""

    chip: str
    """Name as in `stemkit.model.chip.CHIPS`; empty where the text names none."""
    blank: bool
    """There is no program in its flash."""
    waiting: bool
    """The loader waits for a program."""


def answers_sync(heard: bytes) -> bool:
    """Whether a loader's answer to `SYNC` is among what came."""
    return _SYNC_ANSWER.search(heard) is not None


def read_rom_text(heard: bytes) -> RomText:
    """What a boot message among `heard` tells."""
    named = _NAMED.search(heard)
    chip = named.group(1).decode() if named else ""
    if not chip and _ESP32.search(heard):
        chip = "esp32"
    if not chip and _ESP8266.search(heard):
        chip = "esp8266"
    return RomText(chip, _NO_PROGRAM.search(heard) is not None, _WAITING.search(heard) is not None)
