"""The display without a terminal: takes what comes, obeys keys, draws rows of letters."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from stemkit.actions.readings.channels import ChannelBook
from stemkit.actions.readings.titles import Title, Titles
from stemkit.actions.readings.watching import Watching
from stemkit.actions.stream import BoardState
from stemkit.actions.telling import told
from stemkit.analysis.errors import FitError
from stemkit.analysis.fits import Fit
from stemkit.analysis.history import History
from stemkit.model.reading import Control, Described, Gap, Happening, Item, Kind, Readings
from stemkit.screen.canvas import Style
from stemkit.screen.digits import Digits
from stemkit.screen.lines import draw_lines
from stemkit.screen.messages import Message, message_of, newest_rows
from stemkit.screen.numbers import Selection, draw_numbers, fits_of, selection
from stemkit.screen.palette import has_colour
from stemkit.screen.picture import Row, fitted
from stemkit.screen.quiet import TALKING, quiet_told
from stemkit.screen.scene import Scene
from stemkit.screen.sparks import Sparks
from stemkit.screen.tiles import TileScene, draw_tiles
from stemkit.screen.viewer import Page, Panel, Viewer
from stemkit.storage.recordings.playback import names_of
from stemkit.words import N_, tr

MESSAGES = 500


@dataclass(slots=True)
class Session:
    """One person before one watching. Everything is called from one thread."""

    watching: Watching
    viewer: Viewer
    style: Style = Style.BRAILLE
    history: History = field(default_factory=History)
    book: ChannelBook = field(default_factory=ChannelBook)
    messages: deque[Message] = field(default_factory=lambda: deque(maxlen=MESSAGES))
    """What is told in words, oldest first."""
    alarms: dict[str, str] = field(default_factory=dict)
    """Alarms that sound, by board."""
    marks: list[tuple[float, str]] = field(default_factory=list)
    fits: dict[tuple[str, str], Fit | FitError] = field(default_factory=dict)
    fitted: Selection | None = None
    """What `fits` are of."""
    recorded_lines: int = 0
    silent: dict[str, str] = field(default_factory=dict)
    """Why a board is silent (`wire.silence.Cause`), by board."""
    new_alarm: bool = False
    """An alarm has begun since the last look: time for a bell."""
    _drawn_for_s: float = -1.0
    _known: Titles = field(default_factory=Titles)
    _titles: dict[str, Title] = field(default_factory=dict)
    _sparks: Sparks = field(default_factory=Sparks)
    _digits: Digits = field(default_factory=Digits)

    def take(self) -> bool:
        """Take in what has come; whether anything has."""
        items = self.watching.take()
        for item in items:
            self._take(item)
        self.book.experiment = self.watching.experiment
        self.viewer.settle(len(self.boards()))
        return bool(items)

    def moved(self, columns: int) -> bool:
        """Whether time has gone on by a dot since the last look, in a picture so wide."""
        if self.viewer.paused_s is not None:
            return False
        dot = self.viewer.span_s / max(1, 2 * columns)
        now = self.now_s()
        if abs(now - self._drawn_for_s) < dot:
            return False
        self._drawn_for_s = now
        return True

    def now_s(self) -> float:
        """Time of the right edge while the picture follows."""
        return self.watching.feed.now_s()

    def boards(self) -> list[str]:
        """All boards, those first that were asked for."""
        names = [board.name for board in self.watching.feed.boards]
        return list(dict.fromkeys([*names, *self.history.boards()]))

    def titles(self) -> Mapping[str, Title]:
        """What boards are called: number and name of their labels, where these are known."""
        boards = self.watching.feed.boards
        if len(self._titles) != len(boards):
            said = self.book.descriptions
            self._titles = {b.name: self._known.of(b, said.get(b.name)) for b in boards}
        return self._titles

    def panels(self) -> list[Panel]:
        """The panels in sight."""
        return self.viewer.panels(self.history)

    def labels(self) -> list[str]:
        """Channels, in the order of keys 1 to 9."""
        return self.history.labels()

    def controls(self) -> list[tuple[str, Control]]:
        """What programs let people set, of the boards in sight."""
        return [
            (board, control)
            for board, description in self.book.descriptions.items()
            if self.viewer.board in ("", board)
            for control in description.controls
        ]

    def draw(self, columns: int, rows: int) -> list[Row]:
        """The page in sight."""
        if self.viewer.page is Page.TILES:
            return draw_tiles(self.viewer, self._tile_scene(), columns, rows)
        if self.viewer.page is Page.TEXT:
            return self._text_page(columns, rows)
        below = self._numbers(columns) if self.viewer.statistics else []
        scene = Scene(
            now_s=self.now_s(),
            book=self.book,
            boards=self.boards(),
            states=self.watching.feed.states(),
            style=self.style,
            titles=self.titles(),
            quiet=self.quiet(),
            colour=has_colour(),
            marks=self.marks,
            curves=self._curves(),
            digits=self._digits,
        )
        below = below[: rows // 2]
        return draw_lines(self.viewer, self.panels(), scene, columns, rows - len(below)) + below

    def brief(self, columns: int, rows: int) -> list[Row]:
        """The newest messages."""
        chosen = [message for message in self.messages if message.brief][-rows:]
        found = newest_rows(chosen, columns, rows)
        return found + [fitted([], columns)] * (rows - len(found))

    def selection(self) -> Selection:
        """What statistics and curves are of now."""
        return selection(self.panels(), self.viewer.selected(self.now_s()), self.viewer.fit)

    def fit_wanted(self) -> Selection | None:
        """The selection that curves are still missing for, None where they are up to date."""
        if not (self.viewer.statistics and self.viewer.fit) or self.viewer.page is not Page.LINES:
            return None
        chosen = self.selection()
        done = self.fitted
        if done is not None and done.fit == chosen.fit and len(done.lines) == len(chosen.lines):
            # While the picture moves, a curve is laid anew for each tenth of it.
            step = 0.0 if self.viewer.paused_s is not None else self.viewer.span_s / 10
            if abs(done.stop_s - chosen.stop_s) <= step and (
                abs(done.start_s - chosen.start_s) <= step
            ):
                return None
        return chosen

    def fit_done(self, chosen: Selection, fits: Mapping[tuple[str, str], Fit | FitError]) -> None:
        """Take curves that `fits_of` found (it may run in another thread)."""
        self.fitted, self.fits = chosen, dict(fits)

    def fit_now(self) -> None:
        """Find the missing curves at once."""
        chosen = self.fit_wanted()
        if chosen is not None:
            self.fit_done(chosen, fits_of(chosen, self.book))

    def quiet(self) -> dict[str, str]:
        """Why boards send no readings, and how long those that sent some, in words; by board."""
        found = {}
        for board, state in self.watching.feed.states().items():
            why = self.silent.get(board, "")
            if state is BoardState.QUIET:
                found[board] = quiet_told(self.now_s() - self.history.last_s(board), why)
            elif state is BoardState.SILENT and why in TALKING:
                found[board] = quiet_told(0.0, why)
        return found

    def lost(self) -> tuple[int, int]:
        """(lines lost, lines in all) of the boards in sight."""
        counts = [
            count
            for board, count in self.watching.feed.counts().items()
            if self.viewer.board in ("", board)
        ]
        lost = sum(count.lost for count in counts)
        return lost, lost + sum(count.lines for count in counts)

    def _take(self, item: Item) -> None:
        if isinstance(item, Readings):
            self.history.take(item)
            return
        self.book.take(item)
        if isinstance(item, Described):
            self._titles = {}  # It may have told its number.
        if isinstance(item, Gap):
            self.history.gap(item.board, item.t_s)
        elif isinstance(item, Happening):
            self._happened(item)
        message = message_of(item)
        if message is not None:
            self.messages.append(message)

    def _happened(self, item: Happening) -> None:
        if item.kind in (Kind.DISCONNECTED, Kind.RESTARTED):
            self.history.gap(item.board, item.t_s)
            self.silent.pop(item.board, None)
        elif item.kind is Kind.NAMED:
            self.history.rename(item.board, names_of(item.detail))
        elif item.kind is Kind.SILENT:
            self.silent[item.board] = str(item.detail.get("why", ""))
        elif item.kind is Kind.LESSON:
            self.viewer.take(self.watching.experiment)
        elif item.kind is Kind.MARK:
            self.marks.append((item.t_s, str(item.detail.get("text", ""))))
        elif item.kind is Kind.ALARM:
            self.alarms[item.board] = told(item)
            self.new_alarm = True
        elif item.kind is Kind.ALARM_OVER:
            self.alarms.pop(item.board, None)
        elif item.kind is Kind.RECORDED:
            self.recorded_lines = int(str(item.detail.get("lines", 0)))
        elif item.kind is Kind.RECORDING_STOPPED and item.detail.get("error"):
            self.alarms[""] = told(item)
            self.new_alarm = True
        elif item.kind is Kind.RECORDING_STARTED:
            self.recorded_lines = 0
            self.alarms.pop("", None)

    def _numbers(self, columns: int) -> list[Row]:
        return draw_numbers(self.selection(), self.book, self.fits, columns)

    def _curves(self) -> dict[tuple[str, str], Callable[[float], float]]:
        if not (self.viewer.statistics and self.viewer.fit):
            return {}
        return {key: found.curve for key, found in self.fits.items() if isinstance(found, Fit)}

    def _tile_scene(self) -> TileScene:
        return TileScene(
            now_s=self.now_s(),
            boards=self.boards(),
            history=self.history,
            book=self.book,
            states=self.watching.feed.states(),
            titles=self.titles(),
            quiet=self.quiet(),
            alarms=self.alarms,
            lost={board: count.lost for board, count in self.watching.feed.counts().items()},
            style=self.style,
            sparks=self._sparks,
            digits=self._digits,
        )

    def _text_page(self, columns: int, rows: int) -> list[Row]:
        found = newest_rows(list(self.messages)[-rows:], columns, rows)
        if not found:
            found.append(fitted([(tr(N_("Nothing has happened yet.")), "dim")], columns))
        return found + [fitted([], columns)] * (rows - len(found))
