"""A project's folder on the disk: what is in it, and what of it travels."""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.errors import InputFileError, UsageError
from stemkit.formats.plain_names import plain_paths
from stemkit.formats.project import parse_project
from stemkit.model.project import PROJECT_FILE, Project
from stemkit.storage import atomic
from stemkit.storage.hash_cache import Stamp
from stemkit.storage.package_file import LIMITS
from stemkit.words import N_

_CACHES: Final = {"__pycache__", "node_modules", "Thumbs.db", "desktop.ini"}
_LEFT_ENDINGS: Final = (".tmp", ".bak", ".swp", "~", ".pyc", ".part", ".crdownload")
# What Word and its like leave beside an open document, with the name of who opened it.
_LEFT_BEGIN: Final = "~$"
# Names that the package itself uses.
_OURS: Final = {"ro-crate-metadata.json", "ro-crate-preview.html"}


class NoProjectError(UsageError):
    """The folder is no project's."""

    code = "no-project"
    message = N_("{folder} is not a project: there is no {file} in it.")
    remedy = N_("Make one: stemkit project new FOLDER")


class TooManyFilesError(InputFileError):
    """More than a package may hold."""

    code = "project-too-large"
    message = N_("{folder} holds more than a package may: {most} files, {gigabytes} GB.")
    remedy = N_("Move films and files that the project does not need out of the folder.")


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A file that travels."""

    path: Path
    shown: str
    """From the project's folder, as people read it (NFC), with `/`; no other file is called so."""
    packed: str
    """From the project's folder, as it is called in the package."""
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class Listing:
    """All of a folder, in the order of the packed names."""

    files: tuple[ListedFile, ...]
    left_out: tuple[tuple[str, str], ...]
    """Path from the folder, and a marked sentence why it does not travel."""

    @property
    def size_bytes(self) -> int:
        """All files together."""
        return sum(file.stamp.size for file in self.files)


def read_project(folder: Path) -> Project:
    """`project.toml` of a folder; raises NoProjectError, DataFileError, PermissionDeniedError."""
    target = folder / PROJECT_FILE
    if not target.is_file():
        raise NoProjectError(folder=folder, file=PROJECT_FILE)
    with atomic.told(target):
        return parse_project(target.read_bytes(), str(target))


def listing(folder: Path) -> Listing:
    """Look at every file of a project, reading none. Raises TooManyFilesError and such."""
    left_out: list[tuple[str, str]] = []
    found: list[tuple[str, Path, Stamp]] = []
    for shown, path, stamp in _walk(folder, "", left_out):
        found.append((shown, path, stamp))
        if len(found) > LIMITS.files - 10:
            _too_many(folder)
    if sum(stamp.size for _, _, stamp in found) > LIMITS.size_bytes:
        _too_many(folder)
    names = _distinct([shown for shown, _, _ in found])
    packed = plain_paths(names)
    files = [
        ListedFile(path, name, packed[name], stamp)
        for name, (_, path, stamp) in zip(names, found, strict=True)
    ]
    files.sort(key=lambda file: file.packed)
    return Listing(tuple(files), tuple(sorted(left_out)))


def _distinct(names: list[str]) -> list[str]:
    """The names as people read them, each once.

    macOS writes an accent behind its letter, other systems one letter: two files may differ in
    nothing else, or in bytes that are no letters at all.
    """
    apart = [unicodedata.normalize("NFC", name).split("/")[:-1] for name in names]
    taken = {"/".join(parts[:n]) for parts in apart for n in range(1, len(parts) + 1)}
    found = []
    for name in names:
        wanted = own = unicodedata.normalize("NFC", name)
        number = 1
        while wanted in taken:
            number += 1
            stem, slash, last = own.rpartition("/")
            head, dot, ending = last.rpartition(".")
            wanted = f"{stem}{slash}{head or last} {number}{dot and head and dot + ending}"
        taken.add(wanted)
        found.append(wanted)
    return found


def _too_many(folder: Path) -> None:
    raise TooManyFilesError(folder=folder, most=LIMITS.files, gigabytes=LIMITS.size_bytes >> 30)


def _walk(
    folder: Path, before: str, left_out: list[tuple[str, str]]
) -> Iterator[tuple[str, Path, Stamp]]:
    with atomic.told(folder), os.scandir(folder) as entries:
        rows = sorted(entries, key=lambda entry: os.fsencode(entry.name))
    for entry in rows:
        shown = f"{before}{_readable(entry.name)}"
        path = Path(entry.path)
        with atomic.told(path):
            why = _reason_to_leave(entry, before)
            stamp = Stamp.of(path.lstat())
        if why:
            left_out.append((shown, why))
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(path, f"{shown}/", left_out)
        else:
            yield shown, path, stamp


def _readable(name: str) -> str:
    return os.fsencode(name).decode("utf-8", "replace")


def _reason_to_leave(entry: os.DirEntry[str], before: str) -> str:
    if entry.is_symlink():
        return N_("it is a link to another place")
    if entry.name.startswith(".") or entry.name in _CACHES:
        return N_("hidden files stay here")
    kind = entry.stat(follow_symlinks=False).st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
        return N_("it is not a plain file")
    left = entry.name.lower().endswith(_LEFT_ENDINGS) or entry.name.startswith(_LEFT_BEGIN)
    if entry.is_file() and left:
        return N_("it looks like a left-over")
    if not before and entry.name in _OURS:
        return N_("the package has its own")
    return ""
