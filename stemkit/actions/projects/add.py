"""`project add`: copies of recordings, in a project."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from stemkit.formats.plain_names import plain_name
from stemkit.model.project import RUNS
from stemkit.model.recording import RecordingState
from stemkit.storage import atomic, places
from stemkit.storage.project_folder import read_project
from stemkit.storage.recordings import RecordingFolder, find_recording, recover
from stemkit.storage.recordings.errors import RecordingExistsError


def runs_folder(project: Path) -> Path:
    """Where a project keeps its recordings. Raises NoProjectError, DataFileError."""
    read_project(project)
    return project / RUNS


def add_recordings(names: Sequence[str], project: Path, *, force: bool = False) -> list[Path]:
    """Copy recordings into a project, all or none; returns their folders there.

    Raises NoProjectError, NoSuchRecordingError, RecordingExistsError, RecordingBusyError.
    """
    runs = runs_folder(project)
    found = [find_recording(places.recordings(), name) for name in names]
    for folder in found:
        if (runs / plain_name(folder.name)).exists() and not force:
            raise RecordingExistsError(name=plain_name(folder.name))
    with atomic.told(runs):
        runs.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".add-", dir=runs) as temporary:
            made = [_copied(folder, Path(temporary)) for folder in found]
            for path in made:
                target = runs / path.name
                if target.exists():
                    target.rename(Path(temporary) / f"{path.name}.old")
                path.rename(target)
    return [runs / path.name for path in made]


def _copied(folder: RecordingFolder, into: Path) -> Path:
    # Not while it is written: a copy of half a recording would look like a whole one.
    if folder.meta().state is RecordingState.RECORDING:
        recover(folder)
    target = into / plain_name(folder.name)
    shutil.copytree(folder.path, target, ignore=shutil.ignore_patterns(".*"))
    return target
