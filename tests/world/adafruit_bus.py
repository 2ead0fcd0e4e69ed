"""The bus object that Adafruit's CircuitPython drivers talk to, over a world's I2C."""

from __future__ import annotations

import errno

from stemkit.virtual.world import World
from stemkit.virtual.world.wire import Op, request


class WorldBus:
    """`busio.I2C` as the drivers use it; the world's time stands in `now_us` and is moved by
    `sleep`, which tests put in the place of `time.sleep`."""

    def __init__(self, world: World, scl: int, sda: int) -> None:
        self.world = world
        self.now_us = 10_000
        self.transfers = 0
        self._told(Op.I2C_OPEN, 0, bytes((scl, sda)) + (400_000).to_bytes(4, "little"))

    def _told(self, op: int, arg: int, payload: bytes) -> bytes:
        self.now_us += 100
        return self.world.handle(request(op, arg, self.now_us, payload))

    def sleep(self, seconds: float) -> None:
        self.now_us += round(seconds * 1e6)

    def monotonic(self) -> float:
        self.now_us += 10
        return self.now_us / 1e6

    def try_lock(self) -> bool:
        return True

    def unlock(self) -> None:
        pass

    def scan(self) -> list[int]:
        found = self._told(Op.I2C_SCAN, 0, b"")[1:]
        return [n for n in range(128) if found[n // 8] >> n % 8 & 1]

    def _transfer(self, address: int, data: bytes, count: int) -> bytes:
        self.transfers += 1
        head = bytes((0, 0)) + count.to_bytes(2, "little")
        answer = self._told(Op.I2C_TRANSFER, address, head + bytes(data))
        assert len(answer) == 3 + count
        if answer[0]:
            raise OSError(answer[0], errno.errorcode[answer[0]])
        return answer[3:]

    def writeto(
        self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None
    ) -> None:
        self._transfer(address, bytes(buffer)[start:end], 0)

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        count = len(range(*slice(start, end).indices(len(buffer))))
        buffer[start:end] = self._transfer(address, b"", count)

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
        in_buffer[in_start:in_end] = self._transfer(address, data, count)
