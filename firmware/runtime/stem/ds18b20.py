# DS18B20: temperature (C), over the 1-Wire bus.
from time import sleep_ms


class DS18B20:
    def __init__(self, data):
        self.wire = data

    def _ask(self, command):
        if not self.wire.reset():
            raise OSError("ds18b20")
        self.wire.writebyte(0xCC)  # whoever is on the wire
        self.wire.writebyte(command)

    def read(self):
        self._ask(0x44)  # measure
        sleep_ms(750)
        self._ask(0xBE)  # tell
        d = bytes([self.wire.readbyte() for _ in range(9)])
        if self.wire.crc8(d) or d == bytes(9):
            raise OSError("ds18b20")
        return ((d[1] ^ 0x80) << 8 | d[0]) / 16 - 2048
