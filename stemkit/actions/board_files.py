"""The files that a board starts a lesson with: the runtime, its profile, the lesson's program."""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from stemkit.errors import MissingFileError
from stemkit.formats.board_profile import PROFILE_NAME, board_profile
from stemkit.model.board import BoardModel
from stemkit.model.chip import Family
from stemkit.model.sensor import SensorModel
from stemkit.storage import atomic, places

RUNTIME_FOLDER: Final = "lib/stem"
_PROGRAM_FOLDER: Final = "board"
# Those that `firmware/runtime/microbit-v2/stem.py` knows.
_MICROBIT_DRIVERS: Final = ("aht20.py", "bh1750.py", "bme280.py", "mpu6050.py")


def board_files(
    folder: Path,
    model: BoardModel,
    sensors: Mapping[str, SensorModel],
    *,
    number: int | str,
    language: str,
) -> dict[str, bytes]:
    """Path on the board to contents, for a lesson's folder or any folder with a program.

    A lesson's `board/` goes onto the board, of another folder everything; hidden files and
    `__pycache__` stay behind. A file of the lesson goes before one of the runtime. Raises
    MissingFileError, or what the disk says.
    """
    if not folder.is_dir():
        raise MissingFileError(path=folder)
    program = folder / _PROGRAM_FOLDER
    lesson = lesson_name(folder)
    profile = board_profile(model, sensors, number=number, language=language, lesson=lesson)
    return {
        **runtime_files(model),
        PROFILE_NAME.lstrip("/"): profile,
        **dict(_files_below(program if program.is_dir() else folder)),
    }


def runtime_files(model: BoardModel) -> dict[str, bytes]:
    """The runtime `stem` where a board keeps modules.

    A micro:bit's file system has no folders: it has a runtime of one file, and V2 the drivers of
    the I2C sensors beside it.
    """
    runtime = places.shipped("firmware") / "runtime"
    if model.family is not Family.MICROBIT:
        return {f"{RUNTIME_FOLDER}/{path}": data for path, data in _files_below(runtime / "stem")}
    files = dict(_files_below(runtime / model.id))
    drivers = dict(_files_below(runtime / "stem")) if model.id == "microbit-v2" else {}
    return files | {path: drivers[path] for path in _MICROBIT_DRIVERS if path in drivers}


def lesson_name(folder: Path) -> tuple[str, str] | None:
    """Id and version from `lesson.toml`, or None where they are not there."""
    try:
        manifest = tomllib.loads((folder / "lesson.toml").read_text("utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None
    name, version = manifest.get("id"), manifest.get("version")
    return (name, version) if isinstance(name, str) and isinstance(version, str) else None


def _files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
        if path.is_file() and not hidden:
            with atomic.told(path):
                yield unicodedata.normalize("NFC", relative.as_posix()), path.read_bytes()
