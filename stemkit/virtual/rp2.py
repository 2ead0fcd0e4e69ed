"""Raspberry Pi Pico boards: the boot ROM's UF2 drive, USB serial, 1200-baud touch."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from stemkit.formats import uf2
from stemkit.formats.micropython_build import find_build
from stemkit.virtual.drives import Drive
from stemkit.virtual.family import Build, MicroPythonFamily
from stemkit.virtual.flash import SECTOR_BYTES
from stemkit.virtual.loop import Timer
from stemkit.virtual.parts import Idle

_FLASH_ADDRESS: Final = 0x10000000
_TOUCH_BAUD: Final = 1200
# How long the USB device is away when the chip restarts, and until the ROM restarts it.
_AWAY_S: Final = 0.3
_RESTART_S: Final = 0.1

# RP2040 data sheet 2.8.4.1; RP2350 data sheet 5.5.4.
_INFO: Final = {
    "RPI-RP2": b"UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n",
    "RP2350": b"UF2 Bootloader v1.0\r\nModel: Raspberry Pi RP2350\r\nBoard-ID: RP2350\r\n",
}
_INDEX: Final = (
    b'<html><head><meta http-equiv="refresh" content="0;'
    b"URL='https://www.raspberrypi.com/documentation/'\"/></head></html>\r\n"
)
_BLOCK: Final = struct.Struct("<8I476sI")
_MAGIC: Final = (0x0A324655, 0x9E5D5157, 0x0AB16F30)


@dataclass
class _Download:
    """Blocks of one file that the ROM has taken: it restarts when it has all `count`."""

    count: int
    numbers: set[int] = field(default_factory=set)
    erased: set[int] = field(default_factory=set)


@dataclass
class Rp2Family(MicroPythonFamily):
    """A board whose chip itself is the USB device: its port is there only while a program runs."""

    _drive: Drive | None = None
    _rest: dict[Path, bytes] = field(default_factory=dict)
    _download: _Download | None = None
    _timer: Timer | None = None

    @property
    def drive(self) -> str:
        """Folder of the drive, empty while it is not shown."""
        return str(self._drive.folder) if self._drive is not None else ""

    def install(self) -> None:
        """Put MicroPython on it: something that names itself where a program is."""
        text = f"MicroPython {self.build.git}; {self.board.profile.machine}\0".encode()
        self.flash.program(0, text.ljust(256, b"\0"))

    def facts(self, raw: bool) -> dict[str, Any]:
        """Its flash is there to read in its address space (RP2040 data sheet 2.6.3: XIP)."""
        return {**super().facts(raw), "xip": _FLASH_ADDRESS}

    def power_on(self) -> None:
        """Start as after plugging in."""
        self.boot("power")

    def boot(self, reason: str = "power") -> None:
        """Start what is in the flash, or the boot ROM's drive where nothing is.

        The ROM's check of the boot stage (RP2040: a CRC of 252 bytes) is not made: what runs is
        always the MicroPython of this computer.
        """
        self._stop_timers()
        place = self.place()
        if self.flash.read(0, 256) == b"\xff" * 256:
            self.enter_loader()
            return
        build = find_build(self.flash.read(0, place.offset))
        if build is not None:
            self.build = Build(build.version, build.date, build.machine or "")
        self.board.open_port()
        self.start_micropython(reason)

    def hard_reset(self, reason: str = "pin") -> None:
        """The chip restarts, and its USB device is away for a moment."""
        self._stop_timers()
        self.board.attach(Idle())
        self.board.close_port()
        self.state = "booting"
        self._timer = self.board.loop.after(_AWAY_S, lambda: self.boot(reason))

    def host_closed(self) -> None:
        """Closing the port at 1200 baud calls the boot loader (MicroPython, mp_usbd_cdc.c)."""
        port = self.board.port
        if port is not None and port.host_baud() == _TOUCH_BAUD and self.state != "loader":
            self.enter_loader()

    def enter_loader(self) -> None:
        """The port goes and the drive comes."""
        self._stop_timers()
        self.board.attach(Idle())
        self.board.close_port()
        label = self.board.profile.drive
        folder = self.board.folder / f"{self.board.name}-drive" / label
        files = {"INFO_UF2.TXT": _INFO[label], "INDEX.HTM": _INDEX}
        self._drive = Drive(self.board.loop, folder, files, self._arrived)
        self._rest.clear()
        self._download = None
        self.state = "loader"
        self.board.changed()

    def _stop_timers(self) -> None:
        super()._stop_timers()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._drive is not None:
            self._drive.hide()
            self._drive = None
            self.board.changed()

    # -- the ROM takes blocks as they come -----------------------------------------------------

    def _arrived(self, path: Path, data: bytes) -> None:
        data = self._rest.get(path, b"") + data
        end = len(data) // uf2.BLOCK_SIZE * uf2.BLOCK_SIZE
        self._rest[path] = data[end:]
        for start in range(0, end, uf2.BLOCK_SIZE):
            self._take_block(data[start : start + uf2.BLOCK_SIZE])

    def _take_block(self, block: bytes) -> None:
        first, second, flags, address, size, number, count, family, data, last = _BLOCK.unpack(
            block
        )
        if (first, second, last) != _MAGIC or flags & uf2.FLAG_NOT_MAIN_FLASH:
            return
        if not flags & uf2.FLAG_FAMILY or family not in self.board.profile.uf2_families:
            # For another chip: the ROM ignores it without a word.
            return
        if size != uf2.PAYLOAD_SIZE or number >= count or address % uf2.PAYLOAD_SIZE:
            return
        if self._download is None or self._download.count != count:
            self._download = _Download(count)
        self._write(self._download, address - _FLASH_ADDRESS, data[:size])
        self._download.numbers.add(number)
        if len(self._download.numbers) == count and self._timer is None:
            self._timer = self.board.loop.after(_RESTART_S, self.boot)

    def _write(self, download: _Download, offset: int, data: bytes) -> None:
        if not 0 <= offset < self.flash.size or self.board.faults.fails_at(offset, len(data)):
            # Outside the flash (the first block of RP2350 files is, on purpose).
            return
        sector = offset // SECTOR_BYTES
        if sector not in download.erased:
            self.flash.erase(offset, SECTOR_BYTES)
            download.erased.add(sector)
        self.flash.program(offset, data)
