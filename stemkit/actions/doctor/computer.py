"""What the doctor asks of the computer; tests give other answers."""

from __future__ import annotations

import os
import platform
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from stemkit.actions.boards.listing import Around
from stemkit.links.drives import unmounted_drives
from stemkit.links.holders import running_programs
from stemkit.links.usb import UsbDevice, list_usb
from stemkit.storage import places


@dataclass(frozen=True, slots=True)
class Computer:
    """Everything outside stemkit that a finding depends on."""

    around: Around = field(default_factory=Around)
    system: str = field(default_factory=platform.system)
    """`Linux`, `Windows`, `Darwin`."""
    release: str = field(default_factory=platform.release)
    usb: Callable[[], Sequence[UsbDevice] | None] = list_usb
    programs: Callable[[], frozenset[str]] = running_programs
    unmounted: Callable[[], Sequence[tuple[str, str]]] = unmounted_drives
    free_bytes: Callable[[Path], int] = lambda path: shutil.disk_usage(path).free
    in_group: Callable[[str], bool] = lambda group: is_member(group)
    today: Callable[[], date] = date.today
    home: Path = field(default_factory=places.home)
    store: Path = field(default_factory=places.firmware_store)


def is_member(group: str) -> bool:
    """Whether the system's list has this person in a group, also if this session does not yet."""
    try:
        import getpass
        import grp

        row = grp.getgrnam(group)
        return getpass.getuser() in row.gr_mem or row.gr_gid in os.getgroups()
    except (ImportError, KeyError, OSError):
        return False
