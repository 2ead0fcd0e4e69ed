# BH1750: brightness (lux), on I2C.
from time import sleep_ms


class BH1750:
    addresses = (0x23, 0x5C)
    wait_ms = 180

    def __init__(self, i2c, address=0x23):
        self.i2c, self.address = i2c, address
        i2c.writeto(address, b"\x01")
        i2c.writeto(address, b"\x10")
        sleep_ms(180)

    def read(self):
        d = self.i2c.readfrom(self.address, 2)
        return (d[0] << 8 | d[1]) / 1.2
