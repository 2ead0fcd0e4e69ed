"""`lesson results`: what a class's recordings say, a row for each student's board."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from stemkit.actions.lessons.judge import Seen, judge_recording
from stemkit.actions.library.errors import NoSuchLessonError
from stemkit.actions.library.lessons import LessonName, is_lesson_name, lesson_folder, read_lesson
from stemkit.errors import InputFileError, StemkitError
from stemkit.formats.lesson import parse_check
from stemkit.model.lesson import LessonCheck
from stemkit.model.lesson_names import CHECK
from stemkit.model.reading import Gap, Happening, Kind, Readings
from stemkit.model.recording import BoardRecord, RecordingMeta
from stemkit.model.results import Result
from stemkit.storage import atomic, places
from stemkit.storage.recordings import RecordingFolder, find_recording
from stemkit.storage.recordings.folder import is_recording
from stemkit.storage.recordings.playback import Playback
from stemkit.wire.harmless import harmless_text
from stemkit.words import N_, tr

# A stick may hold everything that somebody owns: a class's folders are not so deep.
_DEEPEST = 4


class NoRecordingsError(InputFileError):
    """A folder that was named holds no recording."""

    code = "no-recordings"
    message = N_("There is no recording in {path}.")
    remedy = N_("Name folders that recordings were copied into, or recordings of this computer.")


@dataclass(frozen=True, slots=True)
class Unread:
    """A recording that could not be read, and why."""

    path: Path
    error: StemkitError


@dataclass(frozen=True, slots=True)
class Results:
    """What a class has measured."""

    rows: Sequence[Result]
    """By code, then lesson, then time."""
    unread: Sequence[Unread] = field(default=())


def class_results(folders: Sequence[str], lesson: str = "") -> Results:
    """What is in recordings, and in folders of them, below one another.

    A student's code is what was typed when it was recorded (`watch --student`), else the name of
    the folder that was handed in, else the board's name. With `lesson` other lessons' recordings
    are left out, and those that name none are judged as it. Raises NoRecordingsError,
    NoSuchRecordingError, NoSuchLessonError; a recording that cannot be read is one of `unread`.
    """
    wanted = _known(lesson) if lesson else ""
    checks = _Checks()
    rows: list[Result] = []
    unread: list[Unread] = []
    for folder, code in _recordings(folders):
        try:
            rows += _read(folder, code, wanted, checks)
        except StemkitError as error:
            unread.append(Unread(folder.path, error))
    rows.sort(key=lambda row: (row.code, row.lesson, row.started, row.board))
    return Results(rows, unread)


def _known(lesson: str) -> str:
    found = read_lesson(lesson_folder(lesson))
    return f"{found.id}@{found.version}"


def _recordings(folders: Sequence[str]) -> Iterator[tuple[RecordingFolder, str]]:
    """Every recording once, and the code that the folder's name gives it."""
    seen: set[Path] = set()
    for name in folders:
        path = Path(name)
        found = list(_below(path)) if path.is_dir() else [(find_recording(_home(), name), "")]
        if not found:
            raise NoRecordingsError(path=path)
        for folder, code in found:
            if folder.path.resolve() not in seen:
                seen.add(folder.path.resolve())
                yield folder, code


def _home() -> Path:
    return places.recordings()


def _below(top: Path) -> Iterator[tuple[RecordingFolder, str]]:
    if is_recording(top):
        yield RecordingFolder(top), ""
        return
    for here, names, _ in os.walk(top):
        names.sort()
        depth = len(Path(here).relative_to(top).parts)
        for name in list(names):
            path = Path(here, name)
            if is_recording(path):
                parts = path.relative_to(top).parts
                yield RecordingFolder(path), parts[0] if len(parts) > 1 else ""
            if is_recording(path) or name.startswith(".") or depth >= _DEEPEST:
                names.remove(name)


def _read(folder: RecordingFolder, code: str, wanted: str, checks: _Checks) -> Iterator[Result]:
    meta = folder.meta()
    boards = _boards(folder)
    known = {board.name: board for board in meta.boards}
    for name, board in sorted(boards.items()):
        record = known.get(name, BoardRecord(name))
        lesson, _, version = _lesson_of(record, meta, wanted).partition("@")
        if wanted and lesson != wanted.partition("@")[0]:
            continue
        check = checks.find(lesson, version)
        verdicts = list(judge_recording(check, record.model, board.seen())) if check else []
        yield Result(
            code=harmless_text(meta.operator or code or name),
            lesson=lesson,
            version=version,
            recording=harmless_text(folder.name),
            board=harmless_text(name),
            started=harmless_text(meta.started),
            seconds=round(board.seconds, 1),
            samples=board.samples,
            lost=board.lost,
            damaged=board.damaged,
            channels=tuple(board.values.values),
            demands=len(verdicts),
            met=sum(not wrong for _, wrong in verdicts),
            problems=tuple(sentence for _, wrong in verdicts for sentence in wrong),
            remark="" if check or not lesson else tr(N_("This lesson is not on this computer.")),
        )


def _lesson_of(board: BoardRecord, meta: RecordingMeta, wanted: str) -> str:
    """`id@version`, as the board told it, else the recording, else as the teacher says."""
    for told in (board.lesson, meta.lesson):
        if is_lesson_name(told):
            return told
    return wanted


@dataclass
class _Board:
    """What one board of a recording sent."""

    values: Seen = field(default_factory=Seen)
    first_s: float = 0.0
    last_s: float = 0.0
    samples: int = 0
    lost: int = 0
    damaged: int = 0

    @property
    def seconds(self) -> float:
        """From its first reading to its last."""
        return self.last_s - self.first_s

    def take(self, readings: Readings) -> None:
        if not self.samples:
            self.first_s = readings.t_s[0]
        self.last_s = max(self.last_s, readings.t_s[-1])
        self.samples += len(readings)
        self.values.take(readings)

    def seen(self) -> Seen:
        """For the judge: as long as it took without the lines that were lost on the way."""
        whole = self.seconds * self.samples / max(self.samples - 1, 1)
        self.values.run_s = whole * self.samples / max(self.samples + self.lost, 1)
        return self.values


def _boards(folder: RecordingFolder) -> dict[str, _Board]:
    """What every board sent, as its lines say it, without formulas and calibration."""
    boards: dict[str, _Board] = {}
    for item in Playback.of(folder):
        if isinstance(item, Readings):
            boards.setdefault(item.board, _Board()).take(item)
        elif isinstance(item, Gap):
            boards.setdefault(item.board, _Board()).lost += item.lost
        elif isinstance(item, Happening) and item.kind is Kind.DAMAGED:
            boards.setdefault(item.board, _Board()).damaged += 1
    return boards


class _Checks:
    """What lessons demand, each read once."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], LessonCheck | None] = {}

    def find(self, lesson: str, version: str) -> LessonCheck | None:
        """A lesson's check.toml, of this version or the newest here; None where it is not here."""
        if (lesson, version) not in self._found:
            self._found[lesson, version] = self._read(lesson, version) if lesson else None
        return self._found[lesson, version]

    def _read(self, lesson: str, version: str) -> LessonCheck | None:
        for name in (f"{lesson}@{version}", lesson):
            try:
                LessonName.of(name)
                path = lesson_folder(name) / CHECK
            except NoSuchLessonError:
                continue
            with atomic.told(path):
                return parse_check(path.read_bytes(), str(path))
        return None
