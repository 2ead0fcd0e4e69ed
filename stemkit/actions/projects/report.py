"""The texts of a project's page, report and poster, with what its recordings show."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Final

from stemkit.actions.projects.verify_runs import recordings_below
from stemkit.actions.readings.channels import ChannelBook
from stemkit.actions.readings.sources import recorded_items
from stemkit.analysis.statistics import Running
from stemkit.errors import StemkitError
from stemkit.export.thin import envelope
from stemkit.formats.archive import BytesSource
from stemkit.formats.archive_names import unsafe_name
from stemkit.formats.markdown import blocks, pictures, plain
from stemkit.formats.pictures import clean_picture
from stemkit.formats.plot_svg import Line, plot_svg
from stemkit.formats.report import PICTURE_TYPES, Report
from stemkit.model.contest import PageSetup
from stemkit.model.project import POSTER, PROJECT_FILE, REPORT, Project
from stemkit.model.reading import Readings
from stemkit.storage.recordings import RecordingFolder
from stemkit.words import N_, translation

_RUNS: Final = "{runs}"
_PARTS: Final = 700
_MOST_PLOTS: Final = 12
MOST_PICTURE_BYTES: Final = 8 << 20
"""A larger picture is shown nowhere."""


@dataclass
class _Text:
    """A text in Markdown while it is put together, in the project's language."""

    language: str
    rows: list[str] = field(default_factory=list)
    pictures: dict[str, bytes] = field(default_factory=dict)

    def say(self, message: str, **fields: object) -> str:
        """A marked sentence."""
        return translation(message, self.language).format_map(fields)

    def heading(self, level: int, text: str) -> None:
        """A heading of any words."""
        self.rows += ["", f"{'#' * level} {plain(text)}", ""]

    def table(self, head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """A table of any words."""
        self.rows += ["", _row(head), _row(["---"] * len(head), raw=True)]
        self.rows += [_row(row) for row in rows] + [""]

    def number(self, value: float) -> str:
        """A number as the language writes it."""
        text = f"{value:.4g}"
        return text.replace(".", ",") if self.language == "vi" else text


def project_page(
    folder: Path, project: Project, signatures: Sequence[str], warning: str = ""
) -> Report:
    """All about an unpacked project on one page; `signatures` are sentences about who signed.

    `warning` says why it is not to be trusted, and stands first.
    """
    text = _begun(project, warning)
    facts = _facts(project, text)
    if facts:
        text.rows += ["", "| | |", "| --- | --- |", *map(_row, facts), ""]
    _add_runs(folder, text, 2)
    if project.parts:
        text.heading(2, text.say(N_("Parts")))
        text.table(
            [text.say(N_("Part")), text.say(N_("Number")), text.say(N_("Source"))],
            [[part.name, str(part.count), part.source] for part in project.parts],
        )
    program = folder / project.program.folder / "main.py"
    if program.is_file() and program.stat().st_size < 100_000:
        text.heading(2, text.say(N_("Program")))
        code = program.read_text("utf-8", "replace")
        text.rows += ["", "~~~~~~python", code.replace("~~~~~~", "~~~~~"), "~~~~~~", ""]
    if signatures:
        text.heading(2, text.say(N_("Signatures")))
        text.rows += [f"- {plain(signature)}" for signature in signatures]
    return _finished(project, text)


def project_report(folder: Path, project: Project, setup: PageSetup, warning: str = "") -> Report:
    """`report/report.md` with the recordings where it says `{runs}`, or behind it."""
    return replace(_written(folder, project, f"{REPORT}/report.md", warning), setup=setup)


def project_poster(folder: Path, project: Project, setup: PageSetup, warning: str = "") -> Report:
    """`poster/poster.md` in columns on one page."""
    found = _written(folder, project, f"{POSTER}/poster.md", warning)
    return replace(found, setup=setup, columns=3 if setup.landscape else 2)


def _begun(project: Project, warning: str) -> _Text:
    text = _Text(project.language)
    text.heading(1, project.title)
    if warning:
        told = text.say(N_("This package is not as it was packed: {reason}"), reason=warning)
        text.rows += [f"> **⚠ {plain(told)}**", ""]
    return text


def _finished(project: Project, text: _Text) -> Report:
    people = [person.shown for person in project.members]
    joined = "\n".join(text.rows)
    return Report(project.title, project.language, people, blocks(joined), text.pictures)


def _written(folder: Path, project: Project, name: str, warning: str) -> Report:
    text = _begun(project, warning)
    people = ", ".join(person.shown for person in project.members)
    under = " · ".join(one for one in (people, project.club, project.date) if one)
    if under:
        text.rows += [plain(under), ""]
    path = folder / name
    own = path.read_text("utf-8", "replace") if path.is_file() else ""
    before, mark, behind = own.partition(_RUNS)
    text.rows += [before, ""]
    _add_runs(folder, text, 3 if mark else 2)
    text.rows += ["", behind]
    _add_pictures(folder, PurePosixPath(name).parent, own, text)
    return _finished(project, text)


def _facts(project: Project, text: _Text) -> list[list[str]]:
    rows = {
        N_("Question"): project.question,
        N_("Team"): ", ".join(person.shown for person in project.members),
        N_("Supervisors"): ", ".join(person.shown for person in project.supervisors),
        N_("Club"): project.club,
        N_("Board"): project.board,
        N_("Day"): project.date,
        N_("Terms of use"): project.licence,
    }
    return [[text.say(name), value] for name, value in rows.items() if value]


def _add_runs(folder: Path, text: _Text, level: int) -> None:
    for number, recording in enumerate(recordings_below(folder), 1):
        try:
            _add_run(recording, number, text, level)
        except (StemkitError, OSError, ValueError) as error:
            text.heading(level, recording.name)
            text.rows.append(plain(str(error)))


def _add_run(recording: RecordingFolder, number: int, text: _Text, level: int) -> None:
    meta = recording.meta()
    text.heading(level, meta.name)
    begun = meta.started.replace("T", " ")[:16]
    told = text.say(
        N_("Started {begun}, {seconds} s, {rows} readings."),
        begun=begun,
        seconds=text.number(meta.totals.seconds),
        rows=meta.totals.rows,
    )
    text.rows += [plain(told), ""]
    channels = _channels(recording)
    book = ChannelBook.of(meta)
    rows = [
        [label if len(lines) == 1 else f"{label} ({board})", book.known(board, label).unit,
         str(count), *map(text.number, numbers)]
        for label, lines in channels.items()
        for board, _, (count, *numbers) in lines
    ]  # fmt: skip
    head = (N_("Channel"), N_("Unit"), N_("Readings"), N_("Lowest"), N_("Mean"), N_("Highest"))
    if rows:
        text.table([text.say(name) for name in head], rows)
    for place, (y_title, svg) in enumerate(_drawn(channels, book, text)):
        if len(text.pictures) >= _MOST_PLOTS:
            return
        name = f"plot-{number}-{place}.svg"
        text.pictures[name] = svg
        text.rows += ["", f"![{_caption(f'{meta.name}: {y_title}')}]({name})", ""]


def run_plots(folder: Path, language: str) -> list[tuple[str, bytes]]:
    """What a recording shows: title and picture (SVG) of each channel; none where it cannot be
    read. The same recording gives the same bytes everywhere."""
    recording = RecordingFolder(folder)
    try:
        book = ChannelBook.of(recording.meta())
        drawn = _drawn(_channels(recording), book, _Text(language))
        return list(islice(drawn, _MOST_PLOTS))
    except (StemkitError, OSError, ValueError):
        return []


def _drawn(
    channels: Mapping[str, list[_Channel]], book: ChannelBook, text: _Text
) -> Iterator[tuple[str, bytes]]:
    """Title and picture of each channel that has readings."""
    for label, lines in channels.items():
        drawn = [line for _, line, (count, *_) in lines if count]
        if drawn:
            unit = book.unit_of_all(label, [board for board, *_ in lines])
            y_title = f"{label} ({unit})" if unit else label
            decimal = "," if text.language == "vi" else "."
            yield y_title, plot_svg(drawn, text.say(N_("Time (s)")), y_title, decimal)


_Channel = tuple[str, Line, tuple[int, float, float, float]]


def _channels(recording: RecordingFolder) -> Mapping[str, list[_Channel]]:
    """Label -> board, line, and (number, lowest, mean, highest)."""
    found: dict[tuple[str, str], tuple[array[float], array[float]]] = {}
    for item in recorded_items(recording):
        if isinstance(item, Readings):
            for label, column in zip(item.labels, item.columns, strict=True):
                times, values = found.setdefault((label, item.board), (array("d"), array("d")))
                times.extend(item.t_s)
                values.extend(column)
    channels: dict[str, list[_Channel]] = {}
    for (label, board), (times, values) in found.items():
        running = Running()
        running.take(values)
        result = running.result()
        xs, ys = envelope(times, values, _PARTS)
        numbers = (result.n, result.low, result.mean, result.high)
        if any(map(math.isfinite, ys)):
            channels.setdefault(label, []).append((board, Line(board, xs, ys), numbers))
    return channels


def _add_pictures(folder: Path, beside: PurePosixPath, own: str, text: _Text) -> None:
    """The pictures that the text names, without what a camera wrote into them."""
    for name in pictures(blocks(own)):
        where = _inside(beside, name)
        if where is None or PurePosixPath(where).suffix.lower() not in PICTURE_TYPES:
            continue
        path = folder / where
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_PICTURE_BYTES:
            continue
        source = BytesSource(path.read_bytes())
        clean = clean_picture(source)
        pieces = clean.pieces(source) if clean else [source.read(0, source.size)]
        text.pictures[name] = b"".join(pieces)


def _inside(beside: PurePosixPath, name: str) -> str | None:
    """The path of a picture in the project, or None where it would lead out of it."""
    parts: list[str] = []
    for part in (*beside.parts, *PurePosixPath(name).parts):
        if part == "..":
            if not parts:
                return None
            parts.pop()
        elif part != ".":
            parts.append(part)
    path = "/".join(parts)
    return path if path and path != PROJECT_FILE and unsafe_name(path) is None else None


def _row(cells: Sequence[str], *, raw: bool = False) -> str:
    return "| " + " | ".join(cell if raw else plain(cell) or "–" for cell in cells) + " |"


def _caption(text: str) -> str:
    """A picture's words: what Markdown could take for a sign is left out."""
    return " ".join("".join(" " if c in "[]\\*_`<>&!" else c for c in text).split())


def text_sizes(first_pt: float) -> Iterator[float]:
    """Sizes to try, from the wanted one down, until a text fits its pages."""
    size = first_pt
    while size >= max(6.0, first_pt * 0.45):
        yield round(size, 1)
        size *= 0.92
