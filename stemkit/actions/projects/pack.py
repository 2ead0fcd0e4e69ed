"""`project pack`: a project's folder as one file that can be checked and signed.

A BagIt 1.0 bag with an RO-Crate 1.2 in a stored zip, made from what is on the disk alone: the same
folder gives the same bytes on every computer, whatever its clock, language or order of files.
"""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Final

from stemkit import __version__
from stemkit.actions.projects.errors import (
    FileChangingError,
    PackageExistsError,
    PackageInProjectError,
)
from stemkit.actions.projects.report import run_plots
from stemkit.actions.projects.visible import (
    as_notes,
    from_notes,
    look_into,
    of_picture,
    typed_names,
)
from stemkit.errors import DiskFullError
from stemkit.events import BoardFinished, BoardStarted, Sink, StepAdvanced, StepStarted, silent
from stemkit.formats import bag
from stemkit.formats.crate import METADATA, PREVIEW, CrateFile, CrateRun, crate_json, published
from stemkit.formats.crate_preview import crate_preview
from stemkit.formats.errors import RecordingMetaError
from stemkit.formats.pictures import clean_picture
from stemkit.formats.plain_names import plain_name
from stemkit.formats.recording import decode_meta
from stemkit.model.project import RUNS, Project
from stemkit.model.visible import Visible
from stemkit.storage import atomic, catalogue, places
from stemkit.storage.archive_file import open_source
from stemkit.storage.hash_cache import HashCache, Known, Stamp
from stemkit.storage.large_file import appearing
from stemkit.storage.package_file import PackageWriter, SizeChangedError, Sums, read_pieces
from stemkit.storage.project_folder import ListedFile, Listing, listing, read_project
from stemkit.words import N_

ENDING: Final = ".zip"
_META: Final = "meta.json"
# Raised when the way in which files become a part of the package changes.
_HOW: Final = "3"
_TOLD_EVERY_BYTES: Final = 4 << 20
# To draw a recording all its lines are read and understood: a second for so many.
_MOST_DRAWN_BYTES: Final = 16 << 20


@dataclass(frozen=True, slots=True)
class PackWanted:
    """How the package is wanted."""

    to: Path | None = None
    """Where to; None: beside the project's folder."""
    force: bool = False
    keep_photo_data: bool = False
    """Leave in photos what the camera wrote: place, time, owner."""


@dataclass(frozen=True, slots=True)
class Packed:
    """A package that was made."""

    path: Path
    identity: str
    """SHA-256 of the tag manifest, in hex."""
    project: Project
    files: int
    size: int
    """Of the package, in bytes."""
    read_bytes: int
    """Of the project's files that had to be read; the others had not changed."""
    seconds: float
    visible: tuple[Visible, ...]
    left_out: tuple[tuple[str, str], ...]


def pack(folder: Path, wanted: PackWanted | None = None, events: Sink = silent) -> Packed:
    """Make the package. What was there under its name stays until the new one is whole.

    Raises NoProjectError, DataFileError, PackageExistsError, PackageInProjectError,
    TooManyFilesError, FileChangingError, DiskFullError, PermissionDeniedError.
    """
    wanted = wanted or PackWanted()
    began_s = time.monotonic()
    folder = folder.resolve()
    project = read_project(folder)
    target = _target(folder, wanted)
    found = listing(folder)
    name = plain_name(folder.name)
    events(BoardStarted(name))
    events(StepStarted(name, N_("packing"), found.size_bytes))
    cache = HashCache(folder, f"{_HOW} {wanted.keep_photo_data}")
    lock = places.project_sums() / f"{hashlib.sha256(str(target).encode()).hexdigest()[:32]}.lock"
    try:
        with appearing(target, lock) as out:
            job = _Packing(out, name, project, cache, wanted, _Progress(name, events))
            identity = job.write(found)
            size = out.seek(0, 2)
    except DiskFullError as error:
        # It was being written, whichever of the project's files was being read.
        raise DiskFullError(path=target) from error
    cache.save()
    seconds = time.monotonic() - began_s
    events(BoardFinished(name, N_("packed"), seconds))
    return Packed(
        path=target,
        identity=identity,
        project=project,
        files=len(found.files),
        size=size,
        read_bytes=job.read_bytes,
        seconds=seconds,
        visible=(*typed_names(project, [(run.folder, run.meta) for run in job.runs]), *job.visible),
        left_out=found.left_out,
    )


def _target(folder: Path, wanted: PackWanted) -> Path:
    name = f"{plain_name(folder.name)}{ENDING}"
    path = wanted.to.expanduser() if wanted.to else folder.parent / name
    path = path / name if path.is_dir() else path
    if folder in path.resolve().parents:
        raise PackageInProjectError(path=path)
    if path.exists() and not wanted.force:
        raise PackageExistsError(path=path)
    return path


class _Progress:
    """Tells how much is done, now and then."""

    def __init__(self, name: str, events: Sink) -> None:
        self._name, self._events = name, events
        self._done = self._told = 0

    def __call__(self, n: int) -> None:
        self._done += n
        if self._done - self._told >= _TOLD_EVERY_BYTES:
            self._told = self._done
            self._events(StepAdvanced(self._name, self._done))


@dataclass
class _Packing:
    """One package while it is written."""

    out: IO[bytes]
    name: str
    project: Project
    cache: HashCache
    wanted: PackWanted
    progress: _Progress
    visible: list[Visible] = field(default_factory=list)
    runs: list[CrateRun] = field(default_factory=list)
    read_bytes: int = 0
    sums: dict[str, Sums] = field(default_factory=dict)
    """Of every file, by its path below the top folder."""

    def __post_init__(self) -> None:
        self.writer = PackageWriter(self.out, self.progress)

    def write(self, found: Listing) -> str:
        """Write all; returns the identity."""
        described = []
        for file in found.files:
            with atomic.told(file.path):
                sums = self._file(file)
            self.sums[f"{bag.PAYLOAD}{file.packed}"] = sums
            described.append(CrateFile(file.packed, file.shown, sums.size, sums.sha256))
        language = self.project.language
        boards = {id: m.name.told(language) for id, m in catalogue.boards().items()}
        metadata = crate_json(self.project, described, self.runs, __version__, boards)
        self._own(f"{bag.PAYLOAD}{METADATA}", metadata)
        preview = crate_preview(self.project, described, self.runs, self._plots(found))
        self._own(f"{bag.PAYLOAD}{PREVIEW}", preview)
        self._own(bag.INFO, self._info())
        self._own(bag.DECLARATION, bag.declaration())
        payload = {path: s.sha256 for path, s in self.sums.items() if path.startswith(bag.PAYLOAD)}
        self._own(bag.MANIFEST, bag.manifest(payload))
        tags = bag.manifest({path: self.sums[path].sha256 for path in bag.TAG_FILES})
        self._own(bag.TAG_MANIFEST, tags)
        self.writer.finish()
        return hashlib.sha256(tags).hexdigest()

    def _info(self) -> bytes:
        payload = [s.size for path, s in self.sums.items() if path.startswith(bag.PAYLOAD)]
        return bag.info(
            [
                ("Bag-Software-Agent", f"stemkit {__version__}"),
                ("Bagging-Date", published(self.project, self.runs)),
                ("External-Description", self.project.title),
                ("External-Identifier", self.name),
                ("Payload-Oxum", bag.oxum(payload)),
                ("Source-Organization", self.project.club),
            ]
        )

    def _plots(self, found: Listing) -> dict[str, list[tuple[str, bytes]]]:
        """The recordings' pictures for the page, drawn anew where a recording has changed."""
        plots = {}
        for run in self.runs:
            files = [file for file in found.files if file.packed.startswith(f"{run.folder}/")]
            lines = [file.stamp.size for file in files if file.path.name.startswith("raw")]
            if sum(lines) > _MOST_DRAWN_BYTES:
                continue  # the page of `show` has them
            sums = [self.sums[f"{bag.PAYLOAD}{file.packed}"].sha256 for file in files]
            key = hashlib.sha256(" ".join([_HOW, self.project.language, *sums]).encode())
            place = next(f.path.parent for f in files if f.packed == f"{run.folder}/{_META}")
            plots[run.folder] = self._drawn(run.folder, key.hexdigest(), place)
        return plots

    def _drawn(self, name: str, key: str, place: Path) -> list[tuple[str, bytes]]:
        def make() -> list[str]:
            plots = run_plots(place, self.project.language)
            return [text for title, svg in plots for text in (title, svg.decode())]

        texts = self.cache.texts(name, key, make)
        return [(title, svg.encode()) for title, svg in zip(texts[::2], texts[1::2], strict=True)]

    def _own(self, path: str, content: bytes) -> None:
        self.sums[path] = self.writer.add_bytes(f"{self.name}/{path}", content)

    def _file(self, file: ListedFile) -> Sums:
        """Add one file of the project, reading it only where nothing is known of it."""
        is_meta = file.packed.startswith(f"{RUNS}/") and file.packed.endswith(f"/{_META}")
        known = None if is_meta else self.cache.known(file.packed, file.stamp)
        if known is not None and not known.cleaned:
            sums = self._copied(file, known)
            if sums is not None:
                self.visible += from_notes(file.packed, known.notes)
                return sums
        since_ns = self.cache.now_ns()
        known = self._recording(file) if is_meta else self._streamed(file)
        _unchanged(file)
        self.read_bytes += file.stamp.size
        self.cache.learn(file.packed, file.stamp, known, since_ns)
        self.visible += from_notes(file.packed, known.notes)
        return known.sums

    def _copied(self, file: ListedFile, known: Known) -> Sums | None:
        """Copy a file that has not changed; None where it did so meanwhile."""
        with file.path.open("rb", buffering=0) as source:
            try:
                self.writer.add_known(self._place(file), source.fileno(), known.sums)
            except SizeChangedError:
                self.writer.take_back()
                return None
        if Stamp.of(file.path.stat()) == file.stamp:
            return known.sums
        self.writer.take_back()
        return None

    def _recording(self, file: ListedFile) -> Known:
        data = file.path.read_bytes()
        self._note_run(file, data)
        return Known(self.writer.add_bytes(self._place(file), data), cleaned=False)

    def _streamed(self, file: ListedFile) -> Known:
        place = self._place(file)
        with open_source(file.path) as source:
            picture = clean_picture(source)
            clean = picture is not None and picture.removed and not self.wanted.keep_photo_data
            pieces, size = read_pieces(file.path), file.stamp.size
            if picture is not None and clean:
                pieces, size = picture.pieces(source), picture.size
            try:
                sums = self.writer.add(place, pieces, size)
            except SizeChangedError as error:
                raise FileChangingError(path=file.path) from error
            if picture is not None:
                notes = of_picture(file.packed, picture, removed=clean)
            else:
                notes = look_into(file.packed, source)
        return Known(sums, clean, as_notes(notes))

    def _note_run(self, file: ListedFile, data: bytes) -> None:
        folder = file.packed.rpartition("/")[0]
        try:
            self.runs.append(CrateRun(folder, decode_meta(data, file.path)))
        except RecordingMetaError:
            return  # it travels as a file; `check` and `verify` name it

    def _place(self, file: ListedFile) -> str:
        return f"{self.name}/{bag.PAYLOAD}{file.packed}"


def _unchanged(file: ListedFile) -> None:
    if Stamp.of(file.path.stat()) != file.stamp:
        raise FileChangingError(path=file.path)
