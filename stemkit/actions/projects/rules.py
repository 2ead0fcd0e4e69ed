"""A project against a contest's rules: everything that is missing, at once."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Final

from stemkit.formats.archive_directory import Source
from stemkit.formats.archive_names import shown
from stemkit.formats.contest import PAPERS
from stemkit.formats.film import ENDINGS as FILMS
from stemkit.formats.film import read_film
from stemkit.formats.pdf import Pdf, read_pdf
from stemkit.model.contest import Bounds, Contest, Needs, Rule
from stemkit.model.project import RUNS, Project
from stemkit.words import N_, current_language, tr

_MOST_BYTES: Final = 64 << 20
"""Texts and PDFs that are larger are not looked into."""
_PAPER_TOLERANCE_MM: Final = 3.0
_WORD: Final = re.compile(r"\w[\w'’-]*")


@dataclass(frozen=True, slots=True)
class Contents:
    """What a project consists of, on the disk or in a package."""

    project: Project
    sizes: Mapping[str, int]
    """Path in the package -> bytes."""
    opened: Callable[[str], AbstractContextManager[Source]]
    """Opens one of these files."""
    signatures: int | None = None
    """Of the package; None where there is none yet."""
    untouched: frozenset[str] = frozenset()
    """Texts that nobody has written yet: they are as `project new` made them."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A rule that is not kept, in the current language."""

    rule: Rule
    what: str
    why: str
    do: str


def misses(contest: Contest, contents: Contents) -> list[Miss]:
    """Every rule that is not kept, in the profile's order; optional ones among them."""
    language = current_language()
    return [
        Miss(rule, rule.what.told(language), why, rule.do.told(language))
        for rule in contest.rules
        for why in _JUDGES[rule.needs](rule, contents)
    ]


def _files(rule: Rule, contents: Contents) -> Iterator[str]:
    found = [
        path
        for path in contents.sizes
        if any(fnmatch.fnmatchcase(path.lower(), pattern.lower()) for pattern in rule.files)
    ]
    written = [path for path in found if path not in contents.untouched]
    if found and not written:
        yield nothing_written(found[0])
    else:
        yield from _number(rule, len(written), " / ".join(rule.files))
    for path in written:
        size = contents.sizes[path]
        most = rule.bounds.most_bytes
        if most is not None and size > most:
            yield tr(N_("{path} has {n} bytes; at most {most} are allowed"),
                     path=shown(path), n=size, most=most)  # fmt: skip
        yield from _inside(path, rule.bounds, contents)


def nothing_written(path: str) -> str:
    """That a text still is the template's."""
    return tr(N_("{path} is as it was made: nothing is written there yet"), path=shown(path))


def _number(rule: Rule, n: int, what: str, nothing: str = "") -> Iterator[str]:
    if n < rule.least and rule.least == 1:
        yield nothing or tr(N_("there is no {what}"), what=what)
    elif n < rule.least:
        yield tr(N_("{n} of {what}; at least {least} are needed"), n=n, what=what, least=rule.least)
    if rule.most is not None and n > rule.most:
        yield tr(N_("{n} of {what}; at most {most} are allowed"), n=n, what=what, most=rule.most)


def _inside(path: str, bounds: Bounds, contents: Contents) -> Iterator[str]:
    name = path.lower()
    if name.endswith(FILMS) and bounds.most_seconds is not None:
        with contents.opened(path) as source:
            film = read_film(source)
        if film is None:
            yield tr(N_("how long {path} lasts cannot be read"), path=shown(path))
        elif film.seconds > bounds.most_seconds + 0.5:
            yield tr(N_("{path} lasts {n} s; at most {most} s are allowed"),
                     path=shown(path), n=f"{film.seconds:.0f}",
                     most=f"{bounds.most_seconds:.0f}")  # fmt: skip
    if contents.sizes[path] > _MOST_BYTES:
        return
    if name.endswith(".pdf") and (bounds.most_pages or bounds.paper or bounds.landscape):
        with contents.opened(path) as source:
            pdf = read_pdf(source)
        if pdf is None:
            yield tr(N_("{path} cannot be read as a PDF"), path=shown(path))
        else:
            yield from _pages(path, pdf, bounds)
    if name.endswith((".md", ".txt")) and bounds.most_words is not None:
        with contents.opened(path) as source:
            words = len(_WORD.findall(source.read(0, source.size).decode("utf-8", "replace")))
        if words > bounds.most_words:
            yield tr(N_("{path} has {n} words; at most {most} are allowed"),
                     path=shown(path), n=words, most=bounds.most_words)  # fmt: skip


def _pages(path: str, pdf: Pdf, bounds: Bounds) -> Iterator[str]:
    if bounds.most_pages is not None and len(pdf.pages) > bounds.most_pages:
        yield tr(N_("{path} has {n} pages; at most {most} are allowed"),
                 path=shown(path), n=len(pdf.pages), most=bounds.most_pages)  # fmt: skip
    if bounds.landscape is not None:
        wrong = [n for n, (w, h) in enumerate(pdf.pages, 1) if (w > h) is not bounds.landscape]
        if wrong:
            message = (
                N_("page {page} of {path} is upright; the contest wants landscape")
                if bounds.landscape
                else N_("page {page} of {path} is landscape; the contest wants it upright")
            )
            yield tr(message, page=wrong[0], path=shown(path))
    if bounds.paper:
        wanted = sorted(PAPERS[bounds.paper])
        for number, page in enumerate(pdf.pages, 1):
            apart = (abs(a - b) for a, b in zip(sorted(page), wanted, strict=True))
            if max(apart) > _PAPER_TOLERANCE_MM:
                yield tr(
                    N_("page {page} of {path} is {width} × {height} mm, not {paper}"),
                    page=number,
                    path=shown(path),
                    width=f"{page[0]:.0f}",
                    height=f"{page[1]:.0f}",
                    paper=bounds.paper,
                )
                return


def _field(rule: Rule, contents: Contents) -> Iterator[str]:
    project = contents.project
    value = project.supervisors if rule.field == "supervisor" else getattr(project, rule.field)
    if not value:
        yield tr(N_("“{field}” in project.toml is empty"), field=rule.field)


def _people(rule: Rule, contents: Contents) -> Iterator[str]:
    nothing = tr(N_("there are no team members in project.toml"))
    what = tr(N_("team members (project.toml)"))
    yield from _number(rule, len(contents.project.members), what, nothing)


def _recordings(rule: Rule, contents: Contents) -> Iterator[str]:
    start, end = f"{RUNS}/", "/meta.json"
    n = sum(path.startswith(start) and path.endswith(end) for path in contents.sizes)
    nothing = tr(N_("there are no recordings in runs/"))
    yield from _number(rule, n, tr(N_("recordings (runs/)")), nothing)


def _signatures(rule: Rule, contents: Contents) -> Iterator[str]:
    if contents.signatures is not None:
        what, nothing = tr(N_("signatures on the package")), tr(N_("nobody signed the package"))
        yield from _number(rule, contents.signatures, what, nothing)


_JUDGES: Final[Mapping[Needs, Callable[[Rule, Contents], Iterator[str]]]] = {
    Needs.FILE: _files,
    Needs.FIELD: _field,
    Needs.PEOPLE: _people,
    Needs.RECORDING: _recordings,
    Needs.SIGNATURE: _signatures,
}
