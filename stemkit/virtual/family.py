"""What all families share: MicroPython on the file system in the flash, and its resets."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from stemkit.virtual.board import Idle, VirtualBoard
from stemkit.virtual.console import Console, Ending, Ring
from stemkit.virtual.flash import FlashFile
from stemkit.virtual.process import BOARD_SOURCES, FLASH_FD, WIRE_FD, Launch

# Objects of the 64-bit unix port are twice as large as a board's; our replacements for built-in
# modules, which a board has in its flash, take this much (measured, see tests/virtual).
_OBJECT_RATIO: Final = 2
_MODULES_BYTES: Final = 96 * 1024


@dataclass(frozen=True, slots=True)
class Build:
    """Which MicroPython the board says it runs."""

    release: str = "1.29.0-preview"
    date: str = "2026-07-05"
    machine: str = ""

    @property
    def git(self) -> str:
        """As `sys.version` and the banner name it."""
        return f"v{self.release} on {self.date}"

    @property
    def version(self) -> tuple[int | str, ...]:
        """As `sys.implementation.version` (MicroPython: three numbers and the pre-release)."""
        numbers, _, suffix = self.release.partition("-")
        parts = (*(int(n) for n in numbers.split(".") if n.isdigit()), 0, 0)[:3]
        return (*parts, suffix)


@dataclass
class Place:
    """Where the file system lies in the flash."""

    offset: int
    size: int
    block: int
    prog: int


@dataclass
class MicroPythonFamily:
    """A board that boots MicroPython whenever it has power. Families refine `boot`."""

    board: VirtualBoard
    flash: FlashFile
    unique_id: bytes
    state: str = "off"
    build: Build = field(default_factory=Build)

    _first_boot_py: ClassVar[str] = ""
    _keeps_damaged: ClassVar[bool] = False

    def power_on(self) -> None:
        """Start as after plugging in."""
        self.boot()

    def power_off(self) -> None:
        """Lose power."""
        self.state = "off"

    def boot(self, reason: str = "power") -> None:
        """What happens after a reset for `reason` (`power`, `pin`, `software`, `watchdog`...)."""
        self.start_micropython(raw=False)

    def install(self) -> None:
        """Put MicroPython into an erased flash."""

    def start_micropython(self, *, raw: bool) -> None:
        """Attach a fresh MicroPython; `raw` leads its prompt into raw mode and skips main.py."""
        board, profile = self.board, self.board.profile
        self.state = "booting"
        launch = Launch(
            self.flash.path,
            profile.heap_bytes * _OBJECT_RATIO + _MODULES_BYTES,
            self._environment(raw),
        )
        machine = self.build.machine or profile.machine
        banner = f"MicroPython {self.build.git}; {machine}".encode()
        ring = Ring(profile.ring_bytes, lossless=profile.native_usb or not board.facts.paced)
        board.attach(Console(board.loop, board, launch, ring, banner, raw))

    def place(self) -> Place:
        """Where the file system lies."""
        profile = self.board.profile
        return Place(
            profile.fs_offset, profile.fs_bytes, profile.fs_block_bytes, profile.fs_prog_bytes or 32
        )

    def _environment(self, raw: bool) -> dict[str, str]:
        profile, place = self.board.profile, self.place()
        facts: dict[str, Any] = {
            "model": profile.model,
            "platform": profile.platform,
            "machine": self.build.machine or profile.machine,
            "mpy": profile.mpy,
            "build": profile.model,
            "release": self.build.release,
            "version": self.build.version,
            "git": self.build.git,
            "offset": place.offset,
            "bytes": place.size,
            "block": place.block,
            "prog": place.prog,
            "flash_fd": FLASH_FD,
            "raw": raw,
            "unique_id": self.unique_id.hex(),
            "sources": str(BOARD_SOURCES),
            "first_boot_py": self._first_boot_py,
            "keeps_damaged": self._keeps_damaged,
        }
        return {
            "STEMKIT_FACTS": json.dumps(facts),
            "STEMKIT_WORLD_FD": str(WIRE_FD),
            "STEMKIT_UNIQUE_ID": self.unique_id.hex(),
            "STEMKIT_MODEL": profile.model,
        }

    def program_ready(self) -> None:
        """MicroPython has reached its prompt."""
        self.state = "running"

    def program_over(self, ending: Ending, raw: bool) -> None:
        """MicroPython is over: do what a board does then."""
        if ending is Ending.SOFT_RESET:
            self.board.say(b"MPY: soft reboot\r\n")
            self.start_micropython(raw=raw)
        elif ending is Ending.BOOTLOADER:
            self.enter_loader()
        else:
            self.hard_reset("software" if ending is Ending.RESET else "watchdog")

    def hard_reset(self, reason: str = "pin") -> None:
        """As the reset button: the console's rate and everything in memory is gone."""
        self.board.attach(Idle())
        self.board.set_board_baud(self.board.facts.baud)
        self.boot(reason)

    def enter_loader(self) -> None:
        """Into the boot loader, where the family has one."""
        self.hard_reset()

    def host_sent(self, data: bytes) -> bytes:
        """Bytes are on their way to the device; returns what arrives."""
        return data

    def host_closed(self) -> None:
        """The host has closed the port."""

    def host_set_lines(self, dtr: bool, rts: bool) -> None:
        """The host set DTR and RTS."""
