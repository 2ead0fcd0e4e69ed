# 1-Wire, as the ports' built-in module of this name.
from _world import request, tell
from machine import _number


def reset(pin):
    return bool(request(9, _number(pin), b"", 1)[0])


def readbit(pin):
    return request(10, _number(pin), b"\x01\x00", 1)[0]


def readbyte(pin):
    return request(10, _number(pin), b"\x08\x00", 1)[0]


def writebit(pin, bit):
    tell(0x85, _number(pin), b"\x01\x00\x01" if bit else b"\x01\x00\x00")


def writebyte(pin, byte):
    tell(0x85, _number(pin), bytes((8, 0, byte)))


def crc8(data):
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
    return crc
