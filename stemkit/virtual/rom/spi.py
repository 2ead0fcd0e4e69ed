"""The flash chip as a host sees it through the SPI controller's registers."""

from __future__ import annotations

from typing import Final

from stemkit.virtual.rom.chips import ChipFacts

_START: Final = 1 << 18
"""Bit of the controller's CMD register that sends a user command."""

# Commands of serial flash chips (JEDEC JESD216; Winbond W25Q32JV data sheet, table 8.1.2).
_READ_ID: Final = 0x9F
_READ_SFDP: Final = 0x5A
_SFDP_SIGNATURE: Final = int.from_bytes(b"SFDP", "little")
_WINBOND: Final = 0xEF
_W25Q: Final = 0x40


class SpiController:
    """Registers through which commands reach a Winbond W25Q of `flash_bytes`."""

    def __init__(self, chip: ChipFacts, flash_bytes: int) -> None:
        self._base = chip.spi.base
        self._command2 = chip.spi.base + chip.spi.command2
        self._data = chip.spi.base + chip.spi.data
        capacity = flash_bytes.bit_length() - 1
        self._id = _WINBOND | _W25Q << 8 | capacity << 16
        self._registers: dict[int, int] = {}

    def read(self, address: int) -> int | None:
        """A register's value; None where the address is not the controller's."""
        if not self._base <= address < self._base + 0x100:
            return None
        return self._registers.get(address, 0)

    def write(self, address: int, value: int, mask: int) -> bool:
        """Write a register; False where the address is not the controller's."""
        if not self._base <= address < self._base + 0x100:
            return False
        value = (self._registers.get(address, 0) & ~mask) | (value & mask)
        if address == self._base and value & _START:
            self._send(self._registers.get(self._command2, 0) & 0xFF)
            value &= ~_START
        self._registers[address] = value
        return True

    def _send(self, command: int) -> None:
        answers = {_READ_ID: self._id, _READ_SFDP: _SFDP_SIGNATURE}
        # All others (status registers, write enable) read as zero: idle, nothing protected.
        self._registers[self._data] = answers.get(command, 0)
