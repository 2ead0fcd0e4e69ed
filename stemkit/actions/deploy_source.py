"""What `stemkit deploy PATH` puts onto boards: a file, a folder, a lesson.

A new kind of source (a bundle) is one row more in `KINDS`.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, Final, Protocol

from stemkit.actions.board_files import lesson_name, runtime_files
from stemkit.actions.deploy_errors import (
    BadBoardPathError,
    FileTooLargeError,
    LessonFileError,
    NothingToDeployError,
    SamePlaceError,
)
from stemkit.errors import MissingFileError
from stemkit.formats.board_profile import PROFILE_NAME, board_profile
from stemkit.model.board import BoardModel
from stemkit.model.deployment import BoardFile
from stemkit.storage import atomic, catalogue
from stemkit.words import current_language

LESSON_FILE: Final = "lesson.toml"
_PROGRAM_FOLDER: Final = "board"
# An upload counts a file's bytes in 24 bits; no kit board has so much room.
_LARGEST_BYTES: Final = 0xFFFFFF
_RUNTIME_IMPORT: Final = re.compile(rb"^[ \t]*(?:from|import)[ \t]+stem\b", re.MULTILINE)
_OWN_RUNTIME: Final = ("stem/", "stem.py", "stem.mpy")
_LONGEST_NAME_BYTES: Final = 255


@dataclass(frozen=True, slots=True)
class Target:
    """What is known of a board when its files are chosen; only lessons ask."""

    model: BoardModel | None
    number: int | None


class Source(Protocol):
    """Something that can be deployed."""

    @property
    def needs_target(self) -> bool:
        """Whether the files depend on the board."""
        ...

    def files(self, target: Target | None) -> list[BoardFile]:
        """The files for a board."""
        ...


@dataclass(frozen=True, slots=True)
class PlainFiles:
    """A file, or a folder with its layout, as it is: the same for every board."""

    all: list[BoardFile]
    needs_target: bool = False

    def files(self, target: Target | None) -> list[BoardFile]:
        """The files."""
        return self.all


@dataclass(frozen=True, slots=True)
class LessonFiles:
    """Files that stand on the runtime: each board gets it and its profile with them."""

    own: list[BoardFile]
    lesson: tuple[str, str] | None
    needs_target: bool = True

    def files(self, target: Target | None) -> list[BoardFile]:
        """The files for one board. One of the lesson goes before one of the runtime."""
        together: dict[str, bytes] = {}
        if target is not None and target.model is not None:
            together = runtime_files(target.model)
            profile = board_profile(
                target.model,
                catalogue.sensors(),
                number="" if target.number is None else target.number,
                language=current_language(),
                lesson=self.lesson,
            )
            together[PROFILE_NAME.lstrip("/")] = profile
        own = {file.path for file in self.own}
        return [
            *(BoardFile(path, data) for path, data in together.items() if path not in own),
            *self.own,
        ]


def read_source(path: Path) -> Source:
    """What is at `path`. Raises MissingFileError or an error of `deploy_errors`."""
    for fits, read in KINDS:
        if fits(path):
            return read(path)
    raise MissingFileError(path=path)


def _is_lesson(path: Path) -> bool:
    return (path / LESSON_FILE).is_file()


def _read_lesson(path: Path) -> Source:
    return LessonFiles(_checked(_mapped(path, _deploy_map(path)), path), lesson_name(path))


def _read_folder(path: Path) -> Source:
    return _with_what_it_imports(_checked(_below(path), path))


def _read_file(path: Path) -> Source:
    return _with_what_it_imports(_checked([(path.name, path)], path))


def _with_what_it_imports(files: list[BoardFile]) -> Source:
    """Programs that import the runtime get it and the board's profile, as a lesson does."""
    names = {file.path.removeprefix("lib/") for file in files}
    brings_its_own = any(name.startswith(_OWN_RUNTIME) for name in names)
    if brings_its_own or not any(_imports_runtime(file) for file in files):
        return PlainFiles(files)
    return LessonFiles(files, None)


def _imports_runtime(file: BoardFile) -> bool:
    return file.path.endswith(".py") and bool(_RUNTIME_IMPORT.search(file.content))


KINDS: Final[tuple[tuple[Callable[[Path], bool], Callable[[Path], Source]], ...]] = (
    (_is_lesson, _read_lesson),
    (Path.is_dir, _read_folder),
    (Path.is_file, _read_file),
)
"""What each kind looks like, and what reads it; the first that fits counts."""


def _deploy_map(folder: Path) -> Mapping[str, str]:
    """`[deploy]` of lesson.toml: files or folders of the lesson to their places on the board.

    Without it everything in `board/` goes to the top of the board.
    """
    path = folder / LESSON_FILE
    try:
        with atomic.told(path):
            lesson: dict[str, Any] = tomllib.loads(path.read_bytes().decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise LessonFileError(path=path, reason=error) from error
    places = lesson.get("deploy", {f"{_PROGRAM_FOLDER}/": ""})
    if not isinstance(places, dict) or not all(isinstance(p, str) for p in places.values()):
        raise LessonFileError(path=path, reason='[deploy] needs lines like "board/main.py" = "/"')
    return places


def _mapped(folder: Path, places: Mapping[str, str]) -> Iterator[tuple[str, Path]]:
    root = folder.resolve()
    for name, place in places.items():
        origin = (folder / name).resolve()
        if not origin.is_relative_to(root):
            raise LessonFileError(path=folder / LESSON_FILE, reason=f"“{name}” is outside")
        top = place.strip("/")
        if origin.is_dir():
            yield from ((f"{top}/{path}".lstrip("/"), file) for path, file in _below(origin))
        elif origin.is_file():
            into = not top or place.endswith("/")
            yield (f"{top}/{origin.name}".lstrip("/") if into else top), origin
        else:
            raise MissingFileError(path=folder / name)


def _below(folder: Path) -> Iterator[tuple[str, Path]]:
    """Path on the board and file, for all in a folder but hidden files and `__pycache__`."""
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        hidden = any(part.startswith(".") or part == "__pycache__" for part in relative.parts)
        if not hidden and path.is_file():
            yield relative.as_posix(), path


def _checked(rows: Iterable[tuple[str, Path]], origin: Path) -> list[BoardFile]:
    files: dict[str, BoardFile] = {}
    for name, path in rows:
        place = unicodedata.normalize("NFC", name)
        _must_be_good(place)
        if place in files:
            raise SamePlaceError(path=place)
        with atomic.told(path):
            content = path.read_bytes()
        if len(content) > _LARGEST_BYTES:
            raise FileTooLargeError(path=path, size=len(content) // 1000)
        files[place] = BoardFile(place, content)
    if not files:
        raise NothingToDeployError(path=origin)
    _must_not_nest(files)
    return list(files.values())


def _must_be_good(place: str) -> None:
    parts = PurePosixPath(place).parts
    # What does not print could end a line of the board's answer; `\udc..` is a broken file name.
    good = place.isprintable() and "\\" not in place and parts[0] not in ("/", ".stemkit")
    if not good or ".." in parts or any(len(p.encode()) > _LONGEST_NAME_BYTES for p in parts):
        raise BadBoardPathError(path=ascii(place)[1:-1] if not place.isprintable() else place)


def _must_not_nest(files: Mapping[str, BoardFile]) -> None:
    """A file must not stand where another one's folder is."""
    for place in files:
        for folder in PurePosixPath(place).parents:
            if folder.as_posix() in files:
                raise SamePlaceError(path=folder)
