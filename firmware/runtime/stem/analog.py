# Sensors that give a voltage: %
from time import sleep_us


class Level:
    """0 % at the value low, 100 % at high (0 to 65535)."""

    def __init__(self, out, low=0, high=65535):
        self.adc, self.low, self.high = out, low, high

    def read(self):
        return self.percent(sum([self.adc.read_u16() for _ in range(8)]) / 8)

    def percent(self, raw):
        return min(max((raw - self.low) * 100 / (self.high - self.low), 0), 100)


class Sound(Level):  # how far it swings in 50 ms
    def read(self):
        raws = []
        for _ in range(100):
            raws.append(self.adc.read_u16())
            sleep_us(500)
        return self.percent(max(raws) - min(raws))
