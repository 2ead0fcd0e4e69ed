"""The serial loader of Espressif's ROMs, and of the flasher stub that esptool puts into RAM.

Protocol: Espressif, "Serial Protocol" (esptool documentation, Advanced Topics).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from stemkit.formats.esp_image import xor_of
from stemkit.virtual.flash import SECTOR_BYTES, FlashFile
from stemkit.virtual.rom import slip
from stemkit.virtual.rom.chips import ChipFacts
from stemkit.virtual.rom.spi import SpiController

SYNC_FRAME: Final = b"\xc0\x00\x08\x24\x00\0\0\0\0\x07\x07\x12\x20" + b"\x55" * 32 + b"\xc0"
"""What a host sends until a loader answers."""

_REQUEST: Final = struct.Struct("<BBHI")
_SYNC_ANSWERS: Final = 8
_ROM_SYNC_VALUE: Final = 0x20120707

FLASH_BEGIN, FLASH_DATA, FLASH_END = 0x02, 0x03, 0x04
MEM_BEGIN, MEM_END, MEM_DATA = 0x05, 0x06, 0x07
SYNC, WRITE_REG, READ_REG = 0x08, 0x09, 0x0A
SPI_SET_PARAMS, SPI_ATTACH, READ_FLASH_SLOW, CHANGE_BAUDRATE = 0x0B, 0x0D, 0x0E, 0x0F
DEFLATE_BEGIN, DEFLATE_DATA, DEFLATE_END = 0x10, 0x11, 0x12
FLASH_MD5, SECURITY_INFO = 0x13, 0x14
ERASE_FLASH, ERASE_REGION, READ_FLASH, RUN_USER_CODE = 0xD0, 0xD1, 0xD2, 0xD3

_STUB_ONLY: Final = frozenset({ERASE_FLASH, ERASE_REGION, READ_FLASH, RUN_USER_CODE})
_NOT_ESP8266: Final = frozenset(
    {SPI_SET_PARAMS, SPI_ATTACH, CHANGE_BAUDRATE, READ_FLASH_SLOW, FLASH_MD5}
    | {DEFLATE_BEGIN, DEFLATE_DATA, DEFLATE_END}
)

# (ROM's code, stub's code): esptool documentation, "Status Bytes" and flasher_stub/stub_flasher.h.
_INVALID: Final = (0x05, 0xFF)
_BAD_CHECKSUM: Final = (0x07, 0xC1)
_WRITE_FAILED: Final = (0x08, 0xC4)
_BAD_DEFLATE: Final = (0x0B, 0xC7)
_NOT_BEGUN: Final = (0x06, 0xC6)
_TOO_MUCH: Final = (0x06, 0xC9)

_READ_SLOW_BYTES: Final = 64


class Refusal(Exception):
    """A request that is answered with an error: (ROM's code, stub's code)."""

    def __init__(self, codes: tuple[int, int]) -> None:
        super().__init__(codes)
        self.codes = codes


@dataclass
class _Writing:
    """A write to flash that was begun: where it is, where it ends, how far it has erased."""

    at: int
    end: int
    erased_to: int
    inflate: zlib._Decompress | None = None


@dataclass
class _Reading:
    """A stub's read that is under way: the host says how much it has."""

    offset: int
    size: int
    block: int
    window: int
    sent: int = 0


class RomLoader:
    """A chip in download mode; the device at the end of the board's line.

    `reset` restarts the board from its flash. `set_baud` changes the board's side of the rate once
    the running answer is out. `fails_at` says whether a write to a flash address shall fail.
    """

    def __init__(
        self,
        chip: ChipFacts,
        flash: FlashFile,
        mac: bytes,
        ready: Callable[[], None],
        reset: Callable[[str], None],
        set_baud: Callable[[int], None],
        fails_at: Callable[[int, int], bool],
    ) -> None:
        self._chip, self._flash = chip, flash
        self._ready, self._reset, self._set_baud = ready, reset, set_baud
        self._fails_at = fails_at
        self._reader = slip.SlipReader()
        self._out = b""
        self._baud_next = 0
        self._reset_next = ""
        self._writing: _Writing | None = None
        self._reading: _Reading | None = None
        self._spi = SpiController(chip, flash.size)
        self._registers = {0x40001000: chip.magic, **chip.registers}
        self._registers.update(chip.mac_registers(mac))
        self.is_stub = False

    # -- Device --------------------------------------------------------------------------------

    def take(self, max_bytes: int) -> bytes:
        """Answers for the host."""
        if not self._out:
            self._answered()
            return b""
        data, self._out = self._out[:max_bytes], self._out[max_bytes:]
        return data

    def give(self, data: bytes) -> bool:
        """Requests from the host."""
        for frame in self._reader.feed(data):
            if self._reading is not None and len(frame) == 4:
                self._read_on(int.from_bytes(frame, "little"))
            elif len(frame) >= _REQUEST.size and frame[0] == 0:
                self._request(frame)
        if self._out:
            self._ready()
        return True

    def stop(self) -> None:
        """Reset or power off: what was begun is left as it is."""
        self._out, self._writing, self._reading = b"", None, None
        self._baud_next, self._reset_next = 0, ""

    def _answered(self) -> None:
        """The last answer is out: do what waited for it."""
        if self._baud_next:
            baud, self._baud_next = self._baud_next, 0
            self._set_baud(baud)
        if self._reset_next:
            reason, self._reset_next = self._reset_next, ""
            self._reset(reason)

    # -- requests ------------------------------------------------------------------------------

    def _request(self, frame: bytes) -> None:
        _, op, size, checksum = _REQUEST.unpack_from(frame)
        body = frame[_REQUEST.size :]
        try:
            if size != len(body) or not self._knows(op):
                raise Refusal(_INVALID)
            handler = _HANDLERS.get(op)
            if handler is None:
                raise Refusal(_INVALID)
            if op in _WITH_CHECKSUM:
                _check(body, checksum)
            handler(self, body)
        except Refusal as refusal:
            self._answer(op, status=bytes((1, refusal.codes[self.is_stub])))
        except struct.error:
            self._answer(op, status=bytes((1, _INVALID[self.is_stub])))

    def _knows(self, op: int) -> bool:
        if self.is_stub:
            return op not in (READ_FLASH_SLOW,)
        return op not in _STUB_ONLY and (self._chip.deflates or op not in _NOT_ESP8266)

    def _answer(self, op: int, value: int = 0, data: bytes = b"", status: bytes = b"\0\0") -> None:
        length = 2 if self.is_stub else self._chip.status_bytes
        body = data + status.ljust(length, b"\0")
        self._out += slip.encode(_REQUEST.pack(1, op, len(body), value) + body)

    def _sync(self, body: bytes) -> None:
        for _ in range(_SYNC_ANSWERS):
            self._answer(SYNC, 0 if self.is_stub else _ROM_SYNC_VALUE)

    def _read_register(self, body: bytes) -> None:
        (address,) = struct.unpack_from("<I", body)
        found = self._spi.read(address)
        self._answer(READ_REG, self._registers.get(address, 0) if found is None else found)

    def _write_register(self, body: bytes) -> None:
        address, value, mask, _ = struct.unpack_from("<4I", body)
        if not self._spi.write(address, value, mask):
            old = self._registers.get(address, 0)
            self._registers[address] = (old & ~mask) | (value & mask)
        self._answer(WRITE_REG)
        if address == self._chip.watchdog and value & mask & 1 << 31:
            self._reset_next = "watchdog"

    def _security_info(self, body: bytes) -> None:
        if self._chip.chip_id is None:
            raise Refusal(_INVALID)
        info = bytes(12)
        if self._chip.name != "esp32s2":
            # ESP32-C3 and later add chip id and API version.
            info += struct.pack("<II", self._chip.chip_id, 0)
        self._answer(SECURITY_INFO, data=info)

    def _change_baud(self, body: bytes) -> None:
        (self._baud_next,) = struct.unpack_from("<I", body)
        self._answer(CHANGE_BAUDRATE)

    def _nothing(self, op: int) -> None:
        self._answer(op)

    # -- RAM -----------------------------------------------------------------------------------

    def _mem_end(self, body: bytes) -> None:
        stay, entry = struct.unpack_from("<II", body)
        self._answer(MEM_END)
        if not stay and entry:
            # Code in RAM is not run; a host that starts some is esptool starting its stub.
            self.is_stub = True
            self._out += slip.encode(b"OHAI")

    # -- flash ---------------------------------------------------------------------------------

    def _begin(self, op: int, body: bytes) -> None:
        size, blocks, block, offset = struct.unpack_from("<4I", body)
        erases_now = not self.is_stub
        end = offset + (size if op == DEFLATE_BEGIN else max(size, blocks * block))
        self._writing = _Writing(offset, end, offset // SECTOR_BYTES * SECTOR_BYTES)
        if op == DEFLATE_BEGIN:
            self._writing.inflate = zlib.decompressobj()
        if erases_now and size:
            self._flash.erase(offset, size)
            self._writing.erased_to = self._flash.size
        self._answer(op)

    def _data(self, op: int, body: bytes) -> None:
        (size,) = struct.unpack_from("<I", body)
        data = body[16 : 16 + size]
        writing = self._writing
        if writing is None or (op == DEFLATE_DATA) != (writing.inflate is not None):
            raise Refusal(_NOT_BEGUN)
        if writing.inflate is not None:
            try:
                data = writing.inflate.decompress(data)
            except zlib.error as error:
                raise Refusal(_BAD_DEFLATE) from error
        self._write(writing, data)
        self._answer(op)

    def _write(self, writing: _Writing, data: bytes) -> None:
        if writing.at + len(data) > writing.end:
            raise Refusal(_TOO_MUCH)
        if self._fails_at(writing.at, len(data)):
            raise Refusal(_WRITE_FAILED)
        need = writing.at + len(data)
        if need > writing.erased_to:
            # The stub erases as it goes, so that a cut leaves the rest of the flash as it was.
            self._flash.erase(writing.erased_to, need - writing.erased_to)
            writing.erased_to = -(-need // SECTOR_BYTES) * SECTOR_BYTES
        self._flash.program(writing.at, data)
        writing.at += len(data)

    def _end(self, op: int, body: bytes) -> None:
        (stay,) = struct.unpack_from("<I", body)
        self._writing = None
        self._answer(op)
        if not stay:
            self._reset_next = "software"

    def _md5(self, body: bytes) -> None:
        offset, size = struct.unpack_from("<II", body)
        digest = hashlib.md5(self._flash.read(offset, size), usedforsecurity=False)
        told = digest.digest() if self.is_stub else digest.hexdigest().encode()
        self._answer(FLASH_MD5, data=told)

    def _read_slow(self, body: bytes) -> None:
        offset, size = struct.unpack_from("<II", body)
        data = self._flash.read(offset, min(size, _READ_SLOW_BYTES))
        self._answer(READ_FLASH_SLOW, data=data.ljust(_READ_SLOW_BYTES, b"\xff"))

    def _erase_flash(self, body: bytes) -> None:
        if self._fails_at(0, self._flash.size):
            raise Refusal(_WRITE_FAILED)
        self._flash.erase(0, self._flash.size)
        self._answer(ERASE_FLASH)

    def _erase_region(self, body: bytes) -> None:
        offset, size = struct.unpack_from("<II", body)
        if offset % SECTOR_BYTES or size % SECTOR_BYTES:
            raise Refusal(_INVALID)
        if self._fails_at(offset, size):
            raise Refusal(_WRITE_FAILED)
        self._flash.erase(offset, size)
        self._answer(ERASE_REGION)

    def _read_flash(self, body: bytes) -> None:
        offset, size, block, window = struct.unpack_from("<4I", body)
        self._reading = _Reading(offset, size, max(1, block), max(1, window))
        self._answer(READ_FLASH)
        self._read_on(0)

    def _read_on(self, received: int) -> None:
        """Send as far ahead of what the host has received as it allows, then the MD5."""
        reading = self._reading
        assert reading is not None
        while (
            reading.sent < reading.size and reading.sent - received < reading.window * reading.block
        ):
            count = min(reading.block, reading.size - reading.sent)
            data = self._flash.read(reading.offset + reading.sent, count)
            self._out += slip.encode(data)
            reading.sent += count
        if received >= reading.size:
            whole = self._flash.read(reading.offset, reading.size)
            self._out += slip.encode(hashlib.md5(whole, usedforsecurity=False).digest())
            self._reading = None

    def _run_user_code(self, body: bytes) -> None:
        self._reset_next = "software"
        self._ready()


def _check(body: bytes, checksum: int) -> None:
    (size,) = struct.unpack_from("<I", body)
    data = body[16 : 16 + size]
    if len(data) != size or 0xEF ^ xor_of(data) != checksum & 0xFF:
        raise Refusal(_BAD_CHECKSUM)


_WITH_CHECKSUM: Final = frozenset({FLASH_DATA, DEFLATE_DATA, MEM_DATA})
_HANDLERS: Final[dict[int, Callable[[RomLoader, bytes], None]]] = {
    FLASH_BEGIN: lambda rom, body: rom._begin(FLASH_BEGIN, body),
    FLASH_DATA: lambda rom, body: rom._data(FLASH_DATA, body),
    FLASH_END: lambda rom, body: rom._end(FLASH_END, body),
    MEM_BEGIN: lambda rom, body: rom._nothing(MEM_BEGIN),
    MEM_DATA: lambda rom, body: rom._nothing(MEM_DATA),
    MEM_END: RomLoader._mem_end,
    SYNC: RomLoader._sync,
    WRITE_REG: RomLoader._write_register,
    READ_REG: RomLoader._read_register,
    SPI_SET_PARAMS: lambda rom, body: rom._nothing(SPI_SET_PARAMS),
    SPI_ATTACH: lambda rom, body: rom._nothing(SPI_ATTACH),
    READ_FLASH_SLOW: RomLoader._read_slow,
    CHANGE_BAUDRATE: RomLoader._change_baud,
    DEFLATE_BEGIN: lambda rom, body: rom._begin(DEFLATE_BEGIN, body),
    DEFLATE_DATA: lambda rom, body: rom._data(DEFLATE_DATA, body),
    DEFLATE_END: lambda rom, body: rom._end(DEFLATE_END, body),
    FLASH_MD5: RomLoader._md5,
    SECURITY_INFO: RomLoader._security_info,
    ERASE_FLASH: RomLoader._erase_flash,
    ERASE_REGION: RomLoader._erase_region,
    READ_FLASH: RomLoader._read_flash,
    RUN_USER_CODE: RomLoader._run_user_code,
}
