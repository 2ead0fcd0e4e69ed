"""The two buses on which several parts share a wire: I2C and 1-Wire."""

from __future__ import annotations

from collections.abc import Sequence

from stemkit.virtual.world.device import Device
from stemkit.virtual.world.thermometer import Thermometer


class I2cBus:
    """Two wires and the parts on them; of two with one address the first answers."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._devices: dict[int, Device] = {}
        for device in devices:
            if device.address is not None:
                self._devices.setdefault(device.address, device)

    def addresses(self) -> list[int]:
        """Addresses that answer."""
        return list(self._devices)

    def transfer(
        self, address: int, data: bytes, count: int, t_us: int
    ) -> tuple[int, bytes] | None:
        """Write `data`, then read `count` bytes.

        Returns (bytes acknowledged, bytes read), or None where nobody has the address.
        """
        device = self._devices.get(address)
        if device is None:
            return None
        taken = device.i2c_write(data, t_us) if data else 0
        read = device.i2c_read(count, t_us) if count else b""
        return taken, read


class OneWireBus:
    """One wire with a pull-up: a bit is 1 unless some part pulls it down."""

    def __init__(self, devices: Sequence[Device]) -> None:
        self._parts = [chip for d in devices if isinstance(d, Thermometer) for chip in d.chips]

    def reset(self, t_us: int) -> bool:
        """A reset pulse; True where a part answers with its presence."""
        for chip in self._parts:
            chip.reset(t_us)
        return bool(self._parts)

    def write(self, count: int, data: bytes, t_us: int) -> None:
        """Write `count` bits, least significant of each byte first."""
        for n in range(count):
            bit = data[n // 8] >> n % 8 & 1
            for chip in self._parts:
                chip.write_bit(bit, t_us)

    def read(self, count: int, t_us: int) -> bytes:
        """Read `count` bits."""
        found = bytearray((count + 7) // 8)
        for n in range(count):
            bit = 1
            for chip in self._parts:
                bit &= chip.read_bit(t_us)
            found[n // 8] |= bit << n % 8
        return bytes(found)
