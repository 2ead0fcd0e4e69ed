# `machine.TouchPad`: smaller numbers while touched (ESP32), larger ones (S2, S3).
import machine
from _world import facts, request

_PADS = (0, 2, 4, 12, 13, 14, 15, 27, 32, 33) if facts["chip"] == "esp32" else range(1, 15)


class TouchPad:
    def __init__(self, pin):
        self._pin = machine._number(pin)
        if self._pin not in _PADS:
            raise ValueError("invalid pin for touchpad")
        self._limit = 500

    def read(self):
        touched = request(12, self._pin, b"", 1)[0]
        if facts["chip"] == "esp32":
            return 160 if touched else 720
        return 90000 if touched else 28000

    def config(self, limit):
        self._limit = limit
