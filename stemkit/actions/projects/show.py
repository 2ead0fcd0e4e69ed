"""`project show`: a project, or a package, as a page, a report, a poster."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

from stemkit.actions.projects.contests import find_contest
from stemkit.actions.projects.errors import PageThereError
from stemkit.actions.projects.report import (
    MOST_PICTURE_BYTES,
    project_page,
    project_poster,
    project_report,
    text_sizes,
)
from stemkit.actions.projects.verify_bag import check_intact, packed_names
from stemkit.actions.projects.verify_complete import read_packed_project
from stemkit.actions.projects.verify_people import check_people
from stemkit.formats.archive import BytesSource
from stemkit.formats.archive_names import unsafe_name
from stemkit.formats.markdown_typst import quoted
from stemkit.formats.pdf import read_pdf
from stemkit.formats.plain_names import plain_name
from stemkit.formats.report import (
    PICTURE_TYPES,
    Report,
    report_html,
    report_typst,
    typst_files,
)
from stemkit.model.contest import PageSetup
from stemkit.model.project import RUNS, Project
from stemkit.model.verdict import Answer
from stemkit.storage import atomic
from stemkit.storage.package_reader import Package, open_package
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
    left_out: tuple[str, ...] = ()
    """Pictures that cannot be shown, as the text names them."""


@dataclass(frozen=True, slots=True)
class _Opened:
    """A project that can be looked at, and what is to be said of the package that it is from."""

    folder: Path
    project: Project
    signatures: tuple[str, ...] = ()
    """Sentences about who signed."""
    warning: str = ""
    """Why the package is not to be trusted."""


@dataclass(frozen=True, slots=True)
class _Made:
    kind: str
    ending: str
    data: bytes
    pages: int = 0
    """Of a PDF."""
    left_out: tuple[str, ...] = ()


def show(path: Path, wanted: ShowWanted) -> list[Shown]:
    """Make the pages of a project's folder or of a package.

    Everything is made before anything is written. Raises NoProjectError, DataFileError,
    ArchiveDamagedError, ArchiveUnsafeError, PageThereError, ExportPartMissingError, TypesetError.
    """
    with _opened(path) as opened:
        setups = _setups(opened.folder, opened.project, wanted.contest)
        made = [_made(opened, setups, kind, wanted) for kind in wanted.kinds]
    home = wanted.to or path.resolve().parent
    name = plain_name(path.resolve().stem if path.is_file() else path.resolve().name)
    shown = []
    for one in made:
        kind = one.kind
        target = home / (f"{name}{one.ending}" if kind == PAGE else f"{name}-{kind}{one.ending}")
        if target.exists() and not wanted.force:
            raise PageThereError(path=target)
        most = setups[kind].most_pages if kind in setups else None
        shown.append((Shown(target, kind, one.pages, most, one.left_out), one.data))
    for page, data in shown:
        atomic.write_bytes(page.path, data)
    return [page for page, _ in shown]


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[_Opened]:
    if not path.is_file():
        yield _Opened(path.resolve(), read_project(path))
        return
    with open_package(path) as package, tempfile.TemporaryDirectory(prefix="stemkit-") as temporary:
        folder = Path(temporary)
        with atomic.told(folder):
            package.unpack("", folder, leave_out=_not_shown)
            _as_people_call_them(package, folder)
        intact = check_intact(package)
        signed, timestamped = check_people(package)
        told = (intact.detail, *(signed.evidence or (signed.detail,)), timestamped.detail)
        warning = "" if intact.answer is Answer.YES else intact.detail
        yield _Opened(folder, read_packed_project(package), told, warning)


def _not_shown(path: str, size: int) -> bool:
    """Films and the like, which no page shows."""
    return size > MOST_PICTURE_BYTES and not path.startswith(f"{RUNS}/")


def _as_people_call_them(package: Package, folder: Path) -> None:
    """Pictures under the names that the texts use, too: a package has them under plain ones."""
    for plain, name in packed_names(package).items():
        target = folder / name
        ending = PurePosixPath(name).suffix.lower()
        if ending not in PICTURE_TYPES or unsafe_name(name) is not None or target.exists():
            continue
        if (folder / plain).is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / plain, target)


def _setups(folder: Path, project: Project, contest: str) -> dict[str, PageSetup]:
    name = contest or project.contest

    def in_project(path: str) -> bytes | None:
        target = folder / path
        return target.read_bytes() if target.is_file() and folder in target.parents else None

    if not name:
        return {REPORT: PageSetup(), POSTER: _POSTER}
    profile = find_contest(name, in_project, typed=bool(contest))
    poster = profile.poster if profile.poster != PageSetup() else _POSTER
    return {REPORT: profile.report, POSTER: poster}


def _made(opened: _Opened, setups: dict[str, PageSetup], kind: str, wanted: ShowWanted) -> _Made:
    folder, project = opened.folder, opened.project
    if kind == PAGE:
        page = project_page(folder, project, opened.signatures, opened.warning)
        return _Made(kind, ".html", report_html(page))
    make = project_report if kind == REPORT else project_poster
    report = make(folder, project, setups[kind], opened.warning)
    if not wanted.pdf:
        return _Made(kind, ".html", report_html(report))
    return _pdf(report, kind)


def _pdf(report: Report, kind: str) -> _Made:
    """The PDF; a poster's letters become smaller until it fits."""
    from stemkit.export.errors import TypesetError
    from stemkit.export.typeset import TEXT_FONT, to_pdf

    def made(report: Report, size: float) -> _Made:
        data = to_pdf(report_typst(report, TEXT_FONT, size), typst_files(report))
        found = read_pdf(BytesSource(data))
        return _Made(kind, ".pdf", data, len(found.pages) if found else 0, left_out)

    most = report.setup.most_pages or 1
    left_out: tuple[str, ...] = ()
    # A poster's letters may be larger than wanted, where there is room.
    sizes = text_sizes(report.setup.text_pt * (1.8 if kind == POSTER else 1.0))
    first = next(sizes)
    try:
        page = made(report, first)
    except TypesetError:
        left_out = _broken(report)
        if not left_out:
            raise
        good = {name: data for name, data in report.pictures.items() if name not in left_out}
        report = replace(report, pictures=good)
        page = made(report, first)
    while kind == POSTER and page.pages > most and (size := next(sizes, 0.0)):
        page = made(report, size)
    return page


def _broken(report: Report) -> tuple[str, ...]:
    """The pictures that cannot be set, each tried alone."""
    from stemkit.export.errors import TypesetError
    from stemkit.export.typeset import to_pdf

    broken = []
    for name, (path, data) in zip(report.pictures, typst_files(report).items(), strict=True):
        try:
            to_pdf(f"#image({quoted(path)})", {path: data})
        except TypesetError:
            broken.append(name)
    return tuple(broken)
