"""Run a program of this computer's own pins (Blinka) in a virtual world, in its own fast time.

    python -m stemkit.virtual.host_pins SCRIPT SCENARIO SECONDS PART...

Blinka's board that exists only in software has pins and no sensors; here its I2C has the named
parts, at register level, so that Adafruit's drivers do their real work. `time` is the world's: it
passes where the program sleeps. Every line that the program prints comes with its time in front
(`@MS L text`), as `actions/lesson_run.py` reads it; after SECONDS the program is ended.
"""

from __future__ import annotations

import io
import os
import runpy
import sys
import time
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from stemkit.formats.scenario import parse_scenario
from stemkit.virtual.world import World
from stemkit.virtual.world.spec import BoardSpec, Part
from stemkit.virtual.world.wire import Op, request

_SDA, _SCL = 0, 1
_ASK_US: Final = 100


OVER: Final = 99
"""Exit code of a program that was still running when its time was up."""


class Clock:
    """The world's time, in microseconds. It passes where the program waits or asks."""

    def __init__(self, end_s: float) -> None:
        self.now_us = 0
        self._end_us = round(end_s * 1e6)

    def sleep(self, seconds: float) -> None:
        """`time.sleep`."""
        if seconds < 0:
            raise ValueError("sleep length must be non-negative")
        self.pass_us(round(seconds * 1e6))

    def pass_us(self, us: int) -> None:
        """Let time pass; at the end of the run the program ends."""
        self.now_us += us
        if self.now_us > self._end_us:
            raise SystemExit(OVER)

    def seconds(self) -> float:
        """`time.monotonic` and its like."""
        self.pass_us(1)
        return self.now_us / 1e6


class Bus:
    """`busio.I2C` with the world's parts on it."""

    def __init__(self, world: World, clock: Clock) -> None:
        self._world, self._clock = world, clock
        self._ask(Op.I2C_OPEN, 0, bytes((_SCL, _SDA)) + (400_000).to_bytes(4, "little"))

    def try_lock(self) -> bool:
        """Nobody else is there."""
        return True

    def unlock(self) -> None:
        """Nothing to let go of."""

    def deinit(self) -> None:
        """Nothing to give back."""

    def scan(self) -> list[int]:
        """Addresses that answer."""
        found = self._ask(Op.I2C_SCAN, 0)[1:]
        return [n for n in range(128) if found[n // 8] >> n % 8 & 1]

    def writeto(
        self, address: int, buffer: bytes, *, start: int = 0, end: int | None = None
    ) -> None:
        """Write; OSError where nobody answers."""
        self._transfer(address, bytes(buffer)[start:end], 0)

    def readfrom_into(
        self, address: int, buffer: bytearray, *, start: int = 0, end: int | None = None
    ) -> None:
        """Read; OSError where nobody answers."""
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
        """Write and read without a stop between; OSError where nobody answers."""
        count = len(range(*slice(in_start, in_end).indices(len(in_buffer))))
        data = bytes(out_buffer)[out_start:out_end]
        in_buffer[in_start:in_end] = self._transfer(address, data, count)

    def _transfer(self, address: int, data: bytes, count: int) -> bytes:
        head = bytes((0, 0)) + count.to_bytes(2, "little")
        answer = self._ask(Op.I2C_TRANSFER, address, head + data)
        if answer[0]:
            raise OSError(answer[0], os.strerror(answer[0]))
        return answer[3:]

    def _ask(self, op: Op, arg: int, payload: bytes = b"") -> bytes:
        self._clock.pass_us(_ASK_US)
        return self._world.handle(request(op, arg, self._clock.now_us, payload))


class Stamped(io.TextIOBase):
    """Standard output with the world's time before every line."""

    def __init__(self, clock: Clock, out: io.TextIOBase) -> None:
        self._clock, self._out, self._rest = clock, out, ""

    def write(self, text: str) -> int:
        """Write whole lines on."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            self._out.write(f"@{self._clock.now_us // 1000} L {line}\n")
        return len(text)

    def flush(self) -> None:
        """What has come so far goes out."""
        self._out.flush()


def board(parts: list[str]) -> BoardSpec:
    """This computer with parts on its I2C pins."""
    signals = {"sda": _SDA, "scl": _SCL}
    return BoardSpec(
        model="computer",
        family="host",
        chip="",
        unique_id=b"computer",
        pins=frozenset((_SDA, _SCL)),
        names={},
        adc=frozenset(),
        input_only=frozenset(),
        parts=tuple(Part(part, part, signals, onboard=False, facts={}) for part in parts),
    )


def main(script: str, scenario: str, seconds: str, *parts: str) -> None:
    """Run the program; its exceptions go where Python sends them."""
    os.environ["BLINKA_OS_AGNOSTIC"] = "1"
    played = parse_scenario(Path(scenario).read_bytes(), scenario) if scenario else None
    clock = Clock(float(seconds))
    world = World(board(list(parts)), played, speed=0)
    _replace_pins(world, clock)
    seconds_of = dict.fromkeys(("monotonic", "time", "perf_counter"), clock.seconds)
    vars(time).update(seconds_of, sleep=clock.sleep)
    if sys.platform == "linux":
        from stemkit.virtual.confine import confine

        there = [sys.base_prefix, sys.prefix, *sys.path, str(Path(script).parent), "/usr", "/lib",
                 "/lib64", "/dev/urandom"]  # fmt: skip
        confine([Path(path) for path in there if path and Path(path).exists()])
    sys.stdout = Stamped(clock, sys.stdout)  # type: ignore[arg-type]
    try:
        runpy.run_path(script, run_name="__main__")
    finally:
        sys.stdout.flush()


def _replace_pins(world: World, clock: Clock) -> None:
    def i2c(*_: Any, **__: Any) -> Bus:
        return Bus(world, clock)

    pins = import_module("board")
    for name in ("I2C", "STEMMA_I2C"):
        setattr(pins, name, i2c)
    vars(import_module("busio"))["I2C"] = i2c


if __name__ == "__main__":
    main(*sys.argv[1:])
