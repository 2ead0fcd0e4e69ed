"""What a stick carries besides the program: firmware, lessons, pages to print."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.actions.firmware.mirror import make_mirror
from stemkit.actions.keys.own import Ask
from stemkit.actions.lessons.contents import lesson_contents
from stemkit.actions.lessons.export import Export, export_here
from stemkit.actions.lessons.handout import HTML, HandoutWanted, make_handouts
from stemkit.actions.library.lessons import known_lessons
from stemkit.storage import atomic, places
from stemkit.storage.firmware_store import FirmwareStore
from stemkit.words import LANGUAGES

FIRMWARE: Final = "firmware"
LESSONS: Final = "lessons"
HANDOUTS: Final = "handouts"


@dataclass(frozen=True, slots=True)
class Store:
    """A store on the stick, and the command by which a computer takes it in."""

    folder: str
    command: tuple[str, ...]
    """Words behind `stemkit`; `{stick}` stands for the stick's folder."""
    count: int

    def row(self) -> dict[str, object]:
        """What the installer reads."""
        return {"folder": self.folder, "command": list(self.command)}


def put_firmware(stick: Path) -> Store | None:
    """Mirror the stored firmware onto the stick; None where nothing is stored."""
    store = FirmwareStore(places.firmware_store())
    if not store.all():
        return None
    made = make_mirror(store, stick / FIRMWARE, places.keys() / "mirror.pem")
    names = [image.title for image in made.images]
    place = ["--from", f"{{stick}}/{FIRMWARE}", "--key", made.fingerprint]
    return Store(FIRMWARE, ("firmware", "fetch", *place, *names), len(names))


def put_lessons(stick: Path, ask: Ask) -> Store:
    """Export the newest of every lesson that is on this computer onto the stick."""
    wish = Export(only=True, prune_after_s=0.0, ask=ask)
    made = export_here(stick / LESSONS, wish)
    words = ("lesson", "sync", f"{{stick}}/{LESSONS}", "--key", made.number)
    return Store(LESSONS, words, len(made.offers))


def put_handouts(stick: Path) -> int:
    """Pages to print, for students, of every lesson in both languages; how many there are."""
    folder = stick / HANDOUTS
    wanted = HandoutWanted((HTML,), LANGUAGES)
    with atomic.told(folder):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    names = dict.fromkeys(lesson.id for lesson in known_lessons())
    return sum(
        len(make_handouts(lesson_contents(name)[1], wanted, folder, force=True)) for name in names
    )
