# `machine.ADC`: each port's own.
import struct

from _world import facts, request, tell
from machine import _8266, _esp, _names, _number, _rp2


class ADC:
    if not _rp2 and not _8266:
        ATTN_0DB, ATTN_2_5DB, ATTN_6DB, ATTN_11DB = 0, 1, 2, 3
        WIDTH_9BIT, WIDTH_10BIT, WIDTH_11BIT, WIDTH_12BIT = 9, 10, 11, 12
    if _rp2:
        CORE_TEMP = 4

    def __init__(self, pin, *, atten=None, sample_ns=0):
        self._bits = 10 if _8266 else 13 if facts["chip"] == "esp32s2" else 12
        self._full_uv = 3300000
        if _8266:
            # One input, by a number that is no pin's; the NodeMCU divides 3.3 V down to its 1 V.
            if pin != 0:
                raise ValueError("invalid ADC")
            self._pin = _names["A0"]
            return
        if _rp2 and isinstance(pin, int) and not isinstance(pin, bool) and 0 <= pin <= 4:
            # A channel: 0 to 3 are pins 26 to 29, 4 measures the chip's temperature.
            self._pin = -1 if pin == 4 else pin + 26
        else:
            self._pin = _number(pin)
            if self._pin not in facts["adc"]:
                raise ValueError("invalid pin" if _esp else "Pin doesn't have ADC capabilities")
        if not _rp2:
            self.atten(3 if atten is None else atten)
        if self._pin >= 0:
            tell(0x81, self._pin, b"\x03\x00\xff")

    def init(self, *, atten=None):
        if atten is not None:
            self.atten(atten)

    def _uv(self):
        if self._pin < 0:
            # RP2040 data sheet 4.9.5: 0.706 V at 27 degrees, -1.721 mV a degree.
            celsius = struct.unpack("<d", request(2, 0, b"temperature", 8))[0]
            return int(706000 - (celsius - 27) * 1721)
        return struct.unpack("<I", request(6, self._pin, b"", 4))[0]

    def _raw(self):
        top = (1 << self._bits) - 1
        return min(top, int(self._uv() / self._full_uv * top + 0.5))

    def read_u16(self):
        bits = self._bits
        raw = self._raw()
        return raw << (16 - bits) | raw >> (2 * bits - 16)

    def _read(self):
        return self._raw()

    def _read_uv(self):
        return min(self._uv(), self._full_uv)

    def _atten(self, atten):
        if not 0 <= atten <= 3:
            raise ValueError("invalid attenuation")
        # ESP32 data sheet 4.1.2: the inputs' ranges, here to the 3.3 V that a pin can have.
        self._full_uv = (1100000, 1500000, 2200000, 3300000)[atten]

    def _width(self, bits):
        if bits not in ((9, 10, 11, 12) if facts["chip"] == "esp32" else (self._bits,)):
            raise ValueError("invalid bit-width")
        self._bits = bits

    if not _rp2:
        read = _read
    if not _rp2 and not _8266:
        read_uv, atten, width = _read_uv, _atten, _width

    def __repr__(self):
        return "ADC(%d)" % self._pin
