"""The words in which a MicroPython firmware says what it is, read out of its image."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# py/mpconfig.h, MICROPY_BANNER_NAME_AND_VERSION and MICROPY_BANNER_MACHINE:
# "MicroPython v1.24.1 on 2024-11-29; Generic ESP32 module with ESP32".
_BANNER: Final = re.compile(
    rb"MicroPython v(?P<version>\d+\.\d+[0-9A-Za-z.\-+]*) on (?P<date>\d{4}-\d\d-\d\d)"
    rb"(?:; (?P<machine>[ -~]{1,120}))?"
)


@dataclass(frozen=True, slots=True)
class MicroPythonBuild:
    """What a firmware's banner says: `version` without its v, `date` as YYYY-MM-DD."""

    version: str
    date: str
    machine: str | None

    @property
    def banner(self) -> str:
        """As the board prints it: `MicroPython v1.24.1 on 2024-11-29; Generic ESP32 module ...`."""
        tail = f"; {self.machine}" if self.machine else ""
        return f"MicroPython v{self.version} on {self.date}{tail}"

    @property
    def release(self) -> str | None:
        """The micro:bit's own release (`2.1.2` of `micro:bit v2.1.2 with ...`), or None."""
        found = re.match(r"micro:bit v(\d+(?:\.\d+)*)", self.machine or "")
        return found.group(1) if found else None


def find_build(*memory: bytes) -> MicroPythonBuild | None:
    """The build that an image's pieces of memory name, or None where none is found."""
    best: MicroPythonBuild | None = None
    for piece in memory:
        for found in _BANNER.finditer(piece):
            machine = found["machine"]
            build = MicroPythonBuild(
                found["version"].decode("ascii"),
                found["date"].decode("ascii"),
                machine.decode("ascii") if machine else None,
            )
            # The micro:bit holds the banner twice; the one with the machine says more.
            if build.machine:
                return build
            best = best or build
    return best
