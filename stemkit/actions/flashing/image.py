"""Which image goes onto which board: a file, a stored firmware, or what the board's kind needs."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from stemkit.actions.boards import kinds
from stemkit.actions.boards.listing import Board
from stemkit.actions.firmware.kept import at_hand
from stemkit.actions.flashing.errors import (
    ModelNotKnownError,
    NoFirmwareForChipError,
    OtherNameError,
)
from stemkit.actions.library.lessons import lesson_folder
from stemkit.actions.programs.board_files import board_files, with_manifest
from stemkit.errors import MissingFileError, StemkitError
from stemkit.formats import firmware_image
from stemkit.formats.esp_flash import EspFirmware
from stemkit.formats.firmware_image import FirmwareImage
from stemkit.formats.intel_hex import HexFile
from stemkit.formats.ready_image import combine
from stemkit.loaders.base import Chip, LoadImage, Part
from stemkit.model.board import BoardModel
from stemkit.model.firmware import Firmware
from stemkit.model.lesson_names import BUNDLE_ENDING
from stemkit.storage import atomic, catalogue, places
from stemkit.storage.errors import NoSuchFirmwareError
from stemkit.storage.firmware_store import FirmwareStore
from stemkit.words import current_language

if TYPE_CHECKING:
    from stemkit.actions.library.bundles import OpenBundle

_FILE_ENDINGS: Final = (".bin", ".uf2", ".hex")
# No firmware is larger; a video that was named by mistake is not read into memory.
_LARGEST_BYTES: Final = 64 << 20


class ImageChoice(Protocol):
    """Says what a board gets; asked by every board's thread once its chip is known."""

    def __call__(self, chip: Chip, board: Board) -> LoadImage:
        """The image for a board with this chip; raises what the person must decide."""
        ...

    def prepare(self, boards: Sequence[Board]) -> None:
        """Raise now where it is already known that not one of `boards` can get an image."""
        ...

    @property
    def bundle(self) -> OpenBundle | None:
        """The lesson's bundle that every image holds, with who signed it."""
        ...


def image_of(data: bytes, name: str) -> LoadImage:
    """A firmware file as it is put on a board; its structure is checked here, before any board.

    Raises one of `stemkit.formats.errors`' FirmwareImageError.
    """
    parsed = firmware_image.parse(data, name)
    chips = firmware_image.chips(parsed)
    builds = _builds(parsed)
    sha256 = hashlib.sha256(data).hexdigest()
    if isinstance(parsed, EspFirmware):
        maxima = [
            image.max_revision
            for image in (parsed.bootloader, parsed.app)
            if image.max_revision is not None
        ]
        return LoadImage(
            name,
            chips,
            (Part(parsed.base, data),),
            max(parsed.bootloader.min_revision, parsed.app.min_revision),
            min(maxima, default=None),
            builds,
            sha256,
        )
    return LoadImage(name, chips, (Part(0, data),), builds=builds, sha256=sha256)


def _builds(parsed: FirmwareImage) -> dict[str, str]:
    """Chip to the build that its firmware names."""
    if isinstance(parsed, HexFile):
        found = {
            chip: program.build
            for model, program in parsed.programs.items()
            for chip in firmware_image.chips(HexFile({model: program}, False))
        }
    else:
        found = dict.fromkeys(firmware_image.chips(parsed), parsed.build)
    return {chip: f"v{build.version} on {build.date}" for chip, build in found.items() if build}


@dataclass(frozen=True)
class Source:
    """A firmware file's bytes, and the name that people know it by."""

    name: str
    data: bytes


class OneImage:
    """Every board gets the same image."""

    bundle = None

    def __init__(self, file: Source) -> None:
        self._file = file
        self._image = image_of(file.data, file.name)

    def __call__(self, chip: Chip, board: Board) -> LoadImage:
        """That image, whatever the board is: the loader refuses it where it does not fit."""
        return self._image

    def source(self, chip: Chip, board: Board) -> Source:
        """That file."""
        return self._file

    def prepare(self, boards: Sequence[Board]) -> None:
        """Nothing: the image is here."""


class ImageByModel:
    """Every board gets the newest stored firmware of its kind; each is read and checked once."""

    bundle = None

    def __init__(
        self, store: FirmwareStore, models: Mapping[str, BoardModel], model: str | None = None
    ) -> None:
        self._store = store
        self._models = models
        self._model = model
        self._lock = threading.Lock()
        self._sources: dict[str, Source] = {}
        self._images: dict[str, LoadImage] = {}

    def __call__(self, chip: Chip, board: Board) -> LoadImage:
        """The firmware of the board's kind, else of the only kind that has its chip."""
        source = self.source(chip, board)
        with self._lock:
            if source.name not in self._images:
                self._images[source.name] = image_of(source.data, source.name)
            return self._images[source.name]

    def source(self, chip: Chip, board: Board) -> Source:
        """The stored file for the board."""
        wanted = self._firmware_name(chip.name, board)
        with self._lock:
            if wanted not in self._sources:
                stored = self._at_hand(wanted, chip.name)
                self._sources[wanted] = Source(stored.title, self._store.read(stored))
            return self._sources[wanted]

    def prepare(self, boards: Sequence[Board]) -> None:
        """Look the firmware of every board up whose chip is known."""
        error: StemkitError | None = None
        for board in boards:
            if not board.chip:
                return
            try:
                self(Chip(board.chip, None), board)
            except StemkitError as found:
                error = found
            else:
                return
        if error is not None:
            raise error

    def _at_hand(self, wanted: str, chip: str) -> Firmware:
        try:
            return at_hand(self._store, wanted)
        except NoSuchFirmwareError:
            names = [image.title for image in self._store.all() if image.chips == (chip,)]
            if not names:
                raise
            raise OtherNameError(
                wanted=wanted, chip=chip, names=", ".join(names), example=names[0]
            ) from None

    def _firmware_name(self, chip: str, board: Board) -> str:
        named = self._models.get(self._model or board.model or "")
        if named is not None and (self._model or named.chip == chip):
            return named.firmware.name
        same = [model for model in self._models.values() if model.chip == chip]
        plain = [model for model in same if model.id.replace("-", "") == chip]
        names = {model.firmware.name for model in plain or same}
        if not names:
            raise NoFirmwareForChipError(chip=chip)
        if len(names) > 1:
            raise ModelNotKnownError(
                chip=chip, models=", ".join(m.id for m in same), example=same[0].id
            )
        return names.pop()


class Program(Protocol):
    """What goes onto a board with its firmware."""

    @property
    def name(self) -> str:
        """What the image is called after it."""
        ...

    @property
    def bundle(self) -> OpenBundle | None:
        """The bundle that it comes from, with who signed it."""
        ...

    def files(self, model: BoardModel, number: int | None) -> dict[str, bytes]:
        """Path on the board to contents, with the runtime and the board's profile."""
        ...


class FolderProgram:
    """A lesson's folder, or any folder with a program."""

    bundle = None

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.name = folder.name

    def files(self, model: BoardModel, number: int | None) -> dict[str, bytes]:
        """The files for one board; raises what `board_files` does."""
        return board_files(
            self._folder,
            model,
            catalogue.sensors(),
            number="" if number is None else number,
            language=current_language(),
        )


class BundleProgram:
    """A lesson in one file. It is refused here, before any board, where it was tampered with."""

    def __init__(self, path: Path) -> None:
        from stemkit.actions.programs.source import read_source

        self._source = read_source(path)
        self.name = path.name
        self.bundle = self._source.bundle

    def files(self, model: BoardModel, number: int | None) -> dict[str, bytes]:
        """The files for one board; raises what `chosen_files` does."""
        from stemkit.actions.programs.source import Target

        return {file.path: file.content for file in self._source.files(Target(model, number))}


class WithLesson:
    """Firmware, runtime and lesson as one image, with the board's own number in it."""

    def __init__(
        self,
        base: OneImage | ImageByModel,
        lesson: Program,
        model: str | None,
        numbers: Mapping[str, int],
    ) -> None:
        self._base = base
        self._lesson = lesson
        self.bundle = lesson.bundle
        self._model = model
        self._numbers = numbers
        self._lock = threading.Lock()
        self._parsed: dict[str, FirmwareImage] = {}

    def __call__(self, chip: Chip, board: Board) -> LoadImage:
        """The image of this very board."""
        firmware = self._base(chip, board)
        if chip.name not in firmware.chips:
            return firmware  # The loader says what is wrong with it.
        model = self._model_of(chip.name, board)
        source = self._base.source(chip, board)
        with self._lock:
            if source.name not in self._parsed:
                self._parsed[source.name] = firmware_image.parse(source.data, source.name)
        files = self._lesson.files(model, self._numbers.get(chip.unique_id or board.unique_id))
        pieces = combine(
            self._parsed[source.name],
            source.data,
            model,
            with_manifest(files, model),
            flash_bytes=chip.flash_bytes,
            name=source.name,
        )
        return replace(
            firmware,
            name=f"{source.name} + {self._lesson.name}",
            parts=tuple(Part(address, data) for address, data in pieces),
            files=files,
        )

    def prepare(self, boards: Sequence[Board]) -> None:
        """What the firmware alone can tell."""
        self._base.prepare(boards)

    def _model_of(self, chip: str, board: Board) -> BoardModel:
        models = catalogue.boards()
        named = models.get(self._model or board.model or "")
        found = named if named and named.chip == chip else kinds.by_chip(chip, models)
        if found is None:
            same = [model.id for model in models.values() if model.chip == chip]
            if not same:
                raise NoFirmwareForChipError(chip=chip)
            raise ModelNotKnownError(chip=chip, models=", ".join(same), example=same[0])
        return found


def choose(
    firmware: str | None,
    model: str | None = None,
    lesson: str | None = None,
    numbers: Mapping[str, int] | None = None,
) -> ImageChoice:
    """What `--firmware`, `--model` and `--lesson` ask for.

    A named firmware is read and checked here and now. `numbers` are kit numbers by unique id, for
    the lesson. Raises MissingFileError, NoSuchFirmwareError, UnknownModelError, FirmwareImageError,
    and for a lesson in one file what `open_bundle` does.
    """
    models = catalogue.boards()
    if model is not None and model not in models:
        # Not at the top: virtual boards would cost every flash a tenth of a second.
        from stemkit.actions.sim import UnknownModelError

        raise UnknownModelError(model=model, models=", ".join(models))
    store = FirmwareStore(places.firmware_store())
    base: OneImage | ImageByModel
    if firmware is None:
        base = ImageByModel(store, models, model)
    else:
        base = OneImage(given(firmware, store))
    if lesson is None:
        return base
    return WithLesson(base, _program(lesson), model, numbers or {})


def _program(lesson: str) -> Program:
    path = Path(lesson)
    if path.suffix == BUNDLE_ENDING and path.is_file():
        return BundleProgram(path)
    return FolderProgram(lesson_folder(lesson))


def given(firmware: str, store: FirmwareStore) -> Source:
    """What `--firmware` names: a file, or what is in the store.

    Raises MissingFileError, NoSuchFirmwareError.
    """
    path = Path(firmware)
    if path.is_file():
        return Source(path.name, _read(path))
    if path.suffix.lower() in _FILE_ENDINGS and store.look_up(firmware) is None:
        raise MissingFileError(path=path)
    stored = at_hand(store, firmware)
    return Source(stored.title, store.read(stored))


def _read(path: Path) -> bytes:
    with atomic.told(path), path.open("rb") as file:
        return file.read(_LARGEST_BYTES)
