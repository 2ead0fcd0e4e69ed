# Sensors that give a voltage: %
from time import sleep_us, ticks_diff, ticks_ms


class Level:
    """0 % at the value low, 100 % at high (0 to 65535)."""

    def __init__(self, out, low=0, high=65535):
        self.adc, self.low, self.high = out, low, high

    def read(self):
        return self.percent(sum([self.adc.read_u16() for _ in range(8)]) / 8)

    def percent(self, raw):
        return min(max((raw - self.low) * 100 / (self.high - self.low), 0), 100)


class Sound(Level):  # how far it swings
    def read(self):
        low, high, start = 65535, 0, ticks_ms()
        while ticks_diff(ticks_ms(), start) < 50:
            raw = self.adc.read_u16()
            low, high = min(low, raw), max(high, raw)
            sleep_us(400)  # a hundred looks are enough for voices
        return self.percent(high - low)
