"""`project show`: a project, or a package, as a page, a report, a poster."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.actions.projects.contests import find_contest
from stemkit.actions.projects.errors import PageThereError
from stemkit.actions.projects.report import (
    project_page,
    project_poster,
    project_report,
    text_sizes,
)
from stemkit.actions.projects.verify_complete import read_packed_project
from stemkit.actions.projects.verify_people import check_people
from stemkit.formats.plain_names import plain_name
from stemkit.formats.report import Report, report_html, report_typst
from stemkit.model.contest import PageSetup
from stemkit.model.project import Project
from stemkit.storage import atomic
from stemkit.storage.package_reader import open_package
from stemkit.storage.project_folder import read_project

PAGE, REPORT, POSTER = "page", "report", "poster"
_POSTER: Final = PageSetup(paper="A1", text_pt=30.0, most_pages=1)


@dataclass(frozen=True, slots=True)
class ShowWanted:
    """What is to be made."""

    kinds: Sequence[str] = (PAGE,)
    """`page`, `report`, `poster`."""
    pdf: bool = False
    """As PDF, not HTML (the page is always HTML)."""
    to: Path | None = None
    """A folder; None: the one that the project or package is in."""
    contest: str = ""
    force: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that was written."""

    path: Path
    kind: str
    pages: int
    """Of a PDF; 0 for HTML."""
    most_pages: int | None
    """How many the contest allows."""


def show(path: Path, wanted: ShowWanted) -> list[Shown]:
    """Make the pages of a project's folder or of a package.

    Everything is made before anything is written. Raises NoProjectError, DataFileError,
    ArchiveDamagedError, ArchiveUnsafeError, PageThereError, ExportPartMissingError, TypesetError.
    """
    with _opened(path) as (folder, project, signatures):
        setups = _setups(folder, project, wanted.contest)
        made = [_made(folder, project, signatures, setups, kind, wanted) for kind in wanted.kinds]
    home = wanted.to or path.resolve().parent
    name = plain_name(path.resolve().stem if path.is_file() else path.resolve().name)
    shown = []
    for kind, ending, data, pages in made:
        target = home / (f"{name}{ending}" if kind == PAGE else f"{name}-{kind}{ending}")
        if target.exists() and not wanted.force:
            raise PageThereError(path=target)
        most = setups[kind].most_pages if kind in setups else None
        shown.append((Shown(target, kind, pages, most), data))
    for one, data in shown:
        atomic.write_bytes(one.path, data)
    return [one for one, _ in shown]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[tuple[Path, Project, list[str]]]:
    """A folder with the project, its `project.toml`, and sentences about who signed."""
    if not path.is_file():
        yield path.resolve(), read_project(path), []
        return
    with open_package(path) as package, tempfile.TemporaryDirectory(prefix="stemkit-") as temporary:
        folder = Path(temporary)
        with atomic.told(folder):
            package.unpack("", folder)
        signed, timestamped = check_people(package)
        told = [*(signed.evidence or (signed.detail,)), timestamped.detail]
        yield folder, read_packed_project(package), told


def _setups(folder: Path, project: Project, contest: str) -> dict[str, PageSetup]:
    name = contest or project.contest

    def in_project(path: str) -> bytes | None:
        target = folder / path
        return target.read_bytes() if target.is_file() and folder in target.parents else None

    if not name:
        return {REPORT: PageSetup(), POSTER: _POSTER}
    profile = find_contest(name, in_project)
    poster = profile.poster if profile.poster != PageSetup() else _POSTER
    return {REPORT: profile.report, POSTER: poster}


def _made(
    folder: Path,
    project: Project,
    signatures: Sequence[str],
    setups: dict[str, PageSetup],
    kind: str,
    wanted: ShowWanted,
) -> tuple[str, str, bytes, int]:
    """Kind, ending, contents, and pages of a PDF."""
    if kind == PAGE:
        return kind, ".html", report_html(project_page(folder, project, signatures)), 0
    make = project_report if kind == REPORT else project_poster
    report = make(folder, project, setups[kind])
    if not wanted.pdf:
        return kind, ".html", report_html(report), 0
    data, pages = _pdf(report, shrink=kind == POSTER)
    return kind, ".pdf", data, pages


def _pdf(report: Report, *, shrink: bool) -> tuple[bytes, int]:
    """The PDF and its pages; a poster's letters become smaller until it fits."""
    from stemkit.export.typeset import TEXT_FONT, to_pdf
    from stemkit.formats.pdf import read_pdf

    most = report.setup.most_pages or 1
    data, pages = b"", 0
    # A poster's letters may be larger than wanted, where there is room.
    for size in text_sizes(report.setup.text_pt * (1.8 if shrink else 1.0)):
        data = to_pdf(report_typst(report, TEXT_FONT, size), report.pictures)
        found = read_pdf(data)
        pages = len(found.pages) if found else 0
        if not shrink or pages <= most:
            break
    return data, pages
