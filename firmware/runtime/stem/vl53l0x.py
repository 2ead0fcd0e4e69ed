# VL53L0X: distance (cm) by laser, on I2C, by the steps of ST's STSW-IMG005.
from time import sleep_ms


class VL53L0X:
    addresses = (0x29,)
    wait_ms = 33

    def __init__(self, i2c, address=0x29):
        self.i2c, self.address = i2c, address
        if self._get(0xC0) != 0xEE:
            raise OSError("no vl53l0x")
        self._put(0x88, 0, 0x80, 1, 0xFF, 1, 0x00, 0)
        self.stop = self._get(0x91)
        self._put(0x00, 1, 0xFF, 0, 0x80, 0)
        self._put(0x0A, 4, 0x0B, 1)  # say when a sample is new
        self._measure(0x01, 1, 0x00, 0x41)  # calibrate
        self._measure(0x01, 2, 0x00, 0x01)
        self._put(0x00, 0, 0x01, 0xE8)

    def _get(self, register):
        return self.i2c.readfrom_mem(self.address, register, 1)[0]

    def _put(self, *pairs):
        for i in range(0, len(pairs), 2):
            self.i2c.writeto_mem(self.address, pairs[i], bytes([pairs[i + 1]]))

    def _measure(self, *pairs):
        self._put(*pairs)
        for _ in range(50):
            sleep_ms(4)
            if self._get(0x13) & 7:
                return self._put(0x0B, 1, 0x00, 0)
        raise OSError("vl53l0x")

    def read(self):
        self._put(0x80, 1, 0xFF, 1, 0x00, 0, 0x91, self.stop, 0x00, 1, 0xFF, 0, 0x80, 0)
        self._measure(0x00, 1)
        mm = self._get(0x1E) << 8 | self._get(0x1F)
        return mm / 10 if mm < 8190 else None
