"""The files that a board starts a lesson with: the runtime, its profile, the lesson's program."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from stemkit.actions.library.errors import LessonFileMissingError, LessonNotForBoardError
from stemkit.actions.library.lessons import read_lesson
from stemkit.errors import MissingFileError
from stemkit.formats.board_profile import board_profile
from stemkit.formats.deployed import build_manifest, flat_manifest_of, manifest_of
from stemkit.model.board import BoardModel
from stemkit.model.chip import Family
from stemkit.model.deployment import (
    FLAT_MANIFEST_PATH,
    MANIFEST_PATH,
    PROFILE_NAME,
    BoardFile,
)
from stemkit.model.lesson import Deployed, Lesson
from stemkit.model.lesson_names import MANIFEST
from stemkit.model.sensor import SensorModel
from stemkit.storage import atomic, places
from stemkit.storage.program_files import program_files

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

    Of a lesson its `deploy` files or all of `board/` go onto the board, of another folder its
    `board/` or else everything; hidden files and `__pycache__` stay behind. A file of the lesson
    goes before one of the runtime. Raises MissingFileError, DataFileError for a `lesson.toml` with
    mistakes, LessonNotForBoardError, LessonFileMissingError, or what the disk says.
    """
    if not folder.is_dir():
        raise MissingFileError(path=folder)
    lesson = read_lesson(folder) if (folder / MANIFEST).is_file() else None
    named = (lesson.id, lesson.version) if lesson else None
    profile = board_profile(model, sensors, number=number, language=language, lesson=named)
    return {
        **runtime_files(model),
        PROFILE_NAME.lstrip("/"): profile,
        **(lesson_files(folder, lesson, model) if lesson else _folder_files(folder)),
    }


def lesson_files(folder: Path, lesson: Lesson, model: BoardModel | None) -> dict[str, bytes]:
    """`chosen_files` of all that is in a lesson's folder."""
    return chosen_files(dict(files_below(folder)), lesson, model)


def chosen_files(
    contents: Mapping[str, bytes], lesson: Lesson, model: BoardModel | None
) -> dict[str, bytes]:
    """Path on the board to contents, of the lesson's own files for this kind of board.

    `contents` are the lesson's files by their paths from its folder. `model` None is a board of
    unknown kind, which a lesson with files for certain kinds refuses. Raises
    LessonNotForBoardError, LessonFileMissingError.
    """
    picky = any(deployed.boards for deployed in lesson.deploy)
    if model.id not in lesson.needs.boards if model else picky:
        boards = ", ".join(lesson.needs.boards) or "–"
        raise LessonNotForBoardError(
            lesson=lesson.id, model=model.id if model else "?", boards=boards
        )
    files = _vendored(contents, lesson, model)
    if not lesson.deploy:
        return files | (_below_folder(contents, _PROGRAM_FOLDER, "") or dict(contents))
    for deployed in lesson.deploy:
        if not deployed.boards or (model and model.id in deployed.boards):
            files |= _deployed(contents, lesson, deployed)
    return files


def _vendored(
    contents: Mapping[str, bytes], lesson: Lesson, model: BoardModel | None
) -> dict[str, bytes]:
    """The copies of others' files, beside the other libraries; a micro:bit has no folders."""
    folder = "" if model and model.family is Family.MICROBIT else "lib/"
    files: dict[str, bytes] = {}
    for one in lesson.dependencies:
        if one.file not in contents:
            raise LessonFileMissingError(lesson=lesson.id, path=one.file)
        files[one.target or folder + one.file.rpartition("/")[2]] = contents[one.file]
    return files


def _deployed(
    contents: Mapping[str, bytes], lesson: Lesson, deployed: Deployed
) -> dict[str, bytes]:
    """One line of `[[deploy]]`: a file, or a folder with all that is in it."""
    if deployed.source in contents:
        return {deployed.target: contents[deployed.source]}
    found = _below_folder(contents, deployed.source, f"{deployed.target}/")
    if not found:
        raise LessonFileMissingError(lesson=lesson.id, path=deployed.source)
    return found


def _below_folder(contents: Mapping[str, bytes], folder: str, to: str) -> dict[str, bytes]:
    start = f"{folder}/"
    return {
        to + path.removeprefix(start): data
        for path, data in contents.items()
        if path.startswith(start)
    }


def _folder_files(folder: Path) -> dict[str, bytes]:
    program = folder / _PROGRAM_FOLDER
    return dict(files_below(program if program.is_dir() else folder))


def with_manifest(files: Mapping[str, bytes], model: BoardModel) -> dict[str, bytes]:
    """`files` and what a deploy would write down of them, so that a later one knows them."""
    named = [BoardFile(path.lstrip("/"), content) for path, content in files.items()]
    if model.family is Family.MICROBIT:
        return {**files, FLAT_MANIFEST_PATH: build_manifest(flat_manifest_of(named))}
    return {**files, MANIFEST_PATH: build_manifest(manifest_of(named))}


def runtime_files(model: BoardModel) -> dict[str, bytes]:
    """The runtime `stem` where a board keeps modules.

    A micro:bit's file system has no folders: it has a runtime of one file, and V2 the drivers of
    the I2C sensors beside it.
    """
    runtime = places.shipped("firmware") / "runtime"
    if model.family is not Family.MICROBIT:
        return {f"{RUNTIME_FOLDER}/{path}": data for path, data in files_below(runtime / "stem")}
    files = dict(files_below(runtime / model.id))
    drivers = dict(files_below(runtime / "stem")) if model.id == "microbit-v2" else {}
    return files | {path: drivers[path] for path in _MICROBIT_DRIVERS if path in drivers}


def files_below(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Path from `folder` and contents of all in it but hidden files and `__pycache__`."""
    for name, path in program_files(folder):
        with atomic.told(path):
            yield unicodedata.normalize("NFC", name), path.read_bytes()
