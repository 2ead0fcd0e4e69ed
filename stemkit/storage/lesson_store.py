"""The lessons that this computer keeps: each an open folder that a teacher can look into.

`<id>-<version>/` holds `manifest.json`, `signatures/` and the lesson's own folder `<id>/` with the
files that the manifest names. So the bundle can be put together again, byte for byte, and whatever
was changed is seen. Nothing is used before it was compared with the manifest.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.errors import MissingFileError
from stemkit.formats import bundle as bundles
from stemkit.formats.bundle import (
    MANIFEST,
    SIGNATURES,
    STUDENT,
    TEACHER,
    Bundle,
    BundleTamperedError,
    Manifest,
    is_signature,
)
from stemkit.model.lesson_share import Part
from stemkit.model.version import precedence
from stemkit.storage import atomic
from stemkit.storage.lesson_errors import LessonDamagedError, LessonStoreBusyError
from stemkit.storage.lesson_tree import part_of

_BUSY_TIMEOUT_S: Final = 10.0
_NEW, _OLD = ".new-", ".old-"
_INCOMING: Final = ".incoming"


@dataclass(frozen=True, slots=True)
class Kept:
    """A lesson in the store; its files may have been changed since (`LessonStore.check`)."""

    manifest: Manifest
    identity: str
    """SHA-256 of the manifest, in hex."""
    place: Path
    """Where its manifest lies."""

    @property
    def lesson(self) -> str:
        """Its id."""
        return self.manifest.lesson

    @property
    def version(self) -> str:
        """Its version."""
        return self.manifest.version

    @property
    def kind(self) -> str:
        """`lesson` or `teacher`."""
        return self.manifest.kind

    @property
    def name(self) -> str:
        """As people name it."""
        return f"{self.lesson}@{self.version}"

    @property
    def folder(self) -> Path:
        """The lesson's own folder, with `lesson.toml` in it."""
        return self.place / self.lesson


class LessonStore:
    """The lessons in one folder. Readers need no lock; changes are made within `changing`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def all(self) -> tuple[Kept, ...]:
        """Every lesson, by id, the newest version first, students' before teachers'."""
        found = [kept for path in self._places() if (kept := _kept(path))]
        found.sort(key=lambda kept: precedence(kept.version), reverse=True)
        return tuple(sorted(found, key=lambda kept: (kept.lesson, kept.kind != STUDENT)))

    def find(self, lesson: str, version: str = "", kind: str = STUDENT) -> Kept | None:
        """The newest lesson with this id, or the one of `version`."""
        for kept in self.all():
            if (kept.lesson, kept.kind) == (lesson, kind) and version in ("", kept.version):
                return kept
        return None

    def check(self, kept: Kept) -> dict[str, bytes]:
        """The lesson's files by their paths, each compared with the manifest, and no others.

        Raises LessonDamagedError.
        """
        files = {}
        for path, (size, sha256) in kept.manifest.files.items():
            data = _read(kept.folder / path, size)
            if data is None or hashlib.sha256(data).hexdigest() != sha256:
                raise LessonDamagedError(name=kept.name, file=path)
            files[path] = data
        for path in _paths_below(kept.folder):
            if path not in files:
                raise LessonDamagedError(name=kept.name, file=path)
        return files

    def is_sound(self, kept: Kept) -> bool:
        """Whether `check` finds nothing wrong."""
        try:
            self.check(kept)
        except LessonDamagedError:
            return False
        return True

    def parts(self, kept: Kept) -> tuple[bytes, dict[str, bytes], dict[str, bytes]]:
        """Manifest, files and signatures, of which `pack_bundle` makes the bundle again.

        Raises LessonDamagedError.
        """
        manifest = _read(kept.place / MANIFEST, bundles.MOST_MANIFEST_BYTES)
        if manifest is None or hashlib.sha256(manifest).hexdigest() != kept.identity:
            raise LessonDamagedError(name=kept.name, file=MANIFEST)
        return manifest, self.check(kept), self.signatures(kept)

    def signatures(self, kept: Kept) -> dict[str, bytes]:
        """Its signatures by their paths in the bundle; nothing of them is checked."""
        found = {}
        for path in sorted((kept.place / SIGNATURES).glob("*")):
            name = f"{SIGNATURES}{path.name}"
            data = _read(path, bundles.MOST_MANIFEST_BYTES)
            if is_signature(name) and data is not None:
                found[name] = data
        return found

    def locations(self) -> dict[Part, list[Path]]:
        """Where files of kept lessons lie, by what their manifests say is in them."""
        found: dict[Part, list[Path]] = {}
        for kept in self.all():
            for path, (size, sha256) in kept.manifest.files.items():
                found.setdefault(Part(sha256, size), []).append(kept.folder / path)
            for apart in [kept.place / MANIFEST, *(kept.place / SIGNATURES).glob("*.p7s")]:
                data = _read(apart, bundles.MOST_MANIFEST_BYTES)
                if data is not None:
                    found.setdefault(part_of(data), []).append(apart)
        return found

    def incoming(self, part: Part) -> Path:
        """Where an object lies while it is fetched."""
        return self.folder / _INCOMING / part.sha256

    def forget_incoming(self, parts: Iterable[Part] | None = None) -> None:
        """Delete these objects, or all that fetches left, once nothing needs them any more."""
        if parts is None:
            shutil.rmtree(self.folder / _INCOMING, ignore_errors=True)
            return
        with contextlib.suppress(OSError):
            for part in parts:
                self.incoming(part).unlink(missing_ok=True)
            (self.folder / _INCOMING).rmdir()  # If nothing else is left.

    def pages(self, place: str) -> KeptPages:
        """The pages of the last index of a place."""
        return KeptPages(self.folder / ".pages" / hashlib.sha256(place.encode()).hexdigest()[:16])

    def install(self, bundle: Bundle) -> Kept:
        """Keep a lesson; one of the same version gives way to it, at once.

        Within `changing` only. Raises what the disk says; then all is as it was.
        """
        target = self.folder / _place_name(bundle.lesson, bundle.version, bundle.kind)
        with atomic.told(self.folder):
            fresh = Path(tempfile.mkdtemp(prefix=_NEW, dir=self.folder))
            try:
                _write(fresh / MANIFEST, bundle.manifest)
                _write_all(fresh, bundle.signatures())
                _write_all(fresh / bundle.lesson, bundle.files())
                # mkdtemp lets nobody else in; a shared classroom computer has several accounts.
                fresh.chmod(0o755)
                self._exchange(fresh, target)
            except BaseException:
                shutil.rmtree(fresh, ignore_errors=True)
                raise
        kept = _kept(target)
        assert kept is not None
        return kept

    def remove(self, kept: Kept) -> None:
        """Forget a lesson. Within `changing` only."""
        with atomic.told(kept.place):
            # Renamed first: a deletion that stops half-way leaves no half lesson.
            gone = self.folder / f"{_NEW}{kept.place.name}"
            shutil.rmtree(gone, ignore_errors=True)
            kept.place.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)

    @contextlib.contextmanager
    def changing(self) -> Iterator[None]:
        """Nobody else changes the store in the block. Raises LessonStoreBusyError."""
        import filelock

        with atomic.told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            guard = filelock.FileLock(self.folder / ".busy", timeout=_BUSY_TIMEOUT_S)
            try:
                guard.acquire()
            except filelock.Timeout as error:
                raise LessonStoreBusyError(path=self.folder) from error
        try:
            self._tidy()
            yield
        finally:
            guard.release()

    def _tidy(self) -> None:
        """Finish or undo what a killed process left."""
        for path in sorted(self.folder.glob(f"{_OLD}*")):
            target = self.folder / path.name.removeprefix(_OLD)
            with contextlib.suppress(OSError):
                shutil.rmtree(path) if target.exists() else path.rename(target)
        for path in sorted(self.folder.glob(f"{_NEW}*")):
            shutil.rmtree(path, ignore_errors=True)

    def _exchange(self, fresh: Path, target: Path) -> None:
        old = self.folder / f"{_OLD}{target.name}"
        if target.exists():
            target.rename(old)
        try:
            fresh.rename(target)
        except OSError:
            if old.exists():
                old.rename(target)
            raise
        _let_the_disk_know(self.folder)
        shutil.rmtree(old, ignore_errors=True)

    def _places(self) -> list[Path]:
        return [path for path in sorted(self.folder.glob("[0-9]*")) if path.is_dir()]


@dataclass(frozen=True, slots=True)
class KeptPages:
    """Pages of an index, kept so that only changed ones are fetched again."""

    folder: Path

    def read(self, part: Part) -> bytes | None:
        """A page, where it is here and sound."""
        return read_part(part, [self.folder / part.sha256])

    def keep(self, pages: Iterable[bytes]) -> None:
        """Keep these and no others."""
        named = {part_of(page).sha256: page for page in pages}
        with atomic.told(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            for path in self.folder.iterdir():
                if path.name not in named:
                    path.unlink(missing_ok=True)
        for name, page in named.items():
            if not (self.folder / name).exists():
                atomic.write_bytes(self.folder / name, page)


def _place_name(lesson: str, version: str, kind: str) -> str:
    return f"{lesson}-{version}" + ("-teacher" if kind == TEACHER else "")


def _kept(place: Path) -> Kept | None:
    """The lesson at `place`; None where its manifest is missing or not one for this place."""
    raw = _read(place / MANIFEST, bundles.MOST_MANIFEST_BYTES)
    if raw is None:
        return None
    try:
        manifest = bundles.read_manifest(raw, place.name)
    except BundleTamperedError:
        return None
    if place.name != _place_name(manifest.lesson, manifest.version, manifest.kind):
        return None
    return Kept(manifest, hashlib.sha256(raw).hexdigest(), place)


def read_part(part: Part, paths: Iterable[Path]) -> bytes | None:
    """The object's bytes from the first of these files that still holds them."""
    for path in paths:
        data = _read(path, part.size)
        if data is not None and part_of(data) == part:
            return data
    return None


def _read(path: Path, most: int) -> bytes | None:
    """The contents of a plain file of at most `most` bytes; None for anything else."""
    try:
        with atomic.told(path):
            if not path.is_file() or path.stat().st_size > most:
                return None
            return path.read_bytes()
    except MissingFileError:
        return None


def _paths_below(folder: Path) -> Iterator[str]:
    """What a lesson's folder holds, as `lesson build` sees it."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part.startswith(".") or part == "__pycache__" for part in parts)
        if not hidden and not path.is_dir():
            yield "/".join(parts)


def _write_all(folder: Path, files: Mapping[str, bytes]) -> None:
    for path, data in files.items():
        _write(folder / path, data)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _let_the_disk_know(folder: Path) -> None:
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
