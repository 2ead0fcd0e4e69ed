# `machine.PWM`.
import struct

from _world import facts, tell
from machine import _8266, Pin, _esp, _rp2


class PWM:
    def __init__(self, pin, freq=None, duty=None, *, duty_u16=None, duty_ns=None, invert=False):
        self._pin = pin if isinstance(pin, Pin) else Pin(pin)
        if self._pin.id in facts["input_only"]:
            raise ValueError("invalid pin")
        self._freq = 0 if _rp2 else 5000 if not _8266 else 500
        self._duty = 32768 if _esp and not _8266 else 0
        self._ns = None
        self._invert = invert
        self._on = not _rp2
        self.init(freq, duty, duty_u16=duty_u16, duty_ns=duty_ns)

    def init(self, freq=None, duty=None, *, duty_u16=None, duty_ns=None, invert=None):
        if invert is not None:
            self._invert = invert
        if freq is not None:
            self._check(freq)
            self._freq = freq
        if duty is not None:
            self.duty(duty)
        if duty_u16 is not None:
            self.duty_u16(duty_u16)
        if duty_ns is not None:
            self.duty_ns(duty_ns)
        if not _rp2 or freq is not None or duty_u16 is not None or duty_ns is not None:
            self._on = True
            self._tell()

    def _check(self, freq):
        if _rp2 and freq < 8:
            raise ValueError("freq too small")
        if freq < 1 or freq > 40000000:
            raise ValueError("frequency must be from 1Hz to 40MHz")

    def _tell(self):
        if self._on and self._freq:
            if self._ns is not None:
                self._duty = min(65535, (self._ns * self._freq * 65535 + 500000000) // 1000000000)
            duty = 65535 - self._duty if self._invert else self._duty
            self._pin._taken = True
            tell(0x83, self._pin.id, struct.pack("<IH", self._freq, duty))

    def deinit(self):
        self._on = False
        tell(0x83, self._pin.id, struct.pack("<IH", 0, 0))

    def _active(self):
        if _esp and not self._on:
            raise RuntimeError("PWM is inactive")

    def freq(self, *freq):
        if not freq:
            return self._freq
        self._active()
        self._check(freq[0])
        self._freq = freq[0]
        self._on = True
        self._tell()

    def duty_u16(self, *duty):
        if not duty:
            return self._duty
        self._active()
        if not 0 <= duty[0] <= 65535:
            if _esp:
                raise ValueError("duty_u16 must be from 0 to 65536")
        self._duty = max(0, min(65535, duty[0]))
        self._ns = None
        self._on = True
        self._tell()

    def duty_ns(self, *ns):
        if not ns:
            return self._duty * 1000000000 // (65535 * self._freq) if self._freq else 0
        self._active()
        if ns[0] < 0 or _esp and ns[0] > 1000000000 // self._freq:
            raise ValueError("duty_ns must be from 0 to %d ns" % (1000000000 // self._freq))
        self._ns = ns[0]
        self._on = True
        self._tell()

    def _duty10(self, *duty):
        if not duty:
            return self._duty >> 6
        self._active()
        if not 0 <= duty[0] <= 1023:
            raise ValueError("duty must be from 0 to 1023")
        self.duty_u16(65535 if duty[0] == 1023 else duty[0] << 6)

    if _esp:
        duty = _duty10

    def __repr__(self):
        return "PWM(%r, freq=%d, duty_u16=%d)" % (self._pin, self._freq, self._duty)
