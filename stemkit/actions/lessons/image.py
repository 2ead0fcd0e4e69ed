"""`lesson image`: firmware, runtime and lesson as one file for each kind of board."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from stemkit.actions.firmware.kept import at_hand
from stemkit.actions.flashing.image import Source, given
from stemkit.actions.lessons.errors import LessonFileThereError
from stemkit.actions.lessons.questions import is_new, write_made
from stemkit.actions.library.errors import LessonNotForBoardError, LessonWithoutBoardError
from stemkit.actions.library.lessons import read_lesson
from stemkit.actions.programs.board_files import board_files, with_manifest
from stemkit.errors import StemkitError
from stemkit.formats import firmware_image
from stemkit.formats.flashing_note import ImageFile, flashing_note
from stemkit.formats.ready_image import combine, one_file
from stemkit.model.board import BoardModel, ImageFormat
from stemkit.model.lesson import Lesson
from stemkit.storage import catalogue, places
from stemkit.storage.firmware_store import FirmwareStore
from stemkit.words import current_language

SCHEMA: Final = "stemkit.lesson-images/1"
_ENDINGS: Final = {ImageFormat.ESP: ".bin", ImageFormat.UF2: ".uf2", ImageFormat.HEX: ".hex"}


@dataclass(frozen=True, slots=True)
class Missing:
    """A kind of board for which no image could be made, and why."""

    model: str
    error: StemkitError


@dataclass(frozen=True, slots=True)
class Images:
    """What was written."""

    folder: Path
    made: Sequence[ImageFile]
    missing: Sequence[Missing] = field(default=())
    index: str = ""
    """Name of the JSON file about them."""
    note: str = ""
    """Name of the text that says how to put them on boards."""


def make_images(
    folder: Path,
    models: Sequence[str],
    to: Path,
    *,
    firmware: str | None = None,
    force: bool = False,
) -> Images:
    """Write a lesson's images into the folder `to`.

    Without `models` every kind of board that the lesson names gets one, and those without firmware
    in the store are told; with them, one that cannot be made keeps all from being written.
    `firmware` is a file or a stored one for all of them. Raises UnknownModelError,
    LessonNotForBoardError, NoSuchFirmwareError, LessonFileThereError and what `combine` does.
    """
    lesson = read_lesson(folder)
    store = FirmwareStore(places.firmware_store())
    chosen = _chosen(lesson, models)
    files: dict[str, bytes] = {}
    made: list[ImageFile] = []
    missing: list[Missing] = []
    for model in chosen:
        try:
            source = given(firmware, store) if firmware else _stored(store, model)
            image, data = _image(folder, lesson, model, source)
        except StemkitError as error:
            missing.append(Missing(model.id, error))
            continue
        made.append(image)
        files[image.file] = data
    if missing and (models or not made):
        raise missing[0].error
    index = f"{lesson.id}-{lesson.version}-images.json"
    note = f"{lesson.id}-{lesson.version}-images.txt"
    every = [*_made_before(to, index, lesson, files), *made]
    _write_all(to, files, force=force)
    # These two tell of what is there now: they are renewed with every image.
    write_made(to / index, _index(lesson, every), force=True)
    write_made(to / note, flashing_note(lesson, every, current_language()), force=True)
    return Images(to, made, missing, index, note)


def _chosen(lesson: Lesson, models: Sequence[str]) -> list[BoardModel]:
    known = catalogue.boards()
    for model in models:
        if model not in known:
            from stemkit.actions.sim import UnknownModelError

            raise UnknownModelError(model=model, models=", ".join(known))
        if model not in lesson.needs.boards:
            boards = ", ".join(lesson.needs.boards)
            raise LessonNotForBoardError(lesson=lesson.id, model=model, boards=boards)
    if not lesson.needs.boards:
        raise LessonWithoutBoardError(lesson=lesson.id)
    return [known[name] for name in models or lesson.needs.boards if name in known]


def _stored(store: FirmwareStore, model: BoardModel) -> Source:
    stored = at_hand(store, model.firmware.name)
    return Source(stored.title, store.read(stored))


def _image(
    folder: Path, lesson: Lesson, model: BoardModel, source: Source
) -> tuple[ImageFile, bytes]:
    """One board's image; the board has no number yet, that is given with `kit label`."""
    language = current_language()
    files = board_files(folder, model, catalogue.sensors(), number="", language=language)
    parsed = firmware_image.parse(source.data, source.name)
    pieces = combine(parsed, source.data, model, with_manifest(files, model), name=source.name)
    offset, data = one_file(pieces)
    is_esp = model.image.format is ImageFormat.ESP
    place = f"-0x{offset:x}" if is_esp else ""
    image = ImageFile(
        model=model.id,
        board=model.name,
        file=f"{lesson.id}-{lesson.version}-{model.id}{place}{_ENDINGS[model.image.format]}",
        format=str(model.image.format),
        chip=model.chip,
        offset=offset if is_esp else None,
        size=len(data),
        sha256=hashlib.sha256(data).hexdigest(),
        firmware=source.name,
        firmware_sha256=hashlib.sha256(source.data).hexdigest(),
        flash_bytes=model.flash_bytes,
    )
    return image, data


def _made_before(to: Path, index: str, lesson: Lesson, now: Mapping[str, bytes]) -> list[ImageFile]:
    """Images of the lesson that an earlier run left in the folder."""
    try:
        rows = json.loads((to / index).read_bytes())["images"]
        known = [ImageFile.from_row(row) for row in rows]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return []
    same = [one for one in known if one.file.startswith(f"{lesson.id}-{lesson.version}-")]
    return [one for one in same if one.file not in now and (to / Path(one.file).name).is_file()]


def _index(lesson: Lesson, made: Sequence[ImageFile]) -> bytes:
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "lesson": {"id": lesson.id, "version": lesson.version},
        "images": [image.row() for image in made],
    }
    return json.dumps(body, ensure_ascii=False, indent=1).encode() + b"\n"


def _write_all(to: Path, files: dict[str, bytes], *, force: bool) -> None:
    """All of them or, where one is there already, none."""
    for name, data in files.items():
        if not force and not is_new(to / name, data):
            raise LessonFileThereError(path=to / name)
    for name, data in files.items():
        write_made(to / name, data, force=force)
