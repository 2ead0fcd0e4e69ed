# 1-Wire, as micropython-lib's module of this name.
import _onewire as _ow


class OneWireError(Exception):
    pass


class OneWire:
    SEARCH_ROM, MATCH_ROM, SKIP_ROM = 0xF0, 0x55, 0xCC

    def __init__(self, pin):
        self.pin = pin
        self.pin.init(pin.OPEN_DRAIN, pin.PULL_UP)

    def reset(self, required=False):
        there = _ow.reset(self.pin)
        if required and not there:
            raise OneWireError
        return there

    def readbit(self):
        return _ow.readbit(self.pin)

    def readbyte(self):
        return _ow.readbyte(self.pin)

    def readinto(self, buf):
        for n in range(len(buf)):
            buf[n] = _ow.readbyte(self.pin)

    def writebit(self, value):
        _ow.writebit(self.pin, value)

    def writebyte(self, value):
        _ow.writebyte(self.pin, value)

    def write(self, buf):
        for byte in buf:
            _ow.writebyte(self.pin, byte)

    def select_rom(self, rom):
        self.reset()
        self.writebyte(self.MATCH_ROM)
        self.write(rom)

    def scan(self):
        # Walk the tree of codes; where both bits answer, take 0 first and come back for 1.
        found = []
        branches = [b""]
        while branches:
            path = branches.pop()
            rom = self._walk(path, branches)
            if rom is not None:
                found.append(rom)
        return found

    def _walk(self, path, branches):
        if not self.reset():
            return None
        self.writebyte(self.SEARCH_ROM)
        taken = bytearray()
        for n in range(64):
            bit, other = self.readbit(), self.readbit()
            if bit and other:
                return None
            if n < len(path):
                bit = path[n]
            elif not bit and not other:
                branches.append(bytes(taken) + b"\x01")
            taken.append(bit)
            self.writebit(bit)
        return bytearray(sum(taken[8 * n + k] << k for k in range(8)) for n in range(8))

    def crc8(self, data):
        return _ow.crc8(data)
