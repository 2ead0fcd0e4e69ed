"""I2C parts that are a file of registers with a pointer, which most sensors are."""

from __future__ import annotations

from typing import Any

from stemkit.virtual.world.device import Device


class Registers(Device):
    """The first byte written sets the pointer; bytes read come from there upwards.

    `load` and `store` are a part's own registers; bytes written after the pointer go to the
    registers from there upwards, as on most parts.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.pointer = 0

    def load(self, register: int, t_us: int) -> int:
        """The byte of a register as a read sees it."""
        raise NotImplementedError

    def store(self, register: int, value: int, t_us: int) -> None:
        """A byte was written to a register."""
        raise NotImplementedError

    def i2c_write(self, data: bytes, t_us: int) -> int:
        """Set the pointer, then write the registers from there."""
        self.pointer = data[0]
        for value in data[1:]:
            self.store(self.pointer, value, t_us)
            self.pointer = (self.pointer + 1) & 0xFF
        return len(data)

    def i2c_read(self, count: int, t_us: int) -> bytes:
        """Registers from the pointer on."""
        found = bytearray()
        for _ in range(count):
            found.append(self.load(self.pointer, t_us))
            self.pointer = (self.pointer + 1) & 0xFF
        return bytes(found)
