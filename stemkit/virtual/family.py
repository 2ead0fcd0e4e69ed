"""What all families share: MicroPython on the file system in the flash, and its resets."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from stemkit.virtual.board import VirtualBoard
from stemkit.virtual.console import Console, Ending
from stemkit.virtual.flash import FlashFile
from stemkit.virtual.loop import Timer
from stemkit.virtual.parts import Idle
from stemkit.virtual.process import BOARD_SOURCES, EVENTS_FD, WIRE_FD, Launch
from stemkit.virtual.profile import Profile
from stemkit.virtual.ring import Ring

_MARK_BYTES: Final = 16

# Objects of the 64-bit unix port are twice as large as a board's; our replacements for built-in
# modules, which a board has in its flash, take this much (measured: 14 kB at the prompt, 52 kB
# more with machine's pins, buses and timers in use, the rest for sensors and network).
_OBJECT_RATIO: Final = 2
_MODULES_BYTES: Final = 96 * 1024
# `microbit` with its images and events holds 87 kB, and needs more while it is imported.
_MICROBIT_MODULES_BYTES: Final = 160 * 1024


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

    @property
    def has_raw_paste(self) -> bool:
        """Its raw prompt takes code with flow control (MicroPython 1.14 and later)."""
        return tuple(int(part) for part in self.version[:2]) >= (1, 14)


@dataclass
class Place:
    """Where the file system lies in the flash."""

    offset: int
    size: int
    block: int
    prog: int


# World.restart's words for why a process starts.
_CAUSES: Final = {"software": "hard", "pin": "hard", "power": "hard", "sleep": "deepsleep"}


@dataclass
class MicroPythonFamily:
    """A board that boots MicroPython whenever it has power. Families refine `boot`."""

    board: VirtualBoard
    flash: FlashFile
    unique_id: bytes
    state: str = "off"
    at_prompt: bool = False
    build: Build = field(default_factory=Build)
    network: bool = True
    """Whether its program may reach the network of this computer."""
    _wakes: Timer | None = None

    _first_boot_py: ClassVar[str] = ""
    _keeps_damaged: ClassVar[bool] = False

    @classmethod
    def flash_bytes(cls, profile: Profile) -> int:
        """Size of the file that stands for its flash."""
        return profile.flash_bytes

    @property
    def drive(self) -> str:
        """Folder of the board's drive; empty while it shows none."""
        return ""

    def install(self) -> None:
        """Put MicroPython into an erased flash."""

    # -- power and resets ----------------------------------------------------------------------

    def power_on(self) -> None:
        """Start as after plugging in: the port is a bridge's and there at once."""
        self.board.open_port()
        self.boot()

    def power_off(self) -> None:
        """Lose power."""
        self._stop_timers()
        self.state = "off"

    def boot(self, reason: str = "power") -> None:
        """What happens after a reset for `reason` (`power`, `pin`, `software`, `watchdog`...)."""
        self.start_micropython(reason)

    def hard_reset(self, reason: str = "pin") -> None:
        """As the reset button: the console's rate and everything in memory is gone."""
        self._stop_timers()
        self.board.attach(Idle())
        self.board.forget_said()
        self.board.set_board_baud(self.board.facts.baud)
        self.boot(reason)

    def brown_out(self) -> None:
        """The supply dipped: a reset."""
        if self.state != "off":
            self.hard_reset("brownout")

    def enter_loader(self) -> None:
        """Into the boot loader, where the family has one."""
        self.hard_reset()

    def program_starts(self) -> None:
        """MicroPython is up and begins with the person's own files."""
        self.state = "running"

    def program_ready(self) -> None:
        """MicroPython has reached its prompt."""
        self.at_prompt = True

    def program_over(self, ending: Ending, raw: bool) -> None:
        """MicroPython is over: do what a board does then."""
        if ending is Ending.SOFT_RESET:
            self.board.say(b"MPY: soft reboot\r\n")
            self.start_micropython("soft", raw=raw)
        elif ending is Ending.BOOTLOADER:
            self.enter_loader()
        elif ending is Ending.DEEP_SLEEP:
            self._sleep()
        else:
            self.hard_reset("software" if ending is Ending.RESET else "watchdog")

    def _sleep(self) -> None:
        console = self.board.device
        asleep_s = console.asleep_s if isinstance(console, Console) else 0.0
        self.board.attach(Idle())
        self.state = "asleep"
        if asleep_s:
            self._wakes = self.board.loop.after(asleep_s, lambda: self.hard_reset("sleep"))

    def _stop_timers(self) -> None:
        if self._wakes is not None:
            self._wakes.cancel()
            self._wakes = None

    # -- MicroPython ---------------------------------------------------------------------------

    def start_micropython(self, reason: str, *, raw: bool = False) -> None:
        """Attach a fresh MicroPython; `raw` leads its prompt into raw mode and skips main.py."""
        board, profile = self.board, self.board.profile
        self.state = "booting"
        self.at_prompt = False
        if board.world is not None:
            board.world.restart(_CAUSES.get(reason, reason))
        modules = _MICROBIT_MODULES_BYTES if profile.family == "microbit" else _MODULES_BYTES
        heap = profile.heap_bytes * _OBJECT_RATIO + modules
        # It begins with a byte that is rare in text, so that nothing is held back in vain.
        mark = b"\x10" + os.urandom(_MARK_BYTES)
        launch = Launch(self.flash.path, heap, self._environment(raw, mark), mark, self.network)
        banner = f"MicroPython {self.build.git}; {self.build.machine or profile.machine}".encode()
        ring = Ring(profile.ring_bytes, lossless=profile.native_usb or not board.facts.paced)
        console = Console(board.loop, board, launch, ring, banner, raw)
        console.has_raw_paste = self.build.has_raw_paste
        board.attach(console)

    def place(self) -> Place:
        """Where the file system lies."""
        profile = self.board.profile
        return Place(
            profile.fs_offset, profile.fs_bytes, profile.fs_block_bytes, profile.fs_prog_bytes or 32
        )

    def facts(self, raw: bool) -> dict[str, Any]:
        """What its MicroPython is told when it starts (see board/_boot.py)."""
        profile, place = self.board.profile, self.place()
        return {
            "platform": profile.platform,
            "machine": self.build.machine or profile.machine,
            "mpy": profile.mpy,
            "build": profile.model,
            "release": self.build.release,
            "version": self.build.version,
            "git": self.build.git,
            "flash": self.flash.size,
            "offset": place.offset,
            "bytes": place.size,
            "block": place.block,
            "prog": place.prog,
            "raw": raw,
            "sources": str(BOARD_SOURCES),
            "first_boot_py": self._first_boot_py,
            "keeps_damaged": self._keeps_damaged,
        }

    def _environment(self, raw: bool, mark: bytes) -> dict[str, str]:
        return {
            "STEMKIT_FACTS": json.dumps({**self.facts(raw), "mark": mark.hex()}),
            "STEMKIT_WORLD_FD": str(WIRE_FD),
            "STEMKIT_EVENTS_FD": str(EVENTS_FD),
        }

    # -- what the host does --------------------------------------------------------------------

    def host_sent(self, data: bytes) -> bytes:
        """Bytes are on their way to the device; returns what arrives."""
        return data

    def host_closed(self) -> None:
        """The host has closed the port."""

    def host_set_lines(self, dtr: bool, rts: bool) -> None:
        """The host set DTR and RTS."""

    def host_break(self) -> None:
        """The host sent a break."""
