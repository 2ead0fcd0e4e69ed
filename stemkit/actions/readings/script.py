"""What a program of this computer needs before it is started."""

from __future__ import annotations

import ast
import importlib.util
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from stemkit.actions.readings.errors import ModuleMissingError, NoSuchSourceError, PartMissingError
from stemkit.extras import extra_command, install_command
from stemkit.storage import atomic

# Adafruit's drivers are named alike (its "Building CircuitPython Libraries" guide), but for these.
_OTHERWISE: Final = {
    "adafruit_bus_device": "adafruit-circuitpython-busdevice",
    "adafruit_character_lcd": "adafruit-circuitpython-charlcd",
    "neopixel": "adafruit-circuitpython-neopixel",
}


def check_script(script: Path) -> None:
    """Raise what keeps `script` from starting: no such file, no Blinka, a driver not installed.

    Only what it imports in any case is looked at.
    """
    if not script.is_file():
        raise NoSuchSourceError(source=script)
    if importlib.util.find_spec("adafruit_blinka") is None:
        raise PartMissingError(part="adafruit-blinka", command=extra_command("blinka"))
    with atomic.told(script):
        source = script.read_bytes()
    for module in _imports(source):
        if _is_there(module, script.resolve().parent):
            continue
        package = package_of(module)
        if package is None:
            raise ModuleMissingError(script=script.name, module=module)
        raise PartMissingError(part=package, command=install_command(package))


def package_of(module: str) -> str | None:
    """The package that brings an Adafruit driver; None for others: a guess could be anybody's."""
    if module in _OTHERWISE:
        return _OTHERWISE[module]
    driver = module.removeprefix("adafruit_")
    return None if driver == module else f"adafruit-circuitpython-{driver.replace('_', '-')}"


def _imports(source: bytes) -> Iterator[str]:
    """What the program imports first of all; nothing of one with mistakes: Python tells those."""
    try:
        with warnings.catch_warnings(action="ignore"):
            body = ast.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for statement in body:
        if isinstance(statement, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module.partition(".")[0]


def _is_there(module: str, folder: Path) -> bool:
    beside = (folder / module).is_dir() or any(folder.glob(f"{module}.*"))
    try:
        return beside or importlib.util.find_spec(module) is not None
    except (ImportError, ValueError):
        return True  # Python knows better, and tells.
