"""A page of plain text that says how a lesson's images get onto boards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from stemkit.model.lesson import Lesson
from stemkit.model.text import Text
from stemkit.words import N_, translation


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image that was made for one kind of board."""

    model: str
    board: Text
    file: str
    """Its name."""
    format: str
    """`esp`, `uf2` or `hex`."""
    chip: str
    """As esptool calls it: `esp32c3`."""
    offset: int | None
    """Flash address in bytes at which an ESP image is written; None for UF2 and hex."""
    size: int
    """In bytes."""
    sha256: str
    firmware: str
    """`NAME@VERSION`, or the name of a file."""
    firmware_sha256: str
    flash_bytes: int
    """The board's flash that it is made for, in bytes."""

    def row(self) -> dict[str, Any]:
        """What scripts are told of it."""
        return asdict(self) | {"offset_hex": None if self.offset is None else f"0x{self.offset:x}"}

    @staticmethod
    def from_row(row: Mapping[str, Any]) -> ImageFile:
        """What `row` told. Raises KeyError, TypeError or ValueError for anything else."""
        known = {one.name: row[one.name] for one in fields(ImageFile)}
        for name in ("model", "file", "format", "chip", "sha256", "firmware", "firmware_sha256"):
            if not isinstance(known[name], str) or not known[name].isprintable():
                raise ValueError(name)
        known["board"] = Text(str(row["board"]["vi"]), str(row["board"]["en"]))
        known["offset"] = None if row["offset"] is None else int(row["offset"])
        return ImageFile(
            **known | {"size": int(row["size"]), "flash_bytes": int(row["flash_bytes"])}
        )


def flashing_note(lesson: Lesson, images: Sequence[ImageFile], language: str) -> bytes:
    """The note, UTF-8 with a mark so that Windows shows it right, and with its line ends."""
    lines = [f"{lesson.title.told(language)} ({lesson.id} {lesson.version})", ""]
    for image in images:
        lines += [f"== {image.board.told(language)} ==", image.file, *_steps(image, language), ""]
    return ("\r\n".join(lines)).encode("utf-8-sig")


def _steps(image: ImageFile, language: str) -> Iterator[str]:
    def say(message: str, **fields: object) -> str:
        return translation(message, language).format_map(fields)

    match image.format:
        case "uf2":
            yield say(N_("1. Unplug the board. Hold its BOOTSEL button down and plug it in."))
            yield say(N_("2. A drive appears on the computer. Drag this file onto it."))
            yield say(N_("3. The drive vanishes by itself: the board restarts with the lesson."))
        case "hex":
            yield say(N_("1. Plug the board in. A drive named MICROBIT appears."))
            yield say(
                N_("2. Drag this file onto it and wait until the small light stops blinking.")
            )
        case _:
            flash_mb = image.flash_bytes >> 20
            yield say(N_("For boards with {n} MB of flash memory."), n=flash_mb)
            yield say(N_("With stemkit: stemkit flash --firmware {file}"), file=image.file)
            yield say(
                N_("With esptool: esptool --chip {chip} write-flash 0x{offset:x} {file}"),
                chip=image.chip,
                offset=image.offset,
                file=image.file,
            )
            yield say(N_("A web flasher: the same file at the address 0x{offset:x}."),
                      offset=image.offset)  # fmt: skip
    yield say(N_("Firmware: {firmware}"), firmware=image.firmware)
    yield f"SHA-256: {image.sha256}"
