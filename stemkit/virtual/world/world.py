"""The world of one virtual board: it answers the peripheral wire, and nothing in it waits."""

from __future__ import annotations

import errno
import json
import struct
from collections.abc import Callable
from typing import Any, Final

from stemkit.model.scenario import QUANTITIES, Scenario, quantity_named
from stemkit.virtual.world.buses import I2cBus, OneWireBus
from stemkit.virtual.world.course import seed_of
from stemkit.virtual.world.parts import make_device
from stemkit.virtual.world.pins import Pins
from stemkit.virtual.world.spec import BoardSpec
from stemkit.virtual.world.surroundings import Surroundings
from stemkit.virtual.world.wire import HEADER, Op

OK: Final = b"\0"
_PIN_READ: Final = struct.Struct("<BBQ")
_PIN_WATCH: Final = struct.Struct("<BBBQ")
_PIN_PULSE: Final = struct.Struct("<BiQ")
_I2C_TRANSFER: Final = struct.Struct("<BxH")
_PWM: Final = struct.Struct("<IH")

# What the ports' clocks show when the power comes: 2000-01-01 (ESP), 2021-01-01 (RP2).
_RTC_START_S: Final = {"esp": 946_684_800, "rp2": 1_609_459_200}

LOOK_AGAIN: Final = b"\1"
"""Pushed to the board when something was changed that its pins may feel."""

Handler = Callable[["World", int, int, bytes], bytes]


class World:
    """Everything around one board, whether the board has power or not.

    `speed` is how many seconds pass in the world in one of the computer's; 0 lets time pass only
    where the program waits for it (it never waits in vain, so an hour takes as long as its work).
    """

    def __init__(
        self,
        board: BoardSpec,
        scenario: Scenario | None = None,
        seed: int = 0,
        speed: float = 1.0,
    ) -> None:
        self.board = board
        self.speed = speed
        self._around = Surroundings(scenario, seed_of(seed, board.unique_id.hex()))
        self._devices = [
            make_device(part, self._around, seed_of(seed, board.unique_id.hex(), part.name))
            for part in board.parts
        ]
        self._pins = Pins(board.pins, self._devices)
        self._i2c: dict[int, I2cBus] = {}
        self._onewire: dict[int, OneWireBus] = {}
        self._zero_us: int | None = None
        self._boot_us = 0
        self._cause = "power"
        self._now_us = self._looked_us = 0
        self._pushes = b""
        self._display = bytes(25)
        self._uart: dict[int, bytes] = {}
        self._rtc_us = _rtc_start_us(board.family)
        self._rtc_memory = b""
        for device in self._devices:
            device.power_on(0)

    # -- for whoever keeps the board's process ---------------------------------------------------

    def handle(self, request: bytes) -> bytes:
        """Answer one frame; b"" for what is only told. A frame of nonsense gets EINVAL."""
        op, arg, _, time_us = HEADER.unpack_from(request)
        handler = _HANDLERS.get(op)
        if handler is None:
            return b"" if op & 0x80 else bytes((errno.EINVAL,))
        if op != Op.HELLO:
            time_us = self._now_us = max(self._now_us, time_us)
        try:
            return handler(self, arg, time_us, request[HEADER.size :])
        except (struct.error, IndexError, ValueError, OverflowError):
            return b"" if op & 0x80 else bytes((errno.EINVAL,))

    def power_on(self, host_us: int) -> None:
        """The board gets its power again: its parts and its clock begin anew, the world goes on.

        `host_us` is the time of the host's monotonic clock.
        """
        if self._zero_us is not None:
            passed_us = int((host_us - self._zero_us) * self.speed)
            self._now_us = max(self._now_us, passed_us)
        self.restart("power")
        self._rtc_us = _rtc_start_us(self.board.family) - self._now_us
        self._rtc_memory = b""
        for device in self._devices:
            device.power_on(self._now_us)

    def restart(self, cause: str) -> None:
        """A new process takes over: after a `soft`, `hard`, `deepsleep` or `watchdog` reset.

        The sensors keep their supply and the scenario its course; the pins are inputs again.
        """
        self._cause = cause
        if cause != "soft":
            self._boot_us = -1
        self._pins.reset(self._now_us)
        self._i2c.clear()

    def take_pushes(self) -> bytes:
        """Bytes to write to the board's event stream now: ask after `handle` and after `set`."""
        pushes, self._pushes = self._pushes, b""
        return pushes

    # -- for people -------------------------------------------------------------------------------

    def look_at(self, host_us: int) -> None:
        """Let `set`, `values` and `outputs` mean this moment of the host's monotonic clock.

        Without it they mean the moment of the board's last request.
        """
        if self.speed and self._zero_us is not None:
            self._looked_us = int((host_us - self._zero_us) * self.speed)

    @property
    def _shown_us(self) -> int:
        return max(self._now_us, self._looked_us)

    @property
    def time_s(self) -> float:
        """World time now, in seconds since the board first said hello."""
        return self._shown_us / 1e6

    @property
    def scenario(self) -> Scenario:
        """The scenario that plays."""
        return self._around.scenario

    def set(self, quantity: str, value: float | None) -> None:
        """Hold a quantity at `value`; None lets the scenario have it again.

        Raises NoSuchQuantityError, QuantityRangeError.
        """
        for device in self._devices:
            device.changed(self._shown_us)
        self._around.set(quantity, value)
        for device in self._devices:
            device.changed(self._shown_us)
        self._push()

    def value(self, quantity: str, time_s: float | None = None) -> float:
        """A quantity at a time (default: now). Raises KeyError for a name that is none."""
        name = quantity_named(quantity)
        if name is None:
            raise KeyError(quantity)
        t_us = self._shown_us if time_s is None else round(time_s * 1e6)
        return self._around.value(name, t_us)

    def values(self) -> dict[str, float]:
        """Every quantity now."""
        return {name: self._around.value(name, self._shown_us) for name in QUANTITIES}

    def outputs(self) -> dict[str, dict[str, Any]]:
        """What can be seen of each part by its name, as JSON values; parts that show nothing are
        left out. A micro:bit has its `display` too, and each UART what was sent last."""
        shown = {d.part.name: output for d in self._devices if (output := d.output()) is not None}
        if self.board.family == "microbit":
            rows = [self._display[n : n + 5] for n in range(0, 25, 5)]
            shown["display"] = {"rows": ["".join(str(b) for b in row) for row in rows]}
        for number, sent in self._uart.items():
            shown[f"uart{number}"] = {"sent": sent.decode("utf-8", "backslashreplace")}
        return shown

    # -- the wire ---------------------------------------------------------------------------------

    def _hello(self, arg: int, host_us: int, payload: bytes) -> bytes:
        """The board's clock is the host's, less `zero`, times `speed`; or it goes on from `now`."""
        if self._zero_us is None:
            self._zero_us = host_us
        if self.speed:
            passed = int((host_us - self._zero_us) * self.speed)
            self._now_us = max(self._now_us, passed)
        if self._boot_us < 0:
            self._boot_us = self._now_us
        board = self.board
        facts = {
            "zero": self._zero_us,
            "now": self._now_us,
            "boot": self._boot_us,
            "speed": self.speed,
            "cause": self._cause,
            "model": board.model,
            "family": board.family,
            "chip": board.chip,
            "id": board.unique_id.hex(),
            "pins": sorted(board.pins),
            "names": dict(board.names),
            "adc": sorted(board.adc),
            "input_only": sorted(board.input_only),
            "rtc": self._rtc_us,
            "rtc_memory": self._rtc_memory.hex(),
            "parts": {p.name: [p.model, dict(p.signals), p.onboard] for p in board.parts},
        }
        text = json.dumps(facts, separators=(",", ":")).encode()
        return OK + len(text).to_bytes(2, "little") + text

    def _quantity(self, arg: int, t_us: int, payload: bytes) -> bytes:
        name = quantity_named(payload.decode("ascii", "replace"))
        if name is None:
            return bytes((errno.EINVAL,)) + bytes(8)
        return OK + struct.pack("<d", self._around.value(name, t_us))

    def _pin_read(self, arg: int, t_us: int, payload: bytes) -> bytes:
        return _PIN_READ.pack(0, self._pins.level(arg, t_us), self._pins.quiet_until(arg, t_us))

    def _pin_watch(self, arg: int, t_us: int, payload: bytes) -> bytes:
        return _PIN_WATCH.pack(0, *self._pins.watch(arg, payload[0], t_us))

    def _pin_pulse(self, arg: int, t_us: int, payload: bytes) -> bytes:
        level, timeout_us = struct.unpack("<BI", payload)
        return _PIN_PULSE.pack(0, *self._pins.pulse_width(arg, level, timeout_us, t_us))

    def _pin_mode(self, arg: int, t_us: int, payload: bytes) -> bytes:
        self._pins.setup(arg, payload[0], payload[1], payload[2], t_us)
        return b""

    def _pin_write(self, arg: int, t_us: int, payload: bytes) -> bytes:
        self._pins.write(arg, payload[0] & 1, t_us)
        return b""

    def _pwm(self, arg: int, t_us: int, payload: bytes) -> bytes:
        frequency_hz, duty = _PWM.unpack(payload)
        self._pins.pulse(arg, frequency_hz, duty / 65535, t_us)
        return b""

    def _adc(self, arg: int, t_us: int, payload: bytes) -> bytes:
        return OK + struct.pack("<I", round(self._pins.volts(arg, t_us) * 1e6))

    def _touch(self, arg: int, t_us: int, payload: bytes) -> bytes:
        return OK + bytes((self._around.is_on("touch", t_us),))

    def _i2c_open(self, arg: int, t_us: int, payload: bytes) -> bytes:
        scl, sda, _ = struct.unpack("<BBI", payload)
        self._i2c[arg] = I2cBus([d for d in self._devices if _on_i2c(d.part.signals, scl, sda)])
        return b""

    def _i2c_transfer(self, arg: int, t_us: int, payload: bytes) -> bytes:
        bus, count = _I2C_TRANSFER.unpack_from(payload)
        data = payload[_I2C_TRANSFER.size :]
        answered = self._i2c.get(bus, _NO_BUS).transfer(arg, data, count, t_us)
        if answered is None:
            return bytes((errno.ENODEV,)) + bytes(2 + count)
        taken, read = answered
        return OK + taken.to_bytes(2, "little") + read

    def _i2c_scan(self, arg: int, t_us: int, payload: bytes) -> bytes:
        found = bytearray(16)
        for address in self._i2c.get(arg, _NO_BUS).addresses():
            found[address // 8] |= 1 << address % 8
        return OK + bytes(found)

    def _wire_of(self, pin: int) -> OneWireBus:
        if pin not in self._onewire:
            self._onewire[pin] = OneWireBus([device for device, _ in self._pins[pin].parts])
        return self._onewire[pin]

    def _onewire_reset(self, arg: int, t_us: int, payload: bytes) -> bytes:
        return OK + bytes((self._wire_of(arg).reset(t_us),))

    def _onewire_read(self, arg: int, t_us: int, payload: bytes) -> bytes:
        return OK + self._wire_of(arg).read(int.from_bytes(payload[:2], "little"), t_us)

    def _onewire_write(self, arg: int, t_us: int, payload: bytes) -> bytes:
        self._wire_of(arg).write(int.from_bytes(payload[:2], "little"), payload[2:], t_us)
        return b""

    def _dht(self, arg: int, t_us: int, payload: bytes) -> bytes:
        for device, _ in self._pins[arg].parts:
            frame = device.dht_frame(t_us)
            if frame is not None:
                return OK + frame
        return bytes((errno.ETIMEDOUT,)) + bytes(5)

    def _pixels(self, arg: int, t_us: int, payload: bytes) -> bytes:
        for device, _ in self._pins[arg].parts:
            device.pixels(payload, t_us)
        return b""

    def _uart_sent(self, arg: int, t_us: int, payload: bytes) -> bytes:
        self._uart[arg] = (self._uart.get(arg, b"") + payload)[-256:]
        return b""

    def _show(self, arg: int, t_us: int, payload: bytes) -> bytes:
        self._display = bytes(min(9, b) for b in payload[:25]).ljust(25, b"\0")
        return b""

    def _nudge(self, arg: int, t_us: int, payload: bytes) -> bytes:
        self._push()
        return b""

    def _push(self) -> None:
        self._pushes = LOOK_AGAIN

    def _rtc(self, arg: int, t_us: int, payload: bytes) -> bytes:
        self._rtc_us = int(struct.unpack("<q", payload)[0])
        return b""

    def _keep_memory(self, arg: int, t_us: int, payload: bytes) -> bytes:
        self._rtc_memory = payload[:2048]
        return b""


def _rtc_start_us(family: str) -> int:
    return _RTC_START_S.get(family, _RTC_START_S["esp"]) * 1_000_000


def _on_i2c(signals: Any, scl: int, sda: int) -> bool:
    return bool(signals.get("scl") == scl and signals.get("sda") == sda)


_NO_BUS: Final = I2cBus([])

_HANDLERS: Final[dict[int, Handler]] = {
    Op.HELLO: World._hello,
    Op.QUANTITY: World._quantity,
    Op.PIN_READ: World._pin_read,
    Op.PIN_WATCH: World._pin_watch,
    Op.PIN_PULSE: World._pin_pulse,
    Op.ADC: World._adc,
    Op.I2C_TRANSFER: World._i2c_transfer,
    Op.I2C_SCAN: World._i2c_scan,
    Op.ONEWIRE_RESET: World._onewire_reset,
    Op.ONEWIRE_READ: World._onewire_read,
    Op.DHT: World._dht,
    Op.TOUCH: World._touch,
    Op.PIN_MODE: World._pin_mode,
    Op.PIN_WRITE: World._pin_write,
    Op.PWM: World._pwm,
    Op.I2C_OPEN: World._i2c_open,
    Op.ONEWIRE_WRITE: World._onewire_write,
    Op.PIXELS: World._pixels,
    Op.UART: World._uart_sent,
    Op.DISPLAY: World._show,
    Op.NUDGE: World._nudge,
    Op.RTC: World._rtc,
    Op.RTC_MEMORY: World._keep_memory,
}
