"""`project verify`: one command for the judge, who trusts nothing in the file."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stemkit.actions.projects.errors import PackageDoubtedError, PackageIsFolderError
from stemkit.actions.projects.verify_bag import check_intact
from stemkit.actions.projects.verify_complete import check_complete, read_packed_project
from stemkit.actions.projects.verify_people import check_people
from stemkit.actions.projects.verify_program import check_program
from stemkit.actions.projects.verify_runs import check_data, check_provenance, recordings_below
from stemkit.errors import MissingFileError, StemkitError
from stemkit.events import (
    BoardFailed,
    BoardFinished,
    BoardStarted,
    Sink,
    StepAdvanced,
    StepStarted,
    silent,
)
from stemkit.formats import bag
from stemkit.formats.archive_errors import ArchiveDamagedError, ArchiveUnsafeError
from stemkit.formats.errors import DataFileError
from stemkit.model.project import PROJECT_FILE, RUNS, Project
from stemkit.model.verdict import CHECKS, Answer, Check, Verdict
from stemkit.storage import atomic
from stemkit.storage.package_reader import Package, open_package
from stemkit.words import N_, ntr, tr

_TOLD_EVERY_BYTES = 8 << 20


@dataclass(frozen=True, slots=True)
class VerifyWanted:
    """How a package is to be verified."""

    contest: str = ""
    """A profile that goes before the one that the project names."""
    run: bool = True
    """Whether its program may be run on a virtual board."""
    run_anyway: bool = False
    """Also on a system that cannot shut it off from the computer."""


def verify(path: Path, wanted: VerifyWanted | None = None, events: Sink = silent) -> Verdict:
    """Ask all questions; what is wrong with the package is an answer, not an error.

    Raises MissingFileError, PackageIsFolderError, PermissionDeniedError, DiskFullError.
    """
    wanted = wanted or VerifyWanted()
    if path.is_dir():
        raise PackageIsFolderError(path=path)
    if not path.is_file():
        raise MissingFileError(path=path)
    began_s = time.monotonic()
    events(BoardStarted(path.name))
    events(StepStarted(path.name, N_("reading"), path.stat().st_size))
    try:
        with open_package(path, _telling(path.name, events)) as package:
            verdict = _judged(package, wanted, events)
    except (ArchiveUnsafeError, bag.BagBrokenError) as error:
        verdict = _unread(error, unsafe=True)
    except ArchiveDamagedError as error:
        verdict = _unread(error, unsafe=False)
    took_s = time.monotonic() - began_s
    if verdict.ok:
        events(BoardFinished(path.name, N_("done looking"), took_s))
    else:
        events(BoardFailed(path.name, PackageDoubtedError(), took_s))
    return verdict


def _telling(name: str, events: Sink) -> Callable[[int], None]:
    told = 0

    def advanced(done: int) -> None:
        nonlocal told
        if done - told >= _TOLD_EVERY_BYTES:
            told = done
            events(StepAdvanced(name, done))

    return advanced


def _unread(error: StemkitError, *, unsafe: bool) -> Verdict:
    """The answers where the archive is refused: nothing in it was looked at."""
    nothing = tr(N_("Not looked at: the file itself is refused."))
    found = {name: Check(name, Answer.UNKNOWN, nothing) for name in CHECKS}
    refused = "safe" if unsafe else "intact"
    found[refused] = Check(refused, Answer.NO, error.told())
    return Verdict("", "", tuple(found.values()))


def _judged(package: Package, wanted: VerifyWanted, events: Sink) -> Verdict:
    name = package.path.name
    n = len(package.files)
    safe = ntr("{n} file, and nothing in it can do harm.",
               "{n} files, and nothing in them can do harm.", n)  # fmt: skip
    checks = [Check("safe", Answer.YES, safe), check_intact(package)]
    signed, timestamped = check_people(package)
    identity = ""
    if bag.TAG_MANIFEST in package.files:
        identity = hashlib.sha256(package.read(bag.TAG_MANIFEST)).hexdigest()
    try:
        project: Project | None = read_packed_project(package)
        why = ""
    except DataFileError as error:
        project, why = None, error.told()
    except KeyError:
        project, why = None, tr(N_("“{path}” is missing."), path=PROJECT_FILE)
    events(StepStarted(name, N_("looking at the recordings")))
    if project is None:
        checks.append(Check("complete", Answer.NO, why))
        project = Project(title="")
    else:
        checks.append(check_complete(package, project, wanted.contest))
    checks += [signed, timestamped]
    with tempfile.TemporaryDirectory(prefix="stemkit-verify-") as temporary:
        folder = Path(temporary)
        with atomic.told(folder):
            _unpack(package, project, folder)
            recordings = recordings_below(folder)
            checks += [check_provenance(recordings), check_data(recordings)]
            if wanted.run:
                events(StepStarted(name, N_("running the program")))
                checks.append(check_program(folder, project, recordings, anyway=wanted.run_anyway))
            else:
                text = tr(N_("It was not run, because --no-run was given."))
                checks.append(Check("program", Answer.UNKNOWN, text))
    return Verdict(identity, project.title, tuple(checks))


def _unpack(package: Package, project: Project, folder: Path) -> None:
    """What the last checks need: recordings and program, below a folder that goes away."""
    prefixes = {f"{RUNS}/", f"{project.program.folder}/"}
    if project.program.scenario:
        prefixes.add(project.program.scenario)
    for prefix in sorted(prefixes):
        if not any(prefix != other and prefix.startswith(other) for other in prefixes):
            package.unpack(prefix, folder)
