# BME280, BMP280 (no humidity): C, hPa, %, on I2C, by the formulas of Bosch's data sheets.
from struct import unpack
from time import sleep_ms


class BME280:
    addresses = (0x76, 0x77)
    wait_ms = 100

    def __init__(self, i2c, address=0x76):
        self.i2c, self.address = i2c, address
        kind = self._get(0xD0, 1)[0]
        self.t = unpack("<Hhh", self._get(0x88, 6))
        self.p = unpack("<H8h", self._get(0x8E, 18))
        self.h = None
        if kind == 0x60:
            h2, h3, e4, e5, e6, h6 = unpack("<hBbBbb", self._get(0xE1, 7))
            h4, h5 = e4 << 4 | e5 & 15, e6 << 4 | e5 >> 4
            self.h = self._get(0xA1, 1)[0], h2, h3, h4, h5, h6
        elif kind != 0x58:
            raise OSError("no bme280")

    def _get(self, register, size):
        return self.i2c.readfrom_mem(self.address, register, size)

    def read(self):
        self.i2c.writeto_mem(self.address, 0xF2, b"\x01")
        self.i2c.writeto_mem(self.address, 0xF4, b"\x55")  # measure once
        sleep_ms(50)
        d = self._get(0xF7, 8)
        p, t = [a << 12 | b << 4 | c >> 4 for a, b, c in (d[0:3], d[3:6])]
        t1, t2, t3 = self.t
        x = t / 16384 - t1 / 1024
        fine = x * t2 + x * x / 64 * t3
        values = {"temp": fine / 5120}
        values["pressure"] = self._pressure(p, fine / 2 - 64000) / 100
        if self.h:
            values["hum"] = self._humidity(d[6] << 8 | d[7], fine - 76800)
        return values

    def _pressure(self, raw, x):
        p1, p2, p3, p4, p5, p6, p7, p8, p9 = self.p
        y = (x * x * p6 / 32768 + x * p5 * 2) / 4 + p4 * 65536
        x = (1 + (p3 * x * x / 524288 + p2 * x) / 17179869184) * p1
        p = (1048576 - raw - y / 4096) * 6250 / x if x else 0
        return p + (p9 * p * p / 2147483648 + p8 * p / 32768 + p7) / 16

    def _humidity(self, raw, x):
        h1, h2, h3, h4, h5, h6 = self.h
        h = raw - h4 * 64 - h5 / 16384 * x
        h *= h2 / 65536 * (1 + h6 / 67108864 * x * (1 + h3 / 67108864 * x))
        return min(max(h * (1 - h1 * h / 524288), 0), 100)
