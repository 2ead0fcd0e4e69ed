"""What is kept here: the clock that dates it, interrupted work, stores and the kit's file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from stemkit.actions.doctor import findings
from stemkit.actions.doctor.computer import Computer
from stemkit.actions.doctor.findings import Finding
from stemkit.actions.readings.recordings import interrupted_recordings
from stemkit.errors import StemkitError
from stemkit.storage.lesson_store import LessonStore
from stemkit.storage.roster import Roster
from stemkit.storage.unfinished import UnfinishedBoards
from stemkit.words import day

_RELEASED: Final = date(2026, 11, 1)
_YEARS_AHEAD: Final = 15


def look_at_work(computer: Computer) -> Iterator[Finding]:
    """What earlier work left behind, and what could spoil the next."""
    yield from _clock(computer.today())
    if not computer.home.is_dir():
        return  # the look at the disk has told why
    for mark in UnfinishedBoards(computer.home / "unfinished").all():
        yield Finding(findings.FLASH_UNFINISHED, {"board": mark.board}, mark.board)
    names = [folder.name for folder in interrupted_recordings(computer.home / "recordings")]
    if names:
        yield Finding(findings.RECORDING_UNFINISHED, {"names": ", ".join(names[:5])})
    yield from _readable(lambda: Roster(computer.home / "kit.json").all())
    yield from _lessons(LessonStore(computer.home / "lessons"))


def _clock(today: date) -> Iterator[Finding]:
    # A laptop whose clock battery is flat begins anew in its first year.
    if today < _RELEASED or today.year > _RELEASED.year + _YEARS_AHEAD:
        yield Finding(findings.CLOCK_WRONG, {"today": day(today)})


def _lessons(store: LessonStore) -> Iterator[Finding]:
    for kept in store.all():
        yield from _readable(lambda kept=kept: store.check(kept))  # type: ignore[misc]


def _readable(read: Callable[[], object]) -> Iterator[Finding]:
    try:
        read()
    except StemkitError as error:
        fields = {"reason": error.told(), "remedy": error.remedy_told()}
        yield Finding(findings.FILE_UNREADABLE, dict(fields))
