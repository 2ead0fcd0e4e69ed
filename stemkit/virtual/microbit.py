"""micro:bit boards: the interface chip's drive and serial port, and the small file system."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from stemkit.formats import intel_hex
from stemkit.formats.errors import FirmwareImageError, ImageChecksumError
from stemkit.formats.intel_hex import HexProgram
from stemkit.formats.micropython_build import find_build
from stemkit.virtual.drives import Drive
from stemkit.virtual.family import Build, MicroPythonFamily, Place
from stemkit.virtual.loop import Timer
from stemkit.virtual.parts import Idle
from stemkit.virtual.profile import Profile

# The first digits of the interface's id, by the version of the board.
_BOARD_ID: Final = {"microbit-v1": "9900", "microbit-v2": "9904"}
# What runs on a board from a box: the newest release of each (uflash carries both).
_RELEASE: Final = {
    "microbit-v1": Build("1.9.2-34-gd64154c73", "2017-09-01", "micro:bit v1.1.1 with nRF51822"),
    "microbit-v2": Build("1.18", "2023-10-30", "micro:bit v2.1.2 with nRF52833"),
}
# While it programs the chip the drive is away; a copy that stops growing has failed.
_PROGRAMS_S: Final = 0.5
_STALLED_LOOKS: Final = 30

# DAPLink, source/daplink/error.c.
_FAILS: Final = {
    "checksum": (
        "The hex file cannot be decoded. Checksum calculation failure occurred.",
        "user",
    ),
    "parse": ("The hex file cannot be decoded. Parser logic failure occurred.", "user"),
    "target": (
        "The hex file you dropped isn't compatible with this mode or device. Are you in "
        "MAINTENANCE mode? See HELP FAQ.HTM",
        "user",
    ),
    "timeout": ("The transfer timed out.", "transient, user"),
    "unknown": (
        "The application file format is unknown and cannot be parsed and/or processed.",
        "user",
    ),
    "write": ("Flash algorithm write command FAILURE", "target"),
}

# What the chip held before is gone after these ("" is success): it restarts with what is there.
_ERASED_AFTER: Final = ("", "write")


@dataclass
class MicrobitFamily(MicroPythonFamily):
    """A micro:bit: drive and port belong to its interface chip and are there while it has power."""

    _drive: Drive | None = None
    _files: dict[str, bytes] = field(default_factory=dict)
    _growing: dict[Path, bytes] = field(default_factory=dict)
    _stalled: int = 0
    _timer: Timer | None = None

    @classmethod
    def flash_bytes(cls, profile: Profile) -> int:
        """The chip's flash, and behind it the files (see `place`)."""
        return profile.flash_bytes + profile.fs_bytes

    @property
    def drive(self) -> str:
        """Folder of the drive; empty without power."""
        return str(self._drive.folder) if self._drive is not None else ""

    def install(self) -> None:
        """Put MicroPython on it: something that names itself where a program is."""
        self.build = _RELEASE[self.board.profile.model]
        text = f"MicroPython {self.build.git}; {self.build.machine}\0".encode()
        self.flash.program(0, text.ljust(256, b"\0"))

    def place(self) -> Place:
        """Behind the chip's flash: what a real one keeps between its firmware's pages.

        Its format is its own and nothing reads it from outside, so that the board here keeps its
        files as littlefs, with the real one's limits (see _microbit.py).
        """
        profile = self.board.profile
        return Place(profile.flash_bytes, profile.fs_bytes, profile.fs_block_bytes, 32)

    def power_on(self) -> None:
        """Start as after plugging in."""
        self.board.open_port()
        folder = self.board.folder / f"{self.board.name}-drive" / self.board.profile.drive
        self._drive = Drive(self.board.loop, folder, self._shown(), self._arrived)
        self.board.changed()
        self.boot()

    def power_off(self) -> None:
        """Lose power."""
        super().power_off()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._drive is not None:
            self._drive.hide()
            self._drive = None

    def host_break(self) -> None:
        """A break resets the chip (DAPLink)."""
        self.hard_reset()

    def boot(self, reason: str = "power") -> None:
        """Start what is in the flash; without firmware nothing runs."""
        if self.flash.read(0, 256) == b"\xff" * 256:
            self.state = "blank"
            self.board.attach(Idle())
            return
        build = find_build(self.flash.read(0, self.board.profile.flash_bytes))
        if build is not None:
            self.build = Build(build.version, build.date, build.machine or "")
        self.start_micropython(reason)

    def program_starts(self) -> None:
        """The files that came with the firmware are in its flash now."""
        self._files.clear()
        super().program_starts()

    def facts(self, raw: bool) -> dict[str, Any]:
        """What MicroPython is told: files that came with the firmware are to be written first."""
        files = {name: base64.b64encode(data).decode() for name, data in self._files.items()}
        return {**super().facts(raw), "flat": True, "files": files}

    # -- the drive -----------------------------------------------------------------------------

    def _shown(self, fail: str = "") -> dict[str, bytes]:
        unique = _BOARD_ID[self.board.profile.model] + self.unique_id.hex().upper().ljust(44, "0")
        details = (
            "# DAPLink Firmware - see https://daplink.io\r\n"
            f"Unique ID: {unique[:48]}\r\n"
            "Auto Reset: 1\r\nAutomation allowed: 0\r\nOverflow detection: 0\r\n"
            "Daplink Mode: Interface\r\nInterface Version: 0255\r\nRemount count: 0\r\n"
        )
        page = '<meta http-equiv="refresh" content="0; url=https://microbit.org/device/"/>\r\n'
        shown = {"DETAILS.TXT": details.encode(), "MICROBIT.HTM": page.encode()}
        if fail:
            text, kind = _FAILS[fail]
            shown["FAIL.TXT"] = f"error: {text}\r\ntype: {kind}\r\n".encode()
        return shown

    def _arrived(self, path: Path, data: bytes) -> None:
        whole = self._growing.get(path, b"") + data
        if not whole or self._timer is not None:
            return
        self._growing[path] = whole
        self._stalled = 0 if data else self._stalled + 1
        if not intel_hex.starts_like_hex(whole) and len(whole) >= 16:
            self._finish("unknown")
        elif _is_whole(whole) and not data:
            self._program(whole)
        elif self._stalled >= _STALLED_LOOKS:
            self._finish("timeout")

    def _program(self, text: bytes) -> None:
        try:
            image = intel_hex.parse(text, "hex")
        except ImageChecksumError:
            self._finish("checksum")
            return
        except FirmwareImageError:
            self._finish("parse")
            return
        program = image.programs.get(self.board.profile.model)
        if program is None:
            self._finish("target")
            return
        flash = self.board.profile.flash_bytes
        self.board.attach(Idle())
        self.flash.erase(0, self.flash.size)
        parts = [(at, data[: flash - at]) for at, data in program.memory if at < flash]
        if any(self.board.faults.fails_at(at, len(data)) for at, data in parts):
            # Nothing runs on a chip with half a program: as if all of it was still erased.
            self._finish("write")
            return
        for at, data in parts:
            self.flash.program(at, data)
        self._files = _files_in(program)
        self._finish("")

    def _finish(self, fail: str) -> None:
        """The drive goes and comes back fresh; the board restarts where it was programmed."""
        assert self._drive is not None
        self._growing.clear()
        self._stalled = 0
        self._drive.hide()
        self._timer = self.board.loop.after(_PROGRAMS_S, lambda: self._remount(fail))

    def _remount(self, fail: str) -> None:
        self._timer = None
        if self._drive is None:
            return
        self._drive.show_again(self._shown(fail))
        if fail in _ERASED_AFTER:
            self.hard_reset()


def _is_whole(text: bytes) -> bool:
    """The end-of-file record is there."""
    return text.rstrip().upper().endswith(b":00000001FF")


def _files_in(program: HexProgram) -> dict[str, bytes]:
    """Files that were put into the hex with the firmware."""
    import micropython_microbit_fs as microbit_fs

    text = intel_hex.build(program.memory, program.entry).decode("ascii")
    try:
        return {file.name: file.content for file in microbit_fs.get_files(text)}
    except (microbit_fs.NotMicroPythonError, microbit_fs.FilesystemError, ValueError):
        return {}
