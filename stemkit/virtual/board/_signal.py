# `machine.Signal`.
from machine import Pin


class Signal:
    def __init__(self, pin, *args, invert=False, **kw):
        self._pin = pin if hasattr(pin, "value") else Pin(pin, *args, **kw)
        self._invert = invert

    def value(self, *value):
        if value:
            self._pin.value(bool(value[0]) != self._invert)
        else:
            return int(bool(self._pin.value()) != self._invert)

    __call__ = value

    def on(self):
        self.value(1)

    def off(self):
        self.value(0)
