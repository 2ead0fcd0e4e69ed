# DS18B20 and DS18S20, as micropython-lib's module of this name.
_CONVERT, _READ, _WRITE = 0x44, 0xBE, 0x4E


class DS18X20:
    def __init__(self, onewire):
        self.ow = onewire
        self.buf = bytearray(9)

    def scan(self):
        return [rom for rom in self.ow.scan() if rom[0] in (0x10, 0x22, 0x28)]

    def convert_temp(self):
        self.ow.reset(True)
        self.ow.writebyte(self.ow.SKIP_ROM)
        self.ow.writebyte(_CONVERT)

    def read_scratch(self, rom):
        self.ow.reset(True)
        self.ow.select_rom(rom)
        self.ow.writebyte(_READ)
        self.ow.readinto(self.buf)
        if self.ow.crc8(self.buf):
            raise Exception("CRC error")
        return self.buf

    def write_scratch(self, rom, buf):
        self.ow.reset(True)
        self.ow.select_rom(rom)
        self.ow.writebyte(_WRITE)
        self.ow.write(buf)

    def read_temp(self, rom):
        buf = self.read_scratch(rom)
        raw = buf[1] << 8 | buf[0]
        if raw & 0x8000:
            raw -= 0x10000
        if rom[0] == 0x10:
            # DS18S20: half degrees, refined by the count that is left.
            return (raw >> 1) - 0.25 + (buf[7] - buf[6]) / buf[7] if buf[7] else raw / 2
        return raw / 16

    def resolution(self, rom, bits=None):
        if bits is None:
            return (self.read_scratch(rom)[4] >> 5 & 3) + 9
        if not 9 <= bits <= 12:
            raise ValueError("bits must be 9 to 12")
        old = self.read_scratch(rom)
        self.write_scratch(rom, bytes((old[2], old[3], (bits - 9) << 5 | 0x1F)))
