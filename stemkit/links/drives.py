"""USB drives that are boards: a UF2 boot loader's (RPI-RP2, RP2350) and the micro:bit's.

Such a drive is known by a text file in it, never by its label alone: a memory stick can be called
MICROBIT.
"""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from stemkit.wire.harmless import harmless_text

UF2_FILE = "INFO_UF2.TXT"
MICROBIT_FILE = "DETAILS.TXT"
# A real one has some hundred bytes; a hostile one could have gigabytes.
_READ_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Drive:
    """A mounted drive that takes firmware."""

    folder: Path
    kind: str
    """`uf2` or `microbit`."""
    board_id: str
    """UF2: `Board-ID` (`RPI-RP2`, `RP2350`); micro:bit: the first four digits of its unique id
    (`9900` and `9901` are V1, `9903` to `9906` are V2)."""
    model: str
    """What the file says that it is (`Raspberry Pi RP2`); empty on a micro:bit."""
    unique_id: str
    """micro:bit: the interface's unique id, which is also its port's USB serial number; else empty.
    """


Roots = Callable[[], Iterable[Path]]
"""Gives the folders at which removable drives are mounted."""


def list_drives(roots: Roots | None = None) -> list[Drive]:
    """Board drives that are mounted now, in the order of their folders."""
    found = []
    for folder in sorted(set((roots or system_roots())())):
        drive = read_drive(folder)
        if drive is not None:
            found.append(drive)
    return found


def read_drive(folder: Path) -> Drive | None:
    """What a folder is as a board's drive; None where it is none (or has just gone)."""
    for name, kind in ((UF2_FILE, "uf2"), (MICROBIT_FILE, "microbit")):
        with contextlib.suppress(OSError), (folder / name).open("rb") as file:
            fields = read_fields(file.read(_READ_BYTES))
            drive = _drive(folder, kind, fields)
            if drive is not None:
                return drive
    return None


def read_fields(text: bytes) -> dict[str, str]:
    """`Key: value` lines of such a file; keys in lower case, `#` comments and other lines left."""
    fields: dict[str, str] = {}
    for line in text.decode("utf-8", "replace").splitlines():
        match = re.fullmatch(r"#?\s*([A-Za-z][\w -]*):\s*(.*)", line)
        if match:
            fields.setdefault(match.group(1).strip().lower(), harmless_text(match.group(2).strip()))
    return fields


def _drive(folder: Path, kind: str, fields: dict[str, str]) -> Drive | None:
    if kind == "uf2" and fields.get("board-id"):
        return Drive(folder, kind, fields["board-id"], fields.get("model", ""), "")
    unique_id = fields.get("unique id", "")
    # Every DAPLink board has this file; the micro:bit's board numbers all start with 990.
    if kind == "microbit" and re.fullmatch(r"990[0-9a-fA-F]{5,60}", unique_id):
        return Drive(folder, kind, unique_id[:4], "", unique_id.lower())
    return None


def system_roots() -> Roots:
    """How this system tells where drives are mounted."""
    if sys.platform == "win32":
        return _windows_roots
    if sys.platform == "darwin":
        return lambda: _folders_in(Path("/Volumes"))
    return lambda: linux_roots(Path("/proc/self/mounts"))


LABELS = ("RPI-RP2", "RP2350", "MICROBIT")


def unmounted_drives(
    by_label: Path = Path("/dev/disk/by-label"), mounts: Path = Path("/proc/self/mounts")
) -> list[tuple[str, str]]:
    """Boards' drives that are plugged in and not mounted (Linux without a desktop).

    (label, device) each; other systems mount by themselves.
    """
    found = []
    for label in LABELS:
        link = by_label / label
        if link.exists():
            device = str(link.resolve())
            with contextlib.suppress(OSError):
                used = {line.split(" ")[0] for line in mounts.read_text("utf-8").splitlines()}
                if device not in used:
                    found.append((label, device))
    return found


def linux_roots(mounts: Path) -> list[Path]:
    """Mount points of FAT file systems, which all such drives have."""
    try:
        rows = [line.split(" ") for line in mounts.read_text("utf-8", "replace").splitlines()]
    except OSError:
        return []
    return [
        Path(_unescaped(row[1])) for row in rows if len(row) > 2 and row[2] in ("vfat", "msdos")
    ]


def _unescaped(text: str) -> str:
    # proc(5): space, tab, newline and backslash are written as three octal digits.
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match.group(1), 8)), text)


def _folders_in(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_dir()]
    except OSError:
        return []


def _windows_roots() -> list[Path]:
    """Removable drives only: looking into an empty card reader or a network drive can hang."""
    import ctypes

    removable = 2  # DRIVE_REMOVABLE, GetDriveTypeW
    kernel32 = ctypes.windll.kernel32  # type: ignore[attr-defined,unused-ignore]
    quiet = 1 | 0x8000  # SEM_FAILCRITICALERRORS | SEM_NOOPENFILEERRORBOX: no "insert a disk" box
    before = kernel32.SetErrorMode(quiet)
    try:
        mask = kernel32.GetLogicalDrives()
        letters = [chr(ord("A") + bit) for bit in range(26) if mask >> bit & 1]
        names = [f"{letter}:{os.sep}" for letter in letters]
        return [Path(name) for name in names if kernel32.GetDriveTypeW(name) == removable]
    finally:
        kernel32.SetErrorMode(before)
