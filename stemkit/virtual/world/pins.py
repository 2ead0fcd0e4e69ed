"""A board's pins: what the board does with each, and the parts that are on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from stemkit.virtual.world.device import SUPPLY_V, Device
from stemkit.virtual.world.wire import Mode, Pull

# How many possible changes are looked at for one question, and how far away an edge is promised:
# then the board asks again, so that no question takes long.
_MOST_TURNS: Final = 256
_FAR_US: Final = 60_000_000

NOTHING: Final = 0
EDGE: Final = 1
ASK_AGAIN: Final = 2

RISING: Final = 1
FALLING: Final = 2


@dataclass(slots=True)
class Pin:
    """One pin as the board has set it."""

    mode: Mode = Mode.IN
    pull: Pull = Pull.NONE
    driven: int = 0
    duty: float | None = None
    """Share of the time that it is high under PWM, None without."""
    parts: list[tuple[Device, str]] = field(default_factory=list)
    """Parts on it, with the name of their signal, the first heard first."""


class Pins:
    """All pins of a board. Times are microseconds of world time."""

    def __init__(self, numbers: frozenset[int], devices: list[Device]) -> None:
        self._pins = {number: Pin() for number in numbers}
        for device in devices:
            for signal, number in device.part.signals.items():
                self._pins.setdefault(number, Pin()).parts.append((device, signal))

    def __getitem__(self, number: int) -> Pin:
        """The pin; one that the board does not have is there and does nothing."""
        return self._pins.setdefault(number, Pin())

    def reset(self, t_us: int) -> None:
        """All pins are inputs again (a reset of the chip)."""
        for number, pin in self._pins.items():
            if pin.mode is not Mode.IN:
                self.setup(number, Mode.IN, Pull.NONE, 0, t_us)
            pin.pull, pin.driven = Pull.NONE, 0

    def setup(self, number: int, mode: int, pull: int, level: int, t_us: int) -> None:
        """Set a pin's mode, pull and (unless 255) level."""
        pin = self[number]
        before = self._given(pin)
        if pin.duty is not None:
            before = None if mode == Mode.OUT else pin.driven
        pin.mode, pin.pull, pin.duty = Mode(mode), Pull(pull), None
        if level != 255:
            pin.driven = level
        self._tell(pin, before, t_us)

    def write(self, number: int, level: int, t_us: int) -> None:
        """Set the level that the board drives (kept for later while it is an input)."""
        pin = self[number]
        before = self._given(pin) if pin.duty is None else None
        pin.driven, pin.duty = level, None
        self._tell(pin, before, t_us)

    def pulse(self, number: int, frequency_hz: int, duty: float, t_us: int) -> None:
        """Start PWM on a pin; frequency 0 stops it."""
        pin = self[number]
        if not frequency_hz:
            if pin.duty is not None:
                self.setup(number, Mode.IN, pin.pull, 0, t_us)
            return
        pin.mode, pin.duty, pin.driven = Mode.OUT, duty, 0
        for device, signal in pin.parts:
            device.pulsed(signal, frequency_hz, duty, t_us)

    def level(self, number: int, t_us: int) -> int:
        """What reading the pin gives."""
        pin = self[number]
        given = self._given(pin)
        if given is not None:
            return given
        for device, signal in pin.parts:
            level = device.level(signal, t_us)
            if level is not None:
                return level
        return 1 if pin.pull is Pull.UP else 0

    def quiet_until(self, number: int, t_us: int) -> int:
        """Until when `level` holds where a program times it in microseconds, else 0."""
        pin = self[number]
        if any(device.is_quick(signal, t_us) for device, signal in pin.parts):
            return self._next_turn(pin, t_us) or 0
        return 0

    def volts(self, number: int, t_us: int) -> float:
        """The voltage on the pin."""
        pin = self[number]
        if pin.duty is not None:
            return SUPPLY_V * pin.duty
        if self._given(pin) is None:
            for device, signal in pin.parts:
                volts = device.volts(signal, t_us)
                if volts is not None:
                    return volts
        return SUPPLY_V * self.level(number, t_us)

    def watch(self, number: int, edges: int, t_us: int) -> tuple[int, int, int]:
        """The next edge of a kind after `t_us`: (one of the three, level now, time).

        An edge is one of `edges`; with both asked for it is the other way from the level now.
        """
        pin = self[number]
        now = before = self.level(number, t_us)
        time_us = t_us
        for _ in range(_MOST_TURNS):
            turn = self._next_turn(pin, time_us)
            if turn is None:
                return NOTHING, now, 0
            if turn > t_us + _FAR_US:
                return ASK_AGAIN, now, t_us + _FAR_US
            level = self.level(number, turn)
            if (level > before and edges & RISING) or (level < before and edges & FALLING):
                return EDGE, now, turn
            before, time_us = level, turn
        return ASK_AGAIN, now, time_us

    def pulse_width(self, number: int, level: int, timeout_us: int, t_us: int) -> tuple[int, int]:
        """What `machine.time_pulse_us` measures: (microseconds, -2 or -1; when it is over)."""
        start = self._wait_for(number, level, timeout_us, t_us)
        if start is None:
            return -2, t_us + timeout_us
        end = self._wait_for(number, 1 - level, timeout_us, start)
        if end is None:
            return -1, start + timeout_us
        return end - start, end

    def _wait_for(self, number: int, level: int, timeout_us: int, t_us: int) -> int | None:
        pin = self[number]
        time_us = t_us
        while self.level(number, time_us) != level:
            turn = self._next_turn(pin, time_us)
            if turn is None or turn - t_us > timeout_us:
                return None
            time_us = turn
        return time_us

    def _next_turn(self, pin: Pin, t_us: int) -> int | None:
        turns = [device.next_turn(signal, t_us) for device, signal in pin.parts]
        return min((turn for turn in turns if turn is not None), default=None)

    def _given(self, pin: Pin) -> int | None:
        """The level that the board itself puts on the wire, None where it listens."""
        if pin.mode is Mode.OUT:
            return pin.driven
        if pin.mode is Mode.OPEN_DRAIN and not pin.driven:
            return 0
        return None

    def _tell(self, pin: Pin, before: int | None, t_us: int) -> None:
        now = self._given(pin)
        if now == before:
            return
        for device, signal in pin.parts:
            if now is None:
                device.released(signal, t_us)
            else:
                device.written(signal, now, t_us)
