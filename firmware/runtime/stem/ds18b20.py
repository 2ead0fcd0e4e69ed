# DS18B20: temperature (C), on 1-Wire. It measures while the program goes on.
from time import sleep_ms, ticks_diff, ticks_ms


class DS18B20:
    def __init__(self, data):
        self.wire = data
        self.asked = ticks_ms() - 9999

    def _ask(self, command):
        if not self.wire.reset():
            raise OSError("ds18b20")
        self.wire.writebyte(0xCC)
        self.wire.writebyte(command)

    def read(self):
        age = ticks_diff(ticks_ms(), self.asked)
        if age > 2000:
            self._ask(0x44)  # measure
            sleep_ms(750)
        if age >= 750:
            self._ask(0xBE)
            d = bytes([self.wire.readbyte() for _ in range(9)])
            if self.wire.crc8(d) or d == bytes(9):
                raise OSError("ds18b20")
            self.value = ((d[1] ^ 0x80) << 8 | d[0]) / 16 - 2048
            self._ask(0x44)
            self.asked = ticks_ms()
        return self.value
