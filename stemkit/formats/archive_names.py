"""Which names a file in an archive may have: those that mean the same file on every computer."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from stemkit.formats.archive_errors import Reason
from stemkit.words import N_

_LONGEST_PATH: Final = 240
_LONGEST_NAME_BYTES: Final = 255
_DEEPEST: Final = 16
_FORBIDDEN: Final = set('<>:"|?*')
# Naming Files, Paths, and Namespaces (learn.microsoft.com): devices, whatever the ending.
_DEVICE: Final = re.compile(
    r"(?i)(con|prn|aux|nul|clock\$|conin\$|conout\$|(com|lpt)[0-9¹²³]) *(\..*)?"
)


def shown(name: str) -> str:
    """A name without what could steer a terminal."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)[:200]


def unsafe_name(name: str) -> Reason | None:
    """Why a file must not be called so; None where it may. Folders are told without their `/`."""
    fields = {"path": shown(name)}
    if "\\" in name:
        return Reason(N_("the name “{path}” holds a backslash."), fields)
    if name.startswith("/"):
        return Reason(N_("the name “{path}” begins at the top of the disk."), fields)
    if re.match(r"[A-Za-z]:", name):
        return Reason(N_("the name “{path}” names a drive."), fields)
    parts = name.split("/")
    if ".." in parts:
        return Reason(N_("the name “{path}” climbs out of its folder."), fields)
    if "" in parts or "." in parts:
        return Reason(N_("the name “{path}” has an empty part."), fields)
    if not name.isprintable():
        return Reason(N_("the name “{path}” holds characters that cannot be seen."), fields)
    if _FORBIDDEN & set(name) or any(part[-1] in ". " or part[0] == " " for part in parts):
        return Reason(N_("the name “{path}” is not possible on every computer."), fields)
    if any(_DEVICE.fullmatch(part) for part in parts):
        return Reason(N_("the name “{path}” is a device's on Windows."), fields)
    if not unicodedata.is_normalized("NFC", name):
        return Reason(N_("the name “{path}” is written with accents apart (not NFC)."), fields)
    too_long = any(len(part.encode()) > _LONGEST_NAME_BYTES for part in parts)
    if too_long or len(name) > _LONGEST_PATH or len(parts) > _DEEPEST:
        return Reason(N_("the name “{path}” is too long or too deep."), fields)
    return None


def collision(files: Iterable[str], folders: Iterable[str]) -> Reason | None:
    """Why these names cannot all be there at once on every computer; None where they can."""
    seen: dict[str, tuple[str, bool]] = {}
    for is_file, names in ((True, files), (False, folders)):
        for name in names:
            parts = name.split("/")
            for depth in range(1, len(parts) + 1):
                path = "/".join(parts[:depth])
                now = (path, is_file and depth == len(parts))
                before = seen.setdefault(_folded(path), now)
                again_a_file = before[1] and now[1]
                if before != now or (again_a_file and before is not now):
                    return _collided(before[0], path)
    return None


def _folded(path: str) -> str:
    # As case-blind file systems compare: NTFS and APFS fold case, APFS normalizes too. Some go by
    # capitals (the dotless ı has the capital of i), some by small letters; here both must differ.
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path).upper().casefold())


def _collided(first: str, second: str) -> Reason:
    fields = {"first": shown(first), "second": shown(second)}
    if first == second:
        return Reason(N_("the name “{first}” is there twice."), fields)
    return Reason(N_("the names “{first}” and “{second}” are one on many computers."), fields)
