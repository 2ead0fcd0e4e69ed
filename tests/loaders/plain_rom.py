"""A boot loader written from esptool's "Serial Protocol" page: one board in memory, with its whims.

It takes every command that a flash needs, from the ROM on and after the stub's greeting.
"""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import reduce
from operator import xor

from stemkit.errors import StemkitError
from stemkit.links.memory import MemoryLink, memory_pair
from stemkit.model.link import Link

# Chip: value of the register 0x40001000, chip id, base of the SPI registers, data register there.
CHIPS = {
    "esp8266": (0xFFF0C101, None, 0x60000200, 0x40),
    "esp32": (0x00F01D83, None, 0x3FF42000, 0x80),
    "esp32s2": (0x000007C6, None, 0x3F402000, 0x58),
    "esp32c3": (0x1B31506F, 5, 0x60002000, 0x58),
}
MAGIC_REGISTER = 0x40001000
SPI_RUN = 1 << 18


@dataclass
class Whims:
    """How this board misbehaves."""

    deaf_syncs: int = 0
    """So many first syncs are not answered."""
    flags: int = 0
    """Of GET_SECURITY_INFO."""
    encryption: int = 0
    """`flash_crypt_cnt` of GET_SECURITY_INFO."""
    wrong_md5s: int = 0
    """So many hashes are wrong after something was written."""
    refused_block: int = 0
    """This block is refused, ..."""
    refusals: int = 0
    """... so many times."""
    flash_id: int | None = None


@dataclass
class PlainRom:
    """The board's end of the line."""

    chip: str
    link: Link
    whims: Whims = field(default_factory=Whims)
    flash: bytearray = field(default_factory=lambda: bytearray(b"\xff" * (4 << 20)))
    blocks: int = 0
    _stub: bool = False
    _registers: dict[int, int] = field(default_factory=dict)
    _at: int = 0
    _unfold: zlib._Decompress | None = None

    def serve(self) -> None:
        """Answer until the other end leaves."""
        rest = b""
        try:
            while True:
                rest += self.link.read(65536, 1.0)
                *frames, rest = rest.split(b"\xc0")
                for frame in filter(None, frames):
                    self._take(frame.replace(b"\xdb\xdc", b"\xc0").replace(b"\xdb\xdd", b"\xdb"))
        except StemkitError:
            return

    def _say(self, frame: bytes) -> None:
        escaped = frame.replace(b"\xdb", b"\xdb\xdd").replace(b"\xc0", b"\xdb\xdc")
        self.link.write(b"\xc0" + escaped + b"\xc0")

    def _answer(self, op: int, value: int = 0, data: bytes = b"", status: int = 0) -> None:
        size = 2 if self._stub or self.chip == "esp8266" else 4
        body = data + (b"\1" + bytes((status,)) if status else b"\0\0").ljust(size, b"\0")
        self._say(struct.pack("<BBHI", 1, op, len(body), value) + body)

    def _take(self, frame: bytes) -> None:
        if len(frame) < 8 or frame[0] != 0:
            return
        op, checksum, data = frame[1], frame[4], frame[8:]
        match op:
            case 0x08:
                self._sync()
            case 0x06:
                self._answer(op)
                self._stub = True
                self._say(b"OHAI")
            case 0x09 | 0x0A:
                self._register(op, data)
            case 0x14:
                self._security()
            case 0x02 | 0x10:
                self._at = struct.unpack_from("<I", data, 12)[0]
                self._unfold = zlib.decompressobj() if op == 0x10 else None
                self._answer(op)
            case 0x03 | 0x11:
                self._store(op, data[16:], checksum)
            case 0x13:
                self._hash(*struct.unpack_from("<II", data))
            case 0xD3:
                self._stub = False
                self._answer(op)
            case _:
                self._answer(op)

    def _sync(self) -> None:
        if self.whims.deaf_syncs:
            self.whims.deaf_syncs -= 1
            return
        for _ in range(8):
            self._answer(0x08, 0 if self._stub else 0x20120707)

    def _register(self, op: int, data: bytes) -> None:
        magic, _, spi, result = CHIPS[self.chip]
        address, value, mask = (*struct.unpack_from("<III", data.ljust(12, b"\0")),)
        if op == 0x0A:
            flash_id = 0x1640EF if self.whims.flash_id is None else self.whims.flash_id
            own = {MAGIC_REGISTER: magic, spi + result: flash_id}
            self._answer(op, own.get(address, self._registers.get(address, 0)))
            return
        if address == spi:
            value &= ~SPI_RUN
        self._registers[address] = (self._registers.get(address, 0) & ~mask) | (value & mask)
        self._answer(op)

    def _security(self) -> None:
        if self.chip in ("esp8266", "esp32"):
            self._answer(0x14, status=5)
            return
        told = struct.pack("<IB7x", self.whims.flags, self.whims.encryption)
        chip_id = CHIPS[self.chip][1]
        self._answer(0x14, 0, told if chip_id is None else told + struct.pack("<II", chip_id, 0))

    def _store(self, op: int, data: bytes, checksum: int) -> None:
        if reduce(xor, data, 0xEF) != checksum:
            self._answer(op, status=0xC1)
            return
        if self.blocks + 1 == self.whims.refused_block and self.whims.refusals:
            self.whims.refusals -= 1
            self._answer(op, status=0xC4)
            return
        self.blocks += 1
        unfolded = self._unfold.decompress(data) if self._unfold else data
        self.flash[self._at : self._at + len(unfolded)] = unfolded
        self._at += len(unfolded)
        self._answer(op)

    def _hash(self, address: int, size: int) -> None:
        found = hashlib.md5(self.flash[address : address + size]).digest()
        if self.blocks and self.whims.wrong_md5s:
            self.whims.wrong_md5s -= 1
            found = bytes(16)
        self._answer(0x13, 0, found if self._stub else found.hex().encode())


@contextmanager
def plain_rom(chip: str, whims: Whims | None = None) -> Iterator[tuple[PlainRom, MemoryLink]]:
    """A board, and the host's end of its line."""
    host, board = memory_pair()
    rom = PlainRom(chip, board, whims or Whims())
    thread = threading.Thread(target=rom.serve)
    thread.start()
    try:
        yield rom, host
    finally:
        host.close()
        thread.join()
