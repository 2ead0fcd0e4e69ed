"""Which of a project's texts nobody has written yet: they are as `project new` made them."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Final, Protocol

from stemkit.formats.archive_directory import Source
from stemkit.model.project import Project
from stemkit.storage import places
from stemkit.words import LANGUAGES

TEMPLATE: Final = "project-template"
_WRITTEN_BY_THE_TEAM: Final = ("report", "logbook", "poster")
# A text of the template with the project's own words in it is not longer than this.
_MOST_BYTES: Final = 64 << 10


class _Opener(Protocol):
    def __call__(self, path: str, /) -> AbstractContextManager[Source]: ...


def template_folder() -> Path:
    """Where the texts that `project new` begins with lie, a folder for each language."""
    return places.shipped("examples") / TEMPLATE


def filled(text: str, project: Project) -> str:
    """A text of the template with the project's own words in its places."""
    words = {"{title}": project.title, "{question}": project.question, "{club}": project.club}
    for place, word in words.items():
        text = text.replace(place, word or "…")
    return text


def untouched(project: Project, paths: Collection[str], opened: _Opener) -> frozenset[str]:
    """Those of a project's `paths` that still say what the template says, and no more.

    An editor may have changed the ends of lines or the form of accents; that is no writing.
    """
    found = set()
    for folder in (template_folder() / language for language in LANGUAGES):
        for part in _WRITTEN_BY_THE_TEAM:
            for file in sorted((folder / part).glob("*.md")):
                path = f"{part}/{file.name}"
                begun = filled(file.read_text("utf-8"), project)
                if path in paths and _plain(_read(opened, path)) == _plain(begun):
                    found.add(path)
    return frozenset(found)


def _read(opened: _Opener, path: str) -> str:
    with opened(path) as source:
        return source.read(0, min(source.size, _MOST_BYTES)).decode("utf-8", "replace")


def _plain(text: str) -> list[str]:
    return unicodedata.normalize("NFC", text.lstrip("\ufeff")).split()
