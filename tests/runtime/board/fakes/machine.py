# A `machine` without hardware, for tests of what does not touch any: MicroPython, not CPython.
class Pin:
    IN, OUT, PULL_UP = 0, 1, 2

    def __init__(self, id, *args, **kw):
        self.id = id


class ADC(Pin):
    pass


class PWM(Pin):
    pass


class SoftI2C:
    def __init__(self, scl, sda):
        pass

    def scan(self):
        return []


echo_us = 0


def time_pulse_us(pin, level, timeout_us):
    return echo_us
