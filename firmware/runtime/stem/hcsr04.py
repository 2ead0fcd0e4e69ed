# HC-SR04: distance (cm), by sound.
from machine import time_pulse_us
from time import sleep_us


class HCSR04:
    wait_ms = 60

    def __init__(self, trig, echo):
        trig.init(trig.OUT, value=0)
        echo.init(echo.IN)
        self.trig, self.echo = trig, echo

    def read(self):
        self.trig.value(1)
        sleep_us(10)
        self.trig.value(0)
        time_us = time_pulse_us(self.echo, 1, 30000)
        if time_us == -2:
            raise OSError("hcsr04")
        return None if time_us < 0 else time_us / 58
