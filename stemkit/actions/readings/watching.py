"""What a face does with readings besides showing them: record, mark, set controls, add channels."""

from __future__ import annotations

import math
import re
import time
import unicodedata
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Self

from stemkit.actions.boards.find import NoBoardError
from stemkit.actions.readings.errors import NothingToRecordError
from stemkit.actions.readings.lesson_setup import lesson_setup
from stemkit.actions.readings.record import About, Recorded, Recorder, record_of
from stemkit.actions.stream import Mailbox, Stream
from stemkit.actions.stream.feed import Feed
from stemkit.analysis.pipeline import Pipeline
from stemkit.errors import StemkitError
from stemkit.formats.experiment import experiment_toml
from stemkit.formats.lesson import LESSON_ID
from stemkit.model.experiment import Does, Experiment
from stemkit.model.reading import Described, Happening, Item, Kind
from stemkit.storage import places
from stemkit.storage.recordings import folder_for
from stemkit.words import current_language

# A display that stands still for ten seconds at a classroom's full pace (some 20 MB).
MOST_WAITING_ROWS = 150_000


class Watching:
    """A feed that is watched, and the recording of it. A context manager that starts and stops.

    Everything may be called from any thread of the face, one at a time.
    """

    def __init__(
        self,
        feed: Feed,
        about: About | None = None,
        experiment: Experiment | None = None,
        for_s: float | None = None,
    ) -> None:
        """Without an `experiment` the lesson that boards run may bring one.

        After `for_s` seconds the face that shows it ends by itself.
        """
        self.feed = feed
        self._for_s = for_s
        self._until_s = math.inf
        self._asks_boards = experiment is None
        self.about = about or About()
        self._pipeline = Pipeline(experiment)
        feed.shape = self._pipeline.shape
        self.mailbox = Mailbox("display", MOST_WAITING_ROWS)
        self.recorder: Recorder | None = None
        self.recorded: list[Recorded] = []
        """Recordings that have ended."""
        feed.subscribe(self.mailbox)

    def __enter__(self) -> Self:
        self.feed.start()
        if self._for_s is not None:
            self._until_s = time.monotonic() + self._for_s
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.end_recording()
        finally:
            self.feed.stop()

    @property
    def left_s(self) -> float:
        """Seconds until it is over, at least 0; infinite where a person ends it."""
        return max(0.0, self._until_s - time.monotonic())

    def insist_on_boards(self) -> None:
        """Raise `NoBoardError` where boards were waited for and the time ended without any."""
        if self.feed.live and not self.left_s and not self.feed.boards:
            raise NoBoardError

    @property
    def experiment(self) -> Experiment:
        """The set-up as it is now; it may be replaced while readings come.

        Setting it raises `FormulaError` and `CalibrationError`.
        """
        return self._pipeline.experiment

    @experiment.setter
    def experiment(self, experiment: Experiment) -> None:
        self._pipeline.experiment = experiment
        if self.recorder is not None:
            self.recorder.setup = self._setup()

    def take(self, timeout_s: float = 0.0) -> list[Item]:
        """What has come since the last call; does what triggers ask for."""
        items = [item for delivery in self.mailbox.take(timeout_s) for item in delivery.items]
        for item in items:
            if isinstance(item, Happening) and item.kind is Kind.TRIGGER:
                self._go_off(item)
            elif isinstance(item, Described) and self._asks_boards and item.description.lesson:
                self._open_lesson(item)
        return items

    @property
    def recording(self) -> bool:
        """Whether readings are being written down now."""
        return self.recorder is not None and self.recorder.running

    def record(self, name: str = "", *, force: bool = False) -> Recorder:
        """Begin a recording (named after the moment, where no name is given).

        Raises `NothingToRecordError`, and what `Recorder` raises.
        """
        if not isinstance(self.feed, Stream):
            raise NothingToRecordError
        self.end_recording()
        folder = folder_for(places.recordings(), name or _moment_name())
        known = {board.name for board in self.about.boards}
        boards = [record_of(board) for board in self.feed.boards if board.name not in known]
        about = replace(self.about, boards=(*self.about.boards, *boards), setup=self._setup())
        self.recorder = Recorder(self.feed, folder, about, force=force)
        return self.recorder

    def end_recording(self) -> Recorded | None:
        """End the recording, if there is one, and make its table."""
        recorder, self.recorder = self.recorder, None
        if recorder is None:
            return None
        ended = recorder.stop()
        self.recorded.append(ended)
        return ended

    def _setup(self) -> str:
        experiment = self._pipeline.experiment
        return "" if experiment == Experiment() else experiment_toml(experiment)

    def _open_lesson(self, told: Described) -> None:
        """Take the set-up of the lesson that a board runs, unless a person has made one."""
        self._asks_boards = False
        name = told.description.lesson.partition("@")[0]
        if not re.fullmatch(LESSON_ID, name):
            return  # A board's word must not become a path.
        try:
            brought = lesson_setup(name)
        except StemkitError:
            return  # Not on this computer, or an older one with mistakes: boards are shown anyway.
        if self.experiment == Experiment():
            self.experiment = brought
            title = brought.title.told(current_language()) if brought.title else name
            detail = {"lesson": name, "title": title}
            self.feed.tell(Happening(told.board, told.t_s, Kind.LESSON, detail))

    def _go_off(self, trigger: Happening) -> None:
        does = trigger.detail.get("does")
        if does == Does.MARK:
            self.feed.mark(str(trigger.detail.get("rule", "")))
        elif does == Does.RECORD and not self.recording and isinstance(self.feed, Stream):
            self.record()
        elif does == Does.STOP:
            self.end_recording()


def _moment_name() -> str:
    return unicodedata.normalize("NFC", datetime.now().strftime("%Y-%m-%d %H-%M-%S"))
