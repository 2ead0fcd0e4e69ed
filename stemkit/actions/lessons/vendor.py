"""`lesson vendor`: others' files that a lesson needs, copied into its folder and held to a hash."""

from __future__ import annotations

import enum
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.actions.lessons.errors import DependencyDiffersError
from stemkit.actions.lessons.findings import Findings
from stemkit.actions.library.lessons import read_lesson
from stemkit.model.lesson import Dependency, Lesson
from stemkit.model.lesson_names import MANIFEST
from stemkit.storage import atomic
from stemkit.words import N_, typed

_FOLDER: Final = "vendor"
# A driver has some kilobytes; a whole lesson may have 500.
_LARGEST_BYTES: Final = 300_000


class Vendored(enum.StrEnum):
    """What came of a dependency."""

    FETCHED = "fetched"
    THERE = "there"


@dataclass(frozen=True, slots=True)
class VendoredFile:
    """A dependency whose copy is in the lesson now."""

    dependency: Dependency
    state: Vendored


def vendor(folder: Path) -> list[VendoredFile]:
    """Bring every dependency of a lesson whose copy is missing.

    A copy is written only where its hash is the manifest's; one that is there with another hash
    stays and is told. Raises DependencyDiffersError, DataFileError, and what a download does.
    """
    done = []
    for dependency in read_lesson(folder).dependencies:
        path = folder / dependency.file
        if path.is_file():
            _must_be(dependency, path.read_bytes())
            done.append(VendoredFile(dependency, Vendored.THERE))
            continue
        from stemkit.storage.download import fetch_bytes

        data = fetch_bytes(dependency.source, max_bytes=_LARGEST_BYTES)
        _must_be(dependency, data)
        atomic.write_bytes(path, data)
        done.append(VendoredFile(dependency, Vendored.FETCHED))
    return done


def check_dependencies(folder: Path, lesson: Lesson, found: Findings) -> None:
    """`lesson check`: every copy is the one that the manifest names, and no other lies there."""
    manifest = folder / MANIFEST
    for dependency in lesson.dependencies:
        path = folder / dependency.file
        if not path.is_file():
            message = N_(
                "{file} is not in the lesson. Bring it with: stemkit lesson vendor {folder}"
            )
            found.wrong(manifest, 1, message, file=dependency.file, folder=typed(folder))
        elif hashlib.sha256(path.read_bytes()).hexdigest() != dependency.sha256:
            message = N_("This is not the file of {name} {version} that lesson.toml names.")
            found.wrong(path, 1, message, name=dependency.name, version=dependency.version)
    named = {folder / dependency.file for dependency in lesson.dependencies}
    for path in sorted((folder / _FOLDER).rglob("*")):
        hidden = any(
            p.startswith(".") or p == "__pycache__" for p in path.relative_to(folder).parts
        )
        if path.is_file() and not hidden and path not in named:
            found.wrong(path, 1, N_("No “[[dependency]]” in lesson.toml says where this is from."))


def _must_be(dependency: Dependency, data: bytes) -> None:
    found = hashlib.sha256(data).hexdigest()
    if found != dependency.sha256:
        raise DependencyDiffersError(
            name=dependency.name, version=dependency.version, source=dependency.source,
            expected=dependency.sha256, found=found,
        )  # fmt: skip
