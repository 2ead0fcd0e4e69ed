# `machine.SPI` and `machine.SoftSPI`. No part of the kit is on SPI: what is sent goes nowhere and
# what is read is an idle line.
from _world import facts
from machine import _number


class SoftSPI:
    MSB, LSB = 0, 1

    def __init__(
        self, baudrate=500000, *, polarity=0, phase=0, bits=8, firstbit=0, sck=None, mosi=None, miso=None
    ):
        for pin in (sck, mosi, miso):
            if pin is not None:
                _number(pin)
        self._baudrate = baudrate

    def init(self, baudrate=None, **kw):
        self._baudrate = baudrate or self._baudrate

    def deinit(self):
        pass

    def read(self, nbytes, write=0):
        return b"\xff" * nbytes

    def readinto(self, buf, write=0):
        for n in range(len(buf)):
            buf[n] = 0xFF

    def write(self, buf):
        pass

    def write_readinto(self, write_buf, read_buf):
        if len(write_buf) != len(read_buf):
            raise ValueError("buffers must be the same length")
        self.readinto(read_buf)


class SPI(SoftSPI):
    def __init__(self, id=1, baudrate=500000, **kw):
        if id == -1:
            SoftSPI.__init__(self, baudrate, **kw)
            return
        ids = (0, 1) if facts["family"] == "rp2" or facts["chip"] == "esp8266" else (1, 2)
        if id not in ids:
            raise ValueError("SPI(%d) doesn't exist" % id)
        SoftSPI.__init__(self, baudrate, **kw)
