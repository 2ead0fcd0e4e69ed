# SSD1306: display of 128 x 64 points, on I2C. Draw as in framebuf, then show().
from framebuf import MONO_VLSB, FrameBuffer

START = (
    b"\xae\xd5\x80\xa8\x3f\xd3\x00\x40\x8d\x14\x20\x00"
    b"\xa1\xc8\xda\x12\x81\xcf\xd9\xf1\xdb\x40\xa4\xa6\xaf"
)


class SSD1306(FrameBuffer):
    addresses = (0x3C, 0x3D)

    def __init__(self, i2c, address=0x3C):
        self.i2c, self.address = i2c, address
        self.data = bytearray(b"\x40" + bytes(1024))
        super().__init__(memoryview(self.data)[1:], 128, 64, MONO_VLSB)
        self._command(START)
        self.show()

    def _command(self, codes):
        self.i2c.writeto(self.address, b"\x00" + codes)

    def show(self):
        self._command(b"\x21\x00\x7f\x22\x00\x07")
        self.i2c.writeto(self.address, self.data)
