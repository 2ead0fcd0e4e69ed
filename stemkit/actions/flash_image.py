"""Which image goes onto which board: a file, a stored firmware, or what the board's kind needs."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from stemkit.actions.boards import Board
from stemkit.actions.flash_errors import ModelNotKnownError, NoFirmwareForChipError
from stemkit.actions.sim import UnknownModelError
from stemkit.errors import MissingFileError, StemkitError
from stemkit.formats import firmware_image
from stemkit.formats.esp_flash import EspFirmware
from stemkit.formats.firmware_image import FirmwareImage
from stemkit.formats.intel_hex import HexFile
from stemkit.loaders.base import LoadImage, Part
from stemkit.model.board import BoardModel
from stemkit.storage import atomic, catalogue, places
from stemkit.storage.firmware_store import FirmwareStore

_FILE_ENDINGS: Final = (".bin", ".uf2", ".hex")
# No firmware is larger; a video that was named by mistake is not read into memory.
_LARGEST_BYTES: Final = 64 << 20


class ImageChoice(Protocol):
    """Says what a board gets; asked by every board's thread once its chip is known."""

    def __call__(self, chip: str, board: Board) -> LoadImage:
        """The image for a board whose chip is `chip`; raises what the person must decide."""
        ...

    def prepare(self, boards: Sequence[Board]) -> None:
        """Raise now where it is already known that not one of `boards` can get an image."""
        ...


def image_of(data: bytes, name: str) -> LoadImage:
    """A firmware file as it is put on a board; its structure is checked here, before any board.

    Raises one of `stemkit.formats.errors`' FirmwareImageError.
    """
    parsed = firmware_image.parse(data, name)
    chips = firmware_image.chips(parsed)
    builds = _builds(parsed)
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
        )
    return LoadImage(name, chips, (Part(0, data),), builds=builds)


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


class OneImage:
    """Every board gets the same image."""

    def __init__(self, image: LoadImage) -> None:
        self.image = image

    def __call__(self, chip: str, board: Board) -> LoadImage:
        """That image, whatever the board is: the loader refuses it where it does not fit."""
        return self.image

    def prepare(self, boards: Sequence[Board]) -> None:
        """Nothing: the image is here."""


class ImageByModel:
    """Every board gets the newest stored firmware of its kind; each is read and checked once."""

    def __init__(
        self, store: FirmwareStore, models: Mapping[str, BoardModel], model: str | None = None
    ) -> None:
        self._store = store
        self._models = models
        self._model = model
        self._lock = threading.Lock()
        self._images: dict[str, LoadImage] = {}

    def __call__(self, chip: str, board: Board) -> LoadImage:
        """The firmware of the board's kind, else of the only kind that has its chip."""
        wanted = self._firmware_name(chip, board)
        with self._lock:
            if wanted not in self._images:
                image = self._store.find(wanted)
                self._images[wanted] = image_of(self._store.read(image), image.title)
            return self._images[wanted]

    def prepare(self, boards: Sequence[Board]) -> None:
        """Look the firmware of every board up whose chip is known."""
        error: StemkitError | None = None
        for board in boards:
            if not board.chip:
                return
            try:
                self(board.chip, board)
            except StemkitError as found:
                error = found
            else:
                return
        if error is not None:
            raise error

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


def choose(firmware: str | None, model: str | None = None) -> ImageChoice:
    """What `--firmware` and `--model` ask for; a named firmware is read and checked here and now.

    Raises MissingFileError, NoSuchFirmwareError, UnknownModelError, FirmwareImageError.
    """
    models = catalogue.boards()
    if model is not None and model not in models:
        raise UnknownModelError(model=model, models=", ".join(models))
    store = FirmwareStore(places.firmware_store())
    if firmware is None:
        return ImageByModel(store, models, model)
    path = Path(firmware)
    if path.is_file():
        return OneImage(image_of(_read(path), path.name))
    if path.suffix.lower() in _FILE_ENDINGS and store.look_up(firmware) is None:
        raise MissingFileError(path=path)
    image = store.find(firmware)
    return OneImage(image_of(store.read(image), image.title))


def _read(path: Path) -> bytes:
    with atomic.told(path), path.open("rb") as file:
        return file.read(_LARGEST_BYTES)
