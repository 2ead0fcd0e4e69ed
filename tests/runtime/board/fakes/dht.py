# micropython-lib's DHTBase with the wire replaced by five bytes.
class DHTBase:
    answer = bytes(5)

    def __init__(self, pin):
        self.buf = bytearray(5)

    def measure(self):
        self.buf[:] = self.answer
        if sum(self.buf[:4]) & 0xFF != self.buf[4]:
            raise Exception("checksum error")
