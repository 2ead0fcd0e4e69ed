# MPU6050: acceleration (m/s2) and rotation (degrees/s), on I2C.
from struct import unpack


class MPU6050:
    addresses = (0x68, 0x69)
    wait_ms = 5

    def __init__(self, i2c, address=0x68):
        self.i2c, self.address = i2c, address
        i2c.writeto_mem(address, 0x6B, b"\x01")  # wake up
        i2c.writeto_mem(address, 0x1A, b"\x03\x00\x00")  # 44 Hz, 250 degrees/s, 2 g

    def read(self):
        d = unpack(">7h", self.i2c.readfrom_mem(self.address, 0x3B, 14))
        values = {}
        for i, axis in enumerate("xyz"):
            values["acc_" + axis] = d[i] * 9.80665 / 16384
            values["gyro_" + axis] = d[i + 4] / 131
        return values
