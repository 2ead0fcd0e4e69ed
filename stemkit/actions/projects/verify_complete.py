"""Is everything in a package that its contest asks for?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from stemkit.actions.projects.contests import find_contest
from stemkit.actions.projects.rules import Contents, misses
from stemkit.actions.projects.untouched import untouched
from stemkit.errors import StemkitError
from stemkit.formats.archive_directory import Source
from stemkit.formats.bag import PAYLOAD
from stemkit.formats.project import parse_project
from stemkit.model.project import PROJECT_FILE, Project
from stemkit.model.verdict import Answer, Check
from stemkit.storage.package_reader import SIGNATURES, Package
from stemkit.words import N_, current_language, ntr, tr


def read_packed_project(package: Package) -> Project:
    """`project.toml` of a package. Raises DataFileError, KeyError where there is none."""
    return parse_project(package.read(f"{PAYLOAD}{PROJECT_FILE}"), PROJECT_FILE)


def check_complete(package: Package, project: Project, contest: str = "") -> Check:
    """The files and facts that the contest of `project.toml`, or `contest`, asks for."""
    name = contest or project.contest
    if not name:
        return Check("complete", Answer.UNKNOWN, tr(N_("No contest is named, so nobody can tell.")))
    payload = package.payload

    def in_project(path: str) -> bytes | None:
        return package.read(f"{PAYLOAD}{path}") if path in payload else None

    try:
        profile = find_contest(name, in_project, typed=bool(contest))
        found = misses(profile, _contents(package, project))
    except StemkitError as error:
        return Check("complete", Answer.UNKNOWN, error.told())
    language = current_language()
    needed = [miss for miss in found if not miss.rule.optional]
    told = tuple(f"{miss.what}: {miss.why}" for miss in found)
    named = f"{profile.title.told(language)} {profile.year}"
    unverified = sum(not rule.verified for rule in profile.rules)
    if unverified:
        remark = ntr("{n} rule of this profile was not compared with its source.",
                     "{n} rules of this profile were not compared with their source.",
                     unverified)  # fmt: skip
        told = (*told, remark)
    if needed:
        detail = ntr("{contest}: {n} thing is missing.", "{contest}: {n} things are missing.",
                     len(needed), contest=named)  # fmt: skip
        return Check("complete", Answer.NO, detail, told)
    detail = tr(N_("{contest}: everything that is asked for is there."), contest=named)
    return Check("complete", Answer.YES, detail, told)


def _contents(package: Package, project: Project) -> Contents:
    payload = package.payload

    @contextmanager
    def opened(path: str) -> Iterator[Source]:
        yield _Member(package, payload[path].path)

    return Contents(
        project,
        {path: file.size for path, file in payload.items()},
        opened,
        sum(path.startswith(SIGNATURES) and path.endswith(".p7s") for path in package.files),
        untouched(project, payload, opened),
    )


class _Member:
    """A file of the package, read once it is asked for."""

    def __init__(self, package: Package, path: str) -> None:
        self._archive, self._path = package.archive, path
        self.size = package.archive.file(path).size

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes from `at`."""
        return self._archive.part(self._path, at, size)
