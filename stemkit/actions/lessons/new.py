"""`lesson new`: a folder that passes `lesson check`, to be filled with a lesson."""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import Final

from stemkit.actions.lessons.errors import LessonIdError, LessonThereError
from stemkit.formats.lesson import LESSON_ID
from stemkit.storage import atomic, places

_TEMPLATE: Final = "lesson-template"
_ID: Final = "00-template"


def new_lesson(name: str, into: Path) -> Path:
    """Make the lesson `name` (two digits and words, `03-soil-moisture`) in the folder `into`.

    Raises LessonIdError, LessonThereError; nothing is left half made.
    """
    if not re.fullmatch(LESSON_ID, name) or len(name) > 60:
        raise LessonIdError(name=name)
    folder = into / name
    if folder.exists():
        raise LessonThereError(path=folder)
    with atomic.told(folder):
        into.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".new-", dir=into) as temporary:
            made = Path(temporary) / name
            # pip compiles every .py that it installs, this template too.
            no_caches = shutil.ignore_patterns("__pycache__")
            shutil.copytree(places.shipped("examples") / _TEMPLATE, made, ignore=no_caches)
            manifest = made / "lesson.toml"
            text = manifest.read_text("utf-8").replace(_ID, name)
            manifest.write_text(text, "utf-8", newline="\n")
            made.rename(folder)
    return folder
