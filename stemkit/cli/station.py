"""What `stemkit flash --station` shows: one board after the other, readable from the door."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from stemkit.cli.failures import numbered, show_failures
from stemkit.cli.flash_row import row
from stemkit.cli.kit_row import part_told, test_row
from stemkit.cli.output import Output
from stemkit.cli.progress import LiveTable, harmless, plain_lines
from stemkit.events import Event
from stemkit.words import N_, ntr, tr

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from stemkit.actions.flashing.one_board import Workshop
    from stemkit.actions.flashing.station import Visit

_REFRESH_HZ: Final = 4
# Rows that the large word and the counts take.
_FRAME_LINES: Final = 13
_COLOURS: Final = {
    "good": "bold white on green",
    "weak": "bold black on yellow",
    "bad": "bold white on red",
}


def run_station(out: Output, shop: Workshop, *, sound: bool) -> None:
    """Flash whatever is plugged in until Ctrl-C, and show it; `shop` tells its progress here."""
    from stemkit.actions.flashing.station import Station
    from stemkit.storage import places
    from stemkit.storage.roster import Roster
    from stemkit.storage.station_log import StationLog

    show = Show(out, sound=sound)
    with show.live():
        station = Station(
            replace(shop, sink=show),
            Roster(places.kit()),
            StationLog(places.station_log()),
            show.announce,
            show.left,
        )
        station.run()
    if station.faults:
        raise station.faults[0]
    show.summary()
    if station.log_path:
        out.hint(tr(N_("Log of the day: {path}"), path=station.log_path))
    unfinished = station.shop.unfinished.all()
    if unfinished:
        names = ", ".join(mark.board for mark in unfinished)
        out.hint(tr(N_("Flash these again before they are used: {names}"), names=names))


class Show:
    """Takes events and visits from any thread."""

    def __init__(self, out: Output, *, sound: bool) -> None:
        self._out = out
        self._sound = sound
        self._table = LiveTable()
        self._lock = threading.Lock()
        self._last: Visit | None = None
        self._visits: dict[str, Visit] = {}
        self._good = 0
        self._bad = 0
        self._lines = None if out.quiet or out.as_json else plain_lines()
        self._is_live = False

    def __call__(self, event: Event) -> None:
        """Progress of a board."""
        self._table(event)
        if self._lines is not None and not self._is_live:
            self._lines(event)

    def announce(self, visit: Visit) -> None:
        """A board is done."""
        self._table.visited(
            visit.flash.name, numbered(visit.flash.name, _number(visit)), _weak_row(visit)
        )
        with self._lock:
            self._last = visit
            self._visits[visit.flash.unique_id or visit.flash.name] = visit
            if visit.good:
                self._good += 1
            else:
                self._bad += 1
        if self._out.as_json:
            self._out.json_line({"schema": "stemkit.flash/1", **visit_row(visit)})
        elif not self._is_live:
            self._out.say(_one_line(visit))
        if self._sound:
            # Once is well, three times is not: also for who does not look.
            self._out.console(error=True).file.write("\a" if visit.good else "\a\a\a")

    def left(self, board: str) -> None:
        """A board was pulled out."""
        self._table.forget(board)

    @contextmanager
    def live(self) -> Iterator[None]:
        """Draw on a terminal while the block runs; in a pipe there are lines instead."""
        console = self._out.console(error=True)
        if self._out.quiet or not console.is_terminal:
            self._out.hint(tr(_PLUG_IN))
            yield
            return
        from rich.live import Live

        self._is_live = True
        with Live(
            get_renderable=lambda: self._picture(console),
            console=console,
            refresh_per_second=_REFRESH_HZ,
            transient=True,
        ):
            yield

    def summary(self) -> None:
        """How many came and went."""
        self._out.say(ntr("{n} board is ready.", "{n} boards are ready.", self._good))
        if self._bad:
            self._out.say(ntr("{n} board failed.", "{n} boards failed.", self._bad))
        if self._is_live:  # in a pipe each was told when it was done
            self._say_what_is_wrong()

    def _say_what_is_wrong(self) -> None:
        """The boards whose last visit was not good: their rows have gone with the picture."""
        bad = [visit for visit in self._visits.values() if not visit.good]
        named = [(numbered(visit.flash.name, _number(visit)), visit) for visit in bad]
        show_failures(
            self._out,
            ((name, visit.flash.error) for name, visit in named if visit.flash.error is not None),
        )
        for name, visit in named:
            if visit.flash.error is None:
                self._out.say(f"\n{name}: {_weak(visit)}")

    def _picture(self, console: Console) -> RenderableType:
        from rich.console import Group
        from rich.text import Text

        with self._lock:
            last, good, bad = self._last, self._good, self._bad
        counts = tr(N_("Ready: {good}   Not ready: {bad}   Ctrl-C ends."), good=good, bad=bad)
        head = _large(last) if last else Text(f"\n\n\n   {tr(_PLUG_IN)}\n\n\n", style="bold")
        room = max(3, console.height - _FRAME_LINES)
        return Group(head, Text(), self._table.picture(console, room), Text(), Text(counts))


_PLUG_IN = N_("Plug a board in. It is done when its number shows; then take the next one.")


_CHECK = N_("CHECK ITS PARTS")


def _word(visit: Visit) -> tuple[str, str]:
    """The word, and which mark and colour stand for it."""
    if visit.flash.error is not None:
        return tr(N_("FAILED")), "bad"
    if not visit.good:
        return tr(_CHECK), "weak"
    return tr(N_("READY")), "good"


def _large(visit: Visit) -> RenderableType:
    from rich.console import Group
    from rich.text import Text

    from stemkit.cli.large import large

    word, mark = _word(visit)
    head = large(_number(visit), word, _COLOURS[mark], mark)
    return Group(head, Text(harmless(_detail(visit))))


def _number(visit: Visit) -> int | None:
    return visit.board.number if visit.board else visit.flash.kit_number


def _detail(visit: Visit) -> str:
    error = visit.flash.error
    if error is not None:
        return f"{visit.flash.name}: {error.told()} {error.remedy_told()}"
    if not visit.good:
        return f"{visit.flash.name}: {_weak(visit)}"
    return f"{visit.flash.name}: {visit.flash.image}"


def _weak(visit: Visit) -> str:
    """What is wrong with a flashed board's parts; empty where nothing is."""
    parts = visit.test.sensors if visit.test else ()
    return "; ".join(f"{part_told(part.sensor)}: {part.detail}" for part in parts if not part.ok)


def _weak_row(visit: Visit) -> str:
    weak = _weak(visit)
    return f"{tr(_CHECK)}   {weak}" if weak and visit.flash.error is None else ""


def _one_line(visit: Visit) -> str:
    number = _number(visit)
    word, _ = _word(visit)
    return harmless(f"{number if number is not None else '?'}  {word}  {_detail(visit)}")


def visit_row(visit: Visit) -> dict[str, Any]:
    """A visit as scripts get it: a line of `flash --station --json`."""
    return {
        **row(visit.flash),
        "at": visit.at.isoformat(timespec="seconds"),
        "kit_number": _number(visit),
        "seen_before": visit.seen_before,
        "test": test_row(visit.test) if visit.test else None,
    }
