"""Reach an ESP chip's boot loader and ask what it is, through esptool."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from stemkit.loaders.errors import (
    BoardSilentError,
    DamagedAnswerError,
    LoaderRefusesError,
    LoaderSilentError,
    LockedChipError,
    UnknownChipError,
)
from stemkit.loaders.esp_library import esptool
from stemkit.loaders.esp_port import PortFace

# The ROM listens at this rate after a reset (esptool, ESP_ROM_BAUD).
ROM_BAUD: Final = 115200
_ATTEMPTS_WITH_RESET: Final = 7
_ATTEMPTS_WITHOUT: Final = 2
_STATUS: Final = re.compile(r"\(result was ([0-9A-F]{4})")
# The stub greets as soon as it runs.
_GREETING_S: Final = 0.5
_NO_FLASH_IDS: Final = (0xFFFFFF, 0x000000, 0xFFFF3F)


@contextmanager
def doing(face: PortFace, limit_s: float, *, stoppable: bool = True) -> Iterator[None]:
    """Everything in the block together ends within `limit_s`, and fails in our words."""
    try:
        with face.within(limit_s, stoppable=stoppable):
            yield
    except esptool().FatalError as error:
        status = _STATUS.search(str(error))
        if status:
            raise LoaderRefusesError(status=status.group(1)) from error
        raise (BoardSilentError if face.starved else DamagedAnswerError)() from error
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        # Bytes that are no answer at all: esptool unpacks them before it looks at them.
        raise DamagedAnswerError from error


def detected(face: PortFace, rates: tuple[int, ...]) -> Any:
    """The esptool object for the chip that answers.

    `rates` are those at which a stub may have been left behind.
    """
    loader, targets = esptool().loader, esptool().targets
    first = _synced(face, rates)
    magic = None
    with suppress(esptool().FatalError):
        magic = first.read_reg(loader.ESPLoader.CHIP_DETECT_MAGIC_REG_ADDR)
    # esptool asks for the chip's id first, which costs an ESP32 or ESP8266 a quarter second.
    for name in ("esp32", "esp8266"):
        known = targets.CHIP_DEFS[name]
        if magic == known.MAGIC_VALUE:
            found = known(face, face.baudrate)
            if first.sync_stub_detected:
                found = known.STUB_CLASS(found)
                found.sync_stub_detected = True
            return found
    try:
        return esptool().cmds.detect_chip(face, face.baudrate, "no-reset", False, _ATTEMPTS_WITHOUT)
    except esptool().FatalError as error:
        if "Unexpected chip" in str(error):
            raise UnknownChipError from error
        raise


def _synced(face: PortFace, rates: tuple[int, ...]) -> Any:
    """An esptool object whose sync was answered.

    Without modem lines the board cannot be reset: a stub that an interrupted flash left behind
    still listens at the rate of that flash.
    """
    lines = face.link.capabilities.modem_lines
    cause: Exception | None = None
    for rate in (ROM_BAUD,) if lines else (ROM_BAUD, *(r for r in rates if r != ROM_BAUD)):
        first = esptool().loader.ESPLoader(face, rate)
        try:
            first.connect(
                "default-reset" if lines else "no-reset",
                _ATTEMPTS_WITH_RESET if lines else _ATTEMPTS_WITHOUT,
                detecting=True,
                warnings=False,
            )
        except esptool().FatalError as error:
            cause = error
            continue
        return first
    raise LoaderSilentError from cause


def refuse_locked(esp: Any) -> None:
    """Raise LockedChipError for a chip that takes its maker's programs only."""
    if (
        esp.secure_download_mode
        or esp.get_secure_boot_enabled()
        or esp.get_flash_encryption_enabled()
        or _says_that_it_is_locked(esp)
    ):
        raise LockedChipError


def _says_that_it_is_locked(esp: Any) -> bool:
    """What the ROM answers when it is asked; the first chips of the family cannot be asked."""
    if esp.CHIP_NAME in ("ESP8266", "ESP32"):
        return False
    try:
        told = esp.get_security_info()
    except (esptool().FatalError, esptool().util.NotImplementedInROMError):
        return False
    # Encryption is on where an odd number of bits is set (ESP-IDF, SPI_BOOT_CRYPT_CNT).
    encrypted = told["flash_crypt_cnt"].bit_count() % 2 == 1
    return encrypted or bool(told["parsed_flags"]["SECURE_BOOT_EN"])


def unique_id(esp: Any) -> str | None:
    """The hex digits of `machine.unique_id()` on this chip, or None where it has no MAC."""
    if esp.CHIP_NAME == "ESP8266":
        # The SDK's chip id in the CPU's byte order (MicroPython, ports/esp8266/modmachine.c).
        return struct.pack("<I", esp.chip_id()).hex()
    mac = bytes(esp.read_mac())
    return mac.hex() if any(mac) else None


def with_stub(face: PortFace, esp: Any, rate: int, *, at_once: bool) -> tuple[Any, bool]:
    """The chip with esptool's stub running at `rate`, where there is a stub for it.

    With `at_once` the ROM is told the rate first, which takes the stub over in a tenth of the
    time. Some stubs then go back to the ROM's own rate: they are met there, and the second value
    is False.
    """
    rom_knows = not esp.IS_STUB and esp.CHIP_NAME != "ESP8266"
    if at_once and rom_knows and rate != face.baudrate:
        esp.change_baud(rate)
        return _greeted(face, esp, rate)
    esp = esptool().cmds.run_stub(esp)
    if not esp.IS_STUB:
        esptool().cmds.attach_flash(esp)
    if rate != face.baudrate:
        esp.change_baud(rate)
    return esp, True


def _greeted(face: PortFace, esp: Any, rate: int) -> tuple[Any, bool]:
    usual_s, face.timeout = face.timeout, _GREETING_S
    try:
        found = esptool().cmds.run_stub(esp)
        if not found.IS_STUB:
            esptool().cmds.attach_flash(found)
        return found, True
    except esptool().FatalError:
        face.baudrate = ROM_BAUD
        first = esptool().loader.ESPLoader(face, ROM_BAUD)
        first.flush_input()
        first.sync()
        if not first.sync_stub_detected:
            raise
        stub = esp.STUB_CLASS(esp)
        stub.change_baud(rate)
        return stub, False
    finally:
        face.timeout = usual_s


def flash_bytes(esp: Any) -> int | None:
    """Size of the flash memory in bytes, told to the loader too; None where its id says none.

    Raises LoaderRefusesError where no flash memory answers.
    """
    if esp.flash_id() in _NO_FLASH_IDS:
        # esptool's start-up sequence wakes some flash chips (XMC) that need it.
        esptool().cmds.attach_flash(esp)
        if esp.flash_id(cache=False) in _NO_FLASH_IDS:
            raise LoaderRefusesError(status="flash id")
    size = esptool().cmds.detect_flash_size(esp)
    if size is None:
        return None
    found: int = esptool().util.flash_size_bytes(size)
    esp.flash_set_parameters(found)
    return found
