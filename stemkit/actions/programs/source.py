"""What `stemkit deploy PATH` puts onto boards: a file, a folder, a lesson, a bundle.

A new kind of source is one row more in `KINDS`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Final, Protocol

from stemkit.actions.programs.errors import (
    BadBoardPathError,
    FileTooLargeError,
    NothingToDeployError,
    SamePlaceError,
)
from stemkit.errors import MissingFileError
from stemkit.model.deployment import PROFILE_NAME, BoardFile
from stemkit.model.lesson_names import BUNDLE_ENDING, MANIFEST
from stemkit.storage import atomic, catalogue
from stemkit.storage.program_files import program_files
from stemkit.words import current_language

# What only lessons need is loaded for them alone: a plain folder must be quick.
if TYPE_CHECKING:
    from stemkit.actions.library.bundles import OpenBundle
    from stemkit.model.board import BoardModel
    from stemkit.model.lesson import Lesson

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

    @property
    def bundle(self) -> OpenBundle | None:
        """The bundle that they come from, with who signed it."""
        ...

    def files(self, target: Target | None) -> list[BoardFile]:
        """The files for a board."""
        ...


@dataclass(frozen=True, slots=True)
class PlainFiles:
    """A file, or a folder with its layout, as it is: the same for every board."""

    all: list[BoardFile]
    needs_target: bool = False
    bundle: OpenBundle | None = None

    def files(self, target: Target | None) -> list[BoardFile]:
        """The files."""
        return self.all


@dataclass(frozen=True, slots=True)
class ProgramFiles:
    """Programs that import the runtime: each board gets it and its profile with them."""

    own: list[BoardFile]
    needs_target: bool = True
    bundle: OpenBundle | None = None

    def files(self, target: Target | None) -> list[BoardFile]:
        """The files for one board."""
        return _with_runtime(self.own, target, None)


@dataclass(frozen=True, slots=True)
class LessonFiles:
    """A lesson: what `lesson.toml` wants on a board of this kind, with the runtime."""

    origin: Path
    contents: Mapping[str, bytes]
    lesson: Lesson
    needs_target: bool = True
    bundle: OpenBundle | None = None

    def files(self, target: Target | None) -> list[BoardFile]:
        """The files for one board. Raises what `chosen_files` does."""
        from stemkit.actions.programs.board_files import chosen_files

        model = target.model if target is not None else None
        own = _checked(chosen_files(self.contents, self.lesson, model).items(), self.origin)
        return _with_runtime(own, target, (self.lesson.id, self.lesson.version))


def _with_runtime(
    own: list[BoardFile], target: Target | None, lesson: tuple[str, str] | None
) -> list[BoardFile]:
    """A file of the program goes before one of the runtime."""
    from stemkit.actions.programs.board_files import runtime_files
    from stemkit.formats.board_profile import board_profile

    together: dict[str, bytes] = {}
    if target is not None and target.model is not None:
        together = runtime_files(target.model)
        profile = board_profile(
            target.model,
            catalogue.sensors(),
            number="" if target.number is None else target.number,
            language=current_language(),
            lesson=lesson,
        )
        together[PROFILE_NAME.lstrip("/")] = profile
    names = {file.path for file in own}
    return [
        *(BoardFile(path, data) for path, data in together.items() if path not in names),
        *own,
    ]


def read_source(path: Path) -> Source:
    """What is at `path`, or the lesson that it names.

    Raises MissingFileError, NoSuchLessonError or an error of `deploy_errors`.
    """
    for fits, read in KINDS:
        if fits(path):
            return read(path)
    from stemkit.actions.library.errors import MistypedLessonError
    from stemkit.actions.library.lessons import is_lesson_name, lesson_folder, near_lesson

    name = str(path)
    if is_lesson_name(name):
        return _read_lesson(lesson_folder(name))
    # One word that ends like no file is more likely a lesson's title.
    is_word = path.name == name and not path.suffix
    if near := near_lesson(name.lower()) if is_word else "":
        raise MistypedLessonError(name=name, near=near)
    raise MissingFileError(path=path)


def _is_lesson(path: Path) -> bool:
    return (path / MANIFEST).is_file()


def _read_lesson(path: Path) -> Source:
    from stemkit.actions.library.lessons import read_lesson
    from stemkit.actions.programs.board_files import files_below

    return LessonFiles(path, dict(files_below(path)), read_lesson(path))


def _is_bundle(path: Path) -> bool:
    return path.suffix == BUNDLE_ENDING and path.is_file()


def _read_bundle(path: Path) -> Source:
    from stemkit.actions.library.bundles import open_bundle_file

    opened = open_bundle_file(path)
    lesson = opened.lesson()
    if lesson is None:
        raise NothingToDeployError(path=path)  # the teacher's part
    return LessonFiles(path, opened.bundle.files(), lesson, bundle=opened)


def _read_folder(path: Path) -> Source:
    return _with_what_it_imports(_checked(_read(program_files(path)), path))


def _read_file(path: Path) -> Source:
    return _with_what_it_imports(_checked(_read([(path.name, path)]), path))


def _with_what_it_imports(files: list[BoardFile]) -> Source:
    """Programs that import the runtime get it and the board's profile, as a lesson does."""
    names = {file.path.removeprefix("lib/") for file in files}
    brings_its_own = any(name.startswith(_OWN_RUNTIME) for name in names)
    if brings_its_own or not any(_imports_runtime(file) for file in files):
        return PlainFiles(files)
    return ProgramFiles(files)


def _imports_runtime(file: BoardFile) -> bool:
    return file.path.endswith(".py") and bool(_RUNTIME_IMPORT.search(file.content))


KINDS: Final[tuple[tuple[Callable[[Path], bool], Callable[[Path], Source]], ...]] = (
    (_is_lesson, _read_lesson),
    (_is_bundle, _read_bundle),
    (Path.is_dir, _read_folder),
    (Path.is_file, _read_file),
)
"""What each kind looks like, and what reads it; the first that fits counts."""


def _read(rows: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, bytes]]:
    for name, path in rows:
        _must_be_good(unicodedata.normalize("NFC", name))
        with atomic.told(path):
            yield name, path.read_bytes()


def _checked(rows: Iterable[tuple[str, bytes]], origin: Path) -> list[BoardFile]:
    files: dict[str, BoardFile] = {}
    for name, content in rows:
        place = unicodedata.normalize("NFC", name)
        _must_be_good(place)
        if place in files:
            raise SamePlaceError(path=place)
        if len(content) > _LARGEST_BYTES:
            raise FileTooLargeError(path=name, size=len(content) // 1000)
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
