# AHT20, DHT20: temperature (C), humidity (%), on I2C.
from time import sleep_ms


class AHT20:
    addresses = (0x38,)
    wait_ms = 2000

    def __init__(self, i2c, address=0x38):
        self.i2c, self.address = i2c, address
        if not i2c.readfrom(address, 1)[0] & 8:
            i2c.writeto(address, b"\xbe\x08\x00")
            sleep_ms(10)

    def read(self):
        self.i2c.writeto(self.address, b"\xac\x33\x00")
        sleep_ms(85)
        d = self.i2c.readfrom(self.address, 7)
        if d[0] & 0x80 or crc8(d):
            raise OSError("aht20")
        hum = d[1] << 12 | d[2] << 4 | d[3] >> 4
        temp = (d[3] & 15) << 16 | d[4] << 8 | d[5]
        return {"temp": temp * 200 / 1048576 - 50, "hum": hum * 100 / 1048576}


def crc8(data):
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc << 1 ^ (0x131 if crc & 0x80 else 0)
    return crc
