"""Progress of long work on several boards: a live table on a terminal, lines in a pipe."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from stemkit.cli.output import Output
from stemkit.events import (
    BoardFailed,
    BoardFinished,
    BoardStarted,
    Event,
    Noted,
    Sink,
    StepAdvanced,
    StepStarted,
    silent,
)
from stemkit.words import N_, ntr, number, tr

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

# Four pictures a second look alive; more would cost an old laptop more than the work itself.
_REFRESH_HZ: Final = 4
_BAR_WIDTH: Final = 24
_NAME_WIDTH: Final = 24
# Lines of the terminal that are not rows: the command, "and more", the next prompt.
_FRAME_LINES: Final = 3
_SPEED_WINDOW_S: Final = 3.0


@contextmanager
def shown(output: Output, boards: tuple[str, ...] = ()) -> Iterator[Sink]:
    """A sink that shows progress on standard error while the block runs; thread-safe.

    `boards` are the names that get a row before they start. Quiet output shows nothing; a pipe
    gets one line a step.
    """
    if output.quiet:
        yield silent
        return
    console = output.console(error=True)
    if not console.is_terminal:
        yield plain_lines()
        return
    from rich.live import Live

    table = LiveTable(boards)
    with Live(
        get_renderable=lambda: table.picture(console),
        console=console,
        refresh_per_second=_REFRESH_HZ,
        vertical_overflow="crop",
    ):
        try:
            yield table
        finally:
            table.close()


def plain_lines() -> Sink:
    """A thread-safe sink that writes one line a step to standard error."""
    return locked(_Lines(sys.stderr))


def locked(sink: Sink) -> Sink:
    """`sink`, called by one thread at a time."""
    lock = threading.Lock()

    def take(event: Event) -> None:
        with lock:
            sink(event)

    return take


@dataclass(slots=True)
class Row:
    """What is known about one board: the step that runs, or how it ended."""

    board: str
    step: str = ""
    done: int = 0
    total: int = 0
    unit: str = "B"
    note: str = ""
    result: str = ""
    failed: bool = False
    shown: str = ""
    """What the row calls the board, where that is not its name."""
    weak: bool = False
    """It is done, and not all of it is well."""
    marks: list[tuple[float, int]] = field(default_factory=list)

    @property
    def ended(self) -> bool:
        """Whether nothing more will come."""
        return bool(self.result)

    def take(self, event: Event, now_s: float) -> None:
        """Note an event of this board."""
        match event:
            case StepStarted():
                self.step, self.total, self.unit = event.step, event.total, event.unit
                self.done, self.marks, self.note = 0, [(now_s, 0)], ""
            case StepAdvanced():
                self.done = event.done
                self.marks.append((now_s, event.done))
                while len(self.marks) > 2 and now_s - self.marks[0][0] > _SPEED_WINDOW_S:
                    del self.marks[0]
            case Noted():
                self.note = event.text
            case BoardFinished():
                self.result = ending(event)
            case BoardFailed():
                self.result, self.failed = ending(event), True

    def speed(self) -> float:
        """Units a second over the last moments of the running step; 0 where it is not known."""
        if self.ended or len(self.marks) < 2:
            return 0.0
        (start_s, start), (end_s, end) = self.marks[0], self.marks[-1]
        return (end - start) / (end_s - start_s) if end_s > start_s else 0.0


class LiveTable:
    """The sink that keeps a row a board; `picture` is what a terminal shows now."""

    def __init__(
        self, boards: tuple[str, ...] = (), clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._lock = threading.Lock()
        self._rows = {board: Row(board) for board in boards}
        self._clock = clock
        self._closed = False

    def __call__(self, event: Event) -> None:
        """Take an event; any thread may call."""
        with self._lock:
            row = self._rows.setdefault(event.board, Row(event.board))
            if isinstance(event, BoardStarted):
                self._rows[event.board] = Row(event.board)
            else:
                row.take(event, self._clock())

    def visited(self, board: str, shown: str, weak: str = "") -> None:
        """A board is done: what its row calls it now, and what is not well with its parts."""
        with self._lock:
            row = self._rows.setdefault(board, Row(board))
            row.shown, row.weak = shown, bool(weak)
            row.result = weak or row.result

    def forget(self, board: str) -> None:
        """The board has gone: its row goes too."""
        with self._lock:
            self._rows.pop(board, None)

    def close(self) -> None:
        """From now on show every row: the terminal may scroll."""
        self._closed = True

    def rows(self, room: int) -> tuple[list[Row], int]:
        """The rows to show in `room` lines, in their order, and how many had to be left out."""
        every = list(self._rows.values())
        if self._closed or len(every) <= room:
            return every, 0
        # What a person must see first: a failure, then what runs, then what waits or is done.
        ranked = sorted(
            every,
            key=lambda row: 0 if row.failed or row.weak else 1 if row.step and not row.ended else 2,
        )
        kept = {row.board for row in ranked[: max(room, 1)]}
        return [row for row in every if row.board in kept], len(every) - len(kept)

    def picture(self, console: Console, room: int | None = None) -> RenderableType:
        """The table that fits the console now, or `room` lines of it."""
        from rich.text import Text

        with self._lock:
            rows, hidden = self.rows(console.height - _FRAME_LINES if room is None else room)
            lines = _lines(rows, console.width)
        if hidden:
            more = ntr("… and {n} more board", "… and {n} more boards", hidden)
            lines.append(Text(more, style="dim"))
        return Text("\n").join(lines)


def _lines(rows: list[Row], width: int) -> list[Text]:
    """A line a board, none wider than `width` cells."""
    from rich.cells import cell_len, set_cell_size
    from rich.text import Text

    names = {row.board: harmless(row.shown or row.board) for row in rows}
    words = {row.board: harmless(_words(row)) for row in rows if not row.ended}
    name_width = min(_NAME_WIDTH, width // 3, max(map(cell_len, names.values()), default=0))
    steps = (cell_len(words[row.board]) for row in rows if row.total and not row.ended)
    words_width = min(width // 3, max(steps, default=0))
    lines = []
    for row in rows:
        line = Text(set_cell_size(names[row.board], name_width) + "  ", no_wrap=True)
        if row.ended:
            line.append(harmless(row.result), _style(row))
        else:
            # A remark may be longer than a step's word; where there is no bar it has the room.
            text = words[row.board]
            line.append(set_cell_size(text, words_width) if row.total else text, _style(row))
            _append_amount(line, row, width - line.cell_len)
        line.truncate(width, overflow="ellipsis")
        lines.append(line)
    return lines


def _style(row: Row) -> str:
    if row.ended:
        return "bold red" if row.failed else "bold yellow" if row.weak else "bold green"
    return "" if row.step else "dim"


def _words(row: Row) -> str:
    if not row.step:
        return tr(N_("waiting"))
    return row.note or tr(row.step)


def _append_amount(line: Text, row: Row, room: int) -> None:
    """Bar, percent and speed, as much of them as there is room for."""
    if not row.total:
        return
    percent = f"  {row.done * 100 // row.total:3d} %"
    speed = row.speed() if row.unit == "B" else 0.0
    kilobytes = f"  {speed / 1000:5.0f} kB/s" if speed else ""
    bar_width = min(_BAR_WIDTH, room - len(percent) - len(kilobytes) - 2)
    if bar_width > 3:
        full = min(bar_width, bar_width * row.done // row.total)
        line.append("  ")
        line.append("━" * full, "bar.complete")
        line.append("─" * (bar_width - full), "bar.back")
    line.append(percent)
    line.append(kilobytes)


def ending(event: BoardFinished | BoardFailed) -> str:
    """How a board ended, in one line."""
    if isinstance(event, BoardFinished):
        return tr(
            N_("OK   {outcome}, {seconds} s"),
            outcome=tr(event.outcome),
            seconds=number(event.seconds),
        )
    return tr(N_("FAILED   {reason}"), reason=event.error.told())


def harmless(text: str) -> str:
    """`text` without control characters: what a board says must not steer the terminal."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)


class _Lines:
    """One line a step: for pipes, logs and screen readers."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream

    def __call__(self, event: Event) -> None:
        match event:
            case StepStarted():
                self._say(event, tr(event.step))
            case Noted():
                self._say(event, event.text)
            case BoardFinished() | BoardFailed():
                self._say(event, ending(event))
            case _:
                pass

    def _say(self, event: Event, text: str) -> None:
        self._stream.write(harmless(f"{event.board}: {text}") + "\n")
        self._stream.flush()
