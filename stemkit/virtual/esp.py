"""ESP boards: ROM loader, checks at boot, MicroPython from the flash, DTR and RTS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from stemkit.virtual.family import Build, MicroPythonFamily, Place
from stemkit.virtual.loop import Timer
from stemkit.virtual.parts import Idle
from stemkit.virtual.rom import installed
from stemkit.virtual.rom.boot import boot, greeting, is_blank
from stemkit.virtual.rom.chips import CHIPS, ChipFacts
from stemkit.virtual.rom.loader import SYNC_FRAME, RomLoader

# EN rises slowly (capacitor on the board), so that IO0 is low when it is read. A host that sets
# one line after the other asserts both in between: through a network that lasts long (pyserial's
# rfc2217 looks for its answers every 50 ms), where only boards with a large capacitor cope.
_EN_RISES_S: Final = 0.005
_EN_RISES_BETWEEN_S: Final = 0.2
# A chip that cannot boot is restarted by its watchdog again and again.
_TRIES_AGAIN_S: Final = 1.0
_BROWNS_OUT_S: Final = 0.4
# esp-idf, components/esp32/brownout.c: then it restarts by software.
_BROWN_OUT: Final = b"\r\nBrownout detector was triggered\r\n\r\n"
_ROM_BAUD: Final = 115200
_BLOCK: Final = 4096
# Espressif's 5C:CF:7F with the bit that says: not assigned by IEEE.
_ESP8266_MAKER: Final = b"\x5e\xcf\x7f"

_FIRST_BOOT_PY: Final = (
    "# This file is executed on every boot (including wake-boot from deepsleep)\n"
)


@dataclass
class EspFamily(MicroPythonFamily):
    """An ESP32, S2, S3, C3, C6 or ESP8266 on its board."""

    _place: Place | None = None
    _tail: bytes = b""
    _lines: tuple[bool, bool] = (False, False)
    _rising: Timer | None = None
    _again: Timer | None = None

    _first_boot_py: ClassVar[str] = _FIRST_BOOT_PY
    _keeps_damaged: ClassVar[bool] = True

    @property
    def chip(self) -> ChipFacts:
        """The facts of its ROM."""
        return CHIPS[self.board.profile.chip]

    def install(self) -> None:
        """Put MicroPython on it, as on a board from a club's box."""
        profile = self.board.profile
        banner = f"MicroPython {self.build.git}; {profile.machine}"
        place = (profile.fs_offset, profile.fs_bytes)
        installed.install(
            self.flash, self.chip, profile.esp_chip_id, profile.image_offset, place, banner
        )

    @property
    def mac(self) -> bytes:
        """The MAC address that belongs to its unique id."""
        if self.chip.name != "esp8266":
            return self.unique_id
        # Its chip id is the end of the address, read as a number (ESP8266 SDK).
        return _ESP8266_MAKER + self.unique_id[2::-1]

    def place(self) -> Place:
        """Where the file system lies: the partition table says it."""
        return self._place or super().place()

    # -- resets --------------------------------------------------------------------------------

    def boot(self, reason: str = "power") -> None:
        """Check the flash as the ROM does, then start what is in it."""
        self._stop_timers()
        profile, chip = self.board.profile, self.chip
        self._say_as_rom(greeting(chip, reason, download=False))
        offset = profile.image_offset
        found = boot(chip, self.flash, offset, profile.esp_chip_id)
        self._say_as_rom(found.printed)
        if found.program is None:
            self._wait_for_loader(blank=is_blank(self.flash, offset))
            return
        self._place = None
        if found.table is not None:
            vfs = found.table.file_system(self.flash.size)
            if vfs is not None:
                self._place = Place(vfs.offset, vfs.size, _BLOCK, profile.fs_prog_bytes)
        if self.board.faults.is_too_weak():
            self._browns_out()
            return
        build = found.build
        if build is None:
            self.state = "running"
            self.board.attach(Idle())
            self.board.say(b"(This program is not MicroPython; a virtual board cannot run it.)\r\n")
            return
        self.build = Build(build.version, build.date, build.machine or profile.machine)
        self.start_micropython(reason)

    def _browns_out(self) -> None:
        """The radio's first current pulls the supply down; the chip restarts, again and again."""
        self.state = "dead"
        self.board.attach(Idle())
        if self.chip.deflates:  # the ESP8266 has no detector: it restarts without a word
            self._say_as_rom(_BROWN_OUT)
        self._again = self.board.loop.after(_BROWNS_OUT_S, lambda: self.boot("software"))

    def _wait_for_loader(self, *, blank: bool) -> None:
        if blank:
            self._attach_loader()
            return
        self.state = "dead"
        self.board.attach(Idle())
        self._again = self.board.loop.after(_TRIES_AGAIN_S, self._watchdog)

    def _watchdog(self) -> None:
        self._again = None
        if self.board.port is not None and self.board.port.is_open():
            self.boot("watchdog")
        else:
            self._again = self.board.loop.after(_TRIES_AGAIN_S, self._watchdog)

    def _say_as_rom(self, text: bytes) -> None:
        # The ROM's own rate; a host at another rate sees garbage there, as on a real ESP8266.
        self.board.say(text, self.chip.boot_baud or 0)

    def _stop_timers(self) -> None:
        for timer in (self._rising, self._again):
            if timer is not None:
                timer.cancel()
        self._rising = self._again = None
        super()._stop_timers()

    # -- loader --------------------------------------------------------------------------------

    def enter_loader(self) -> None:
        """Restart in download mode."""
        self._stop_timers()
        self.board.attach(Idle())
        self.board.set_board_baud(_ROM_BAUD)
        self._say_as_rom(greeting(self.chip, "pin", download=True))
        self._attach_loader()

    def _attach_loader(self) -> None:
        board = self.board
        self.state = "loader"
        board.attach(
            RomLoader(
                self.chip,
                self.flash,
                self.mac,
                board.output_ready,
                self.hard_reset,
                board.set_board_baud,
                board.faults.fails_at,
            )
        )

    def host_sent(self, data: bytes) -> bytes:
        """Look for a sync frame, which on a port without modem lines stands for BOOT and EN."""
        board = self.board
        if b"\xc0" not in data and not self._tail:
            return data
        seen = self._tail + data
        self._tail = seen[-len(SYNC_FRAME) + 1 :]
        if SYNC_FRAME not in seen:
            return data
        self._tail = b""
        in_loader = isinstance(board.device, RomLoader)
        if board.port is not None and board.port.has_lines and not in_loader:
            return data
        if in_loader and board.board_hears_host():
            return data
        self._stop_timers()
        board.attach(Idle())
        board.forget_said()
        self._attach_loader()
        # The ROM measures the rate from the frame itself.
        board.hear_at_host_rate()
        return seen[seen.index(SYNC_FRAME) :]

    def host_closed(self) -> None:
        """Without modem lines, closing the port stands for the reset at the end of a session."""
        port = self.board.port
        if port is not None and not port.has_lines and isinstance(self.board.device, RomLoader):
            self.hard_reset()

    def host_set_lines(self, dtr: bool, rts: bool) -> None:
        """The two-transistor circuit of devkits: RTS alone holds EN low, DTR alone IO0.

        Espressif, ESP32-DevKitC schematics ("auto program").
        """
        self._lines = (dtr, rts)
        if rts and not dtr:
            self._stop_timers()
            self.board.attach(Idle())
            self.board.forget_said()
            self.state = "held"
        elif self.state == "held":
            if self._rising is not None:
                self._rising.cancel()
            delay_s = _EN_RISES_BETWEEN_S if dtr and rts else _EN_RISES_S
            self._rising = self.board.loop.after(delay_s, self._risen)

    def _risen(self) -> None:
        self._rising = None
        dtr, rts = self._lines
        if dtr and not rts:
            self.enter_loader()
        else:
            self.hard_reset()
