# `machine.I2C` and `machine.SoftI2C`.
import struct

import _world
from _world import facts, tell
from machine import Pin, _number

_ENODEV, _EIO = 19, 5
_next_soft = 16

# Default pins (scl, sda) of the ports' hardware buses.
_DEFAULTS = {
    "esp32": {0: (18, 19), 1: (25, 26)},
    "esp32s2": {0: (9, 8), 1: (7, 6)},
    "esp32s3": {0: (9, 8), 1: (5, 4)},
    "esp32c3": {0: (5, 4)},
    "esp32c6": {0: (7, 6)},
    "esp8266": {0: (5, 4)},
    "rp2040": {0: (5, 4), 1: (7, 6)},
    "rp2350": {0: (5, 4), 1: (7, 6)},
}.get(facts["chip"], {0: (26, 32)})


class SoftI2C:
    _missing = _ENODEV

    def __init__(self, scl, sda, *, freq=400000, timeout=50000):
        global _next_soft
        self._bus = _next_soft
        _next_soft = 16 + (_next_soft - 15) % 200
        self._written = None
        self._open(scl, sda, freq)

    def _open(self, scl, sda, freq):
        self._scl, self._sda, self._freq = _number(scl), _number(sda), freq
        tell(0x84, self._bus, struct.pack("<BBI", self._scl, self._sda, freq))

    def init(self, scl=None, sda=None, *, freq=400000, timeout=50000):
        self._open(self._scl if scl is None else scl, self._sda if sda is None else sda, freq)

    def deinit(self):
        pass

    def _transfer(self, addr, data, count):
        # (bytes taken, bytes read); OSError as the port gives it where nobody answers.
        payload = struct.pack("<BBH", self._bus, 0, count) + data
        try:
            found = _world.request(7, addr, payload, 2 + count)
        except OSError:
            raise OSError(self._missing if data or count else _ENODEV)
        if not _world.speed:
            # 9 clocks a byte; otherwise the computer takes its time.
            _world.jump(_world.peek() + (len(data) + count + 1) * 9000000 // self._freq)
        return found[0] | found[1] << 8, found[2:]

    def scan(self):
        found = _world.request(8, self._bus, b"", 16)
        # The addresses that the ports try.
        return [n for n in range(8, 0x78) if found[n // 8] >> n % 8 & 1]

    def readfrom(self, addr, nbytes, stop=True):
        return self._transfer(addr, self._before(addr), nbytes)[1]

    def readfrom_into(self, addr, buf, stop=True):
        buf[:] = self._transfer(addr, self._before(addr), len(buf))[1]

    def writeto(self, addr, buf, stop=True):
        data = self._before(addr) + bytes(buf)
        if not stop:
            # What comes next belongs to the same transfer.
            taken = self._transfer(addr, b"", 0)[0]
            self._written = (addr, data)
            return len(buf)
        return self._transfer(addr, data, 0)[0]

    def writevto(self, addr, vector, stop=True):
        return self.writeto(addr, b"".join(bytes(part) for part in vector), stop)

    def _before(self, addr):
        # What `writeto(..., stop=False)` to this address has left on the bus.
        written, self._written = self._written, None
        return written[1] if written and written[0] == addr else b""

    def _memory(self, memaddr, addrsize):
        if addrsize % 8 or not 0 < addrsize <= 32:
            raise ValueError("invalid addrsize")
        return memaddr.to_bytes(addrsize // 8, "big")

    def readfrom_mem(self, addr, memaddr, nbytes, *, addrsize=8):
        return self._transfer(addr, self._memory(memaddr, addrsize), nbytes)[1]

    def readfrom_mem_into(self, addr, memaddr, buf, *, addrsize=8):
        buf[:] = self._transfer(addr, self._memory(memaddr, addrsize), len(buf))[1]

    def writeto_mem(self, addr, memaddr, buf, *, addrsize=8):
        self._transfer(addr, self._memory(memaddr, addrsize) + bytes(buf), 0)

    # Primitive operations: bytes are collected from start to stop.
    def start(self):
        self._raw = b""

    def write(self, buf):
        self._raw += bytes(buf)
        return len(buf)

    def readinto(self, buf, nack=True):
        raw, self._raw = self._raw, b""
        buf[:] = self._transfer(raw[0] >> 1, b"", len(buf))[1]

    def stop(self):
        raw, self._raw = self._raw, b""
        if raw and not raw[0] & 1:
            self._transfer(raw[0] >> 1, raw[1:], 0)

    def __repr__(self):
        return "SoftI2C(scl=%d, sda=%d, freq=%d)" % (self._scl, self._sda, self._freq)


class I2C(SoftI2C):
    # The RP2's hardware gives EIO for an address without an answer, the ESPs ENODEV.
    _missing = _EIO if facts["family"] == "rp2" else _ENODEV

    def __init__(self, id=None, *args, scl=None, sda=None, freq=400000, timeout=50000):
        if id is None or id == -1:
            if id is None and scl is None and sda is None:
                id = 0
            else:
                SoftI2C.__init__(self, *args, scl=scl, sda=sda, freq=freq)
                return
        if args and facts["family"] == "rp2":
            freq = args[0]
        if id not in _DEFAULTS:
            raise ValueError("I2C(%d) doesn't exist" % id)
        self._bus, self._written = id, None
        self._id = id
        default = _DEFAULTS[id]
        if facts["family"] == "rp2":
            # RP2040 data sheet 1.4.3: SDA on even pins, SCL on odd ones, the buses in turns of two.
            if scl is not None and (_number(scl) % 2 != 1 or _number(scl) // 2 % 2 != id):
                raise ValueError("bad SCL pin")
            if sda is not None and (_number(sda) % 2 or _number(sda) // 2 % 2 != id):
                raise ValueError("bad SDA pin")
        self._open(default[0] if scl is None else scl, default[1] if sda is None else sda, freq)

    def __repr__(self):
        return "I2C(%d, scl=%d, sda=%d, freq=%d)" % (self._id, self._scl, self._sda, self._freq)
