"""What Adafruit's CircuitPython drivers talk to, over a world's peripheral wire."""

from __future__ import annotations

import errno

from stemkit.virtual.world import World
from stemkit.virtual.world.wire import Op, request


class Wire:
    """Requests with a time of our own, which passes while a driver sleeps."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.now_us = 10_000

    def ask(self, op: int, arg: int, payload: bytes = b"") -> bytes:
        self.now_us += 100
        return self.world.handle(request(op, arg, self.now_us, payload))

    def sleep(self, seconds: float) -> None:
        self.now_us += round(seconds * 1e6)

    def monotonic(self) -> float:
        self.now_us += 10
        return self.now_us / 1e6


class WorldBus(Wire):
    """`busio.I2C` as the drivers use it."""

    def __init__(self, world: World, scl: int, sda: int) -> None:
        super().__init__(world)
        self.ask(Op.I2C_OPEN, 0, bytes((scl, sda)) + (400_000).to_bytes(4, "little"))

    def try_lock(self) -> bool:
        return True

    def unlock(self) -> None:
        pass

    def scan(self) -> list[int]:
        found = self.ask(Op.I2C_SCAN, 0)[1:]
        return [n for n in range(128) if found[n // 8] >> n % 8 & 1]

    def transfer(self, address: int, data: bytes, count: int) -> bytes:
        head = bytes((0, 0)) + count.to_bytes(2, "little")
        answer = self.ask(Op.I2C_TRANSFER, address, head + bytes(data))
        assert len(answer) == 3 + count
        if answer[0]:
            raise OSError(answer[0], errno.errorcode[answer[0]])
        return answer[3:]

    def writeto(
        self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None
    ) -> None:
        self.transfer(address, bytes(buffer)[start:end], 0)

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        count = len(range(*slice(start, end).indices(len(buffer))))
        buffer[start:end] = self.transfer(address, b"", count)

    def writeto_then_readfrom(
        self,
        address: int,
        out_buffer: bytes,
        in_buffer: bytearray,
        *,
        out_start: int = 0,
        out_end: int | None = None,
        in_start: int = 0,
        in_end: int | None = None,
    ) -> None:
        count = len(range(*slice(in_start, in_end).indices(len(in_buffer))))
        data = bytes(out_buffer)[out_start:out_end]
        in_buffer[in_start:in_end] = self.transfer(address, data, count)


class OneWirePin(Wire):
    """`onewireio.OneWire` as Adafruit's bus uses it."""

    def __init__(self, world: World, pin: int) -> None:
        super().__init__(world)
        self._pin = pin

    def reset(self) -> bool:
        return not self.ask(Op.ONEWIRE_RESET, self._pin)[1]

    def read_bit(self) -> int:
        return self.ask(Op.ONEWIRE_READ, self._pin, b"\1\0")[1]

    def write_bit(self, bit: int) -> None:
        self.ask(Op.ONEWIRE_WRITE, self._pin, bytes((1, 0, bit)))
