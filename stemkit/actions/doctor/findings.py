"""What a look can find: one kind a sentence, each with its remedy."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from stemkit.words import N_, tr


class Severity(enum.StrEnum):
    """How much a finding matters."""

    FINE = "fine"
    NOTE = "note"
    """Could become a problem."""
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of finding: `message` and `remedy` are marked sentences with `{fields}`."""

    code: str
    severity: Severity
    message: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that was found."""

    kind: Kind
    fields: dict[str, object] = field(default_factory=dict)
    board: str = ""
    """The board's name, where it concerns one."""

    def told(self) -> str:
        """What was found, in the current language."""
        return tr(self.kind.message, **self.fields)

    def remedy_told(self) -> str:
        """What to do about it; empty where nothing is to be done."""
        return tr(self.kind.remedy, **self.fields) if self.kind.remedy else ""


_FINE, _NOTE, _PROBLEM = Severity.FINE, Severity.NOTE, Severity.PROBLEM

SYSTEM = Kind("system", _FINE, N_("stemkit {version}, Python {python}, {system}."))
DISK_FINE = Kind("disk", _FINE, N_("{free_gb} GB are free for stemkit in {path}."))
DISK_LOW = Kind(
    "disk-low",
    _PROBLEM,
    N_("Only {free_mb} MB are free in {path}."),
    N_("Free some space (empty the recycle bin, move old recordings)."),
)
FOLDER_CLOSED = Kind(
    "folder-not-writable",
    _PROBLEM,
    N_("stemkit cannot write to its folder {path}."),
    N_("Ask who looks after this computer, or choose another folder: set STEMKIT_HOME."),
)
STORE_FINE = Kind("store", _FINE, N_("Firmware files in the store, none of them damaged: {count}"))
STORE_EMPTY = Kind(
    "store-empty",
    _NOTE,
    N_("No firmware is stored on this computer for lessons without internet."),
    N_("While there is internet, fetch some: stemkit firmware fetch esp32 pico"),
)
STORE_DAMAGED = Kind(
    "store-damaged",
    _PROBLEM,
    N_("Firmware in the store is damaged or missing: {images}"),
    N_("Fetch it again: stemkit firmware fetch NAME --force"),
)
STORE_UNREADABLE = Kind("store-unreadable", _PROBLEM, N_("{reason}"), N_("{remedy}"))
FILE_UNREADABLE = Kind("file-unreadable", _PROBLEM, N_("{reason}"), N_("{remedy}"))
CLOCK_WRONG = Kind(
    "clock-wrong",
    _PROBLEM,
    N_("This computer's date is {today}: that cannot be right."),
    N_(
        "Set date and time. Downloads and signatures are refused with a wrong date; recordings get"
        " wrong days. If it comes back wrong, the clock's battery is flat."
    ),
)
FLASH_UNFINISHED = Kind(
    "flash-unfinished",
    _PROBLEM,
    N_("{board} was being flashed when that was interrupted: it may hold half a firmware."),
    N_("Flash it again: stemkit flash {board}"),
)
RECORDING_UNFINISHED = Kind(
    "recording-unfinished",
    _NOTE,
    N_(
        "Recordings were interrupted: {names}. Everything that had reached the disk is still there."
    ),
    N_("Repair them: stemkit record recover"),
)
VIRTUAL_FINE = Kind("virtual", _FINE, N_("Virtual boards can run here."))
VIRTUAL_NOT = Kind("virtual-not", _NOTE, N_("{reason}"), N_("{remedy}"))
SUBSYSTEM = Kind(
    "wsl",
    _NOTE,
    N_("This is Linux inside Windows: it does not see USB by itself."),
    N_("Install stemkit in Windows, or hand the board over with usbipd (usbipd attach --wsl)."),
)
MODEM_MANAGER = Kind(
    "modem-manager",
    _NOTE,
    N_("ModemManager runs here: it opens every new port for some seconds and talks to the board."),
    N_("If no mobile modem is used: sudo systemctl disable --now ModemManager"),
)
BRLTTY = Kind(
    "brltty",
    _NOTE,
    N_("brltty runs here: it can take boards with a CH340 or CP210x chip away."),
    N_("If nobody here uses a Braille display: sudo apt remove brltty"),
)
BRLTTY_TAKES = Kind(
    "brltty-takes-board",
    _PROBLEM,
    N_("{product} is plugged in, but brltty (for Braille displays) takes it away."),
    N_("If nobody here uses a Braille display: sudo apt remove brltty — then plug the board in."),
)
NO_BOARD = Kind(
    "no-board",
    _PROBLEM,
    N_("No board is seen, and nothing new on USB: the cable may carry power only."),
    N_(
        "Try another cable (one that also copies files from a phone), plug it straight into the "
        "computer, and look whether a light on the board is on."
    ),
)
NO_PORT_LINUX = Kind(
    "no-driver",
    _PROBLEM,
    N_("{product} ({chip}) is plugged in, but gets no port: its driver is missing."),
    N_(
        "Try: sudo modprobe {module} — if there is none: "
        "sudo apt install linux-modules-extra-$(uname -r)"
    ),
)
NO_PORT_OTHER = Kind(
    "no-driver",
    _PROBLEM,
    N_("{product} ({chip}) is plugged in, but gets no port: its driver is missing."),
    N_("Install the maker's driver, then plug the board in again: {url}"),
)
NOT_MOUNTED = Kind(
    "drive-not-mounted",
    _PROBLEM,
    N_("The board's drive {label} is plugged in and not mounted."),
    N_("Mount it: udisksctl mount -b {device}"),
)
MEMBER_LATER = Kind(
    "group-not-yet",
    _PROBLEM,
    N_("You were added to the group {group}, but this session does not know it yet: {port}"),
    N_("Log out and in again, or restart the computer."),
)
CANNOT_OPEN = Kind("{code}", _PROBLEM, N_("{reason}"), N_("{remedy}"))
ANSWERS = Kind("answers", _FINE, N_("{board} answers: {firmware}."))
FETCH_FIRST = N_(
    "Fetch MicroPython while there is internet, with “stemkit firmware fetch {model}”,"
    " then put it on: stemkit flash {board}"
)
"""What to do for a board without firmware where there is none for it in the store."""
WAITS = Kind(
    "waits-for-firmware",
    _NOTE,
    N_("{board} is in its boot loader and waits for firmware."),
    N_("Put MicroPython on it: stemkit flash {board}"),
)
EMPTY = Kind(
    "board-empty",
    _PROBLEM,
    N_("{board} has no firmware."),
    N_("Put MicroPython on it: stemkit flash {board}"),
)
NOT_A_BOARD = Kind(
    "other-device",
    _FINE,
    N_(
        "{board} is not a board that stemkit knows (perhaps a modem or another device): it is left "
        "alone."
    ),
)
