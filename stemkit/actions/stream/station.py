"""One board of the stream: its link while it has one, its reader, what is known of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from stemkit.actions.stream.address import BoardAddress
from stemkit.actions.stream.mailbox import Delivery, RawLines
from stemkit.actions.stream.pump import Arrival
from stemkit.errors import StemkitError
from stemkit.model.link import Link
from stemkit.model.reading import Described, Happening, Item, Kind, Readings
from stemkit.wire.esp_rom import read_rom_text
from stemkit.wire.lines import LineReader
from stemkit.wire.rates import RateFinder
from stemkit.wire.silence import Cause, silence_of

# A line that a board has begun is done long before; what comes later begins a new one.
_SILENCE_S = 0.05
_THROTTLED_AFTER_S = 1.0
# A program that prints nothing is asked about after so long, or after some of its usual pauses.
_SILENT_AFTER_S = 5.0
_USUAL_PAUSES = 4.0
# Nobody knows yet how often a board that has sent fewer readings sends them.
_READINGS_TO_KNOW = 3
_UNKNOWN_PAUSE_S = 60.0
# Why it prints nothing is told once it has said so and nothing came after that.
_EXPLAINED_AFTER_S = 1.0
# Five lines that agree, one every ten seconds.
_NEXT_LINE_S = 10.0
_DOUBT_S = 60.0
_DOUBTFUL = (Cause.UNKNOWN, Cause.WORDS)
# A boot message was printed before, as long as it takes to ask.
_TALKS_WITHIN_S = 3.0
# A boot message, or a program's last words, are at most so long.
_LAST_BYTES = 2048


class BoardState(enum.StrEnum):
    """How a board is seen now."""

    WAITING = "waiting"
    """Its port is not open: unplugged, or not there yet."""
    REFUSED = "refused"
    """Its port is there and does not open: another program has it."""
    SILENT = "silent"
    """Its port is open and no reading has come."""
    BARE = "bare"
    """Its port is open, and its boot ROM said that firmware is missing."""
    LIVE = "live"
    """Readings come."""
    QUIET = "quiet"
    """Readings came, and none has come for a while."""


@dataclass(slots=True)
class Station:
    """Belongs to the reading thread; `state` and `reader.counts` may be looked at by others."""

    board: BoardAddress
    reader: LineReader
    state: BoardState = BoardState.WAITING
    link: Link | None = None
    port: str = ""
    """Where it was opened last."""
    asked_in_segment: int = -1
    """Segment in which the board was asked for tails last."""
    opened_s: float = 0.0
    lost_s: float | None = None
    heard: bool = False
    full_since_s: float | None = None
    throttled: bool = False
    says_board: str = ""
    """What the board calls itself."""
    rates: RateFinder | None = None
    """Listens for text, from the first opening on."""
    finished: bool = False
    """It has ended and will not come back."""
    refusal: str = ""
    """Why its port would not open, as it was told last."""
    asked_about: bool = False
    """It was told that nothing comes, or why."""
    read_s: float = 0.0
    """When its last reading came."""
    heard_s: float = 0.0
    """When its last bytes came."""
    _pause_s: float = 0.0
    """About the longest of its last pauses between readings."""
    _last_bytes: bytes = b""
    """The end of what came since the last reading, or since the port was opened."""

    def opened(self, link: Link, port: str, t_s: float, out: Delivery) -> None:
        """The port is open."""
        self.link, self.port, self.opened_s, self.heard = link, port, t_s, False
        self.state = BoardState.SILENT
        self.asked_in_segment = -1
        self.refusal, self.asked_about, self._last_bytes = "", False, b""
        self._tune(link)
        self.reader.reconnected(first_line_cut=self.board.comes_back)
        if self.lost_s is None:
            out.items.append(self._happening(t_s, Kind.CONNECTED, port=port))
        else:
            away_s = round(t_s - self.lost_s, 3)
            out.items.append(self._happening(t_s, Kind.RECONNECTED, port=port, away_s=away_s))

    def lost(self, t_s: float, out: Delivery) -> None:
        """The link has gone."""
        if self.link is not None:
            self.link.close()
        self.link, self.lost_s = None, t_s
        self.state = BoardState.WAITING
        detail: dict[str, object] = {"ended": True} if self.finished else {}
        out.items.append(self._happening(t_s, Kind.DISCONNECTED, port=self.port, **detail))

    def refused(self, error: StemkitError, t_s: float, out: Delivery) -> None:
        """Its port will not open; the same reason is told once."""
        self.state = BoardState.REFUSED
        text = error.told()
        if text != self.refusal:
            self.refusal = text
            told = self._happening(t_s, Kind.UNAVAILABLE, error=error.code, text=text)
            out.items.append(told)

    def notice_silence(self, t_s: float, out: Delivery) -> None:
        """Ask about a board whose port is open and that sends no readings, or none any more."""
        if self.state is BoardState.LIVE:
            self._notice_end(t_s, out)
        silent = self.state is BoardState.SILENT and t_s - self.opened_s >= _SILENT_AFTER_S
        if silent and self.board.comes_back and not self.asked_about:
            why = silence_of(self._last_bytes, talks=self._talks(t_s))
            if why.cause in _DOUBTFUL and self._may_be_read(t_s):
                return
            self.asked_about = True
            out.items.append(self._happening(t_s, Kind.SILENT, **why.detail()))

    def _talks(self, t_s: float) -> bool:
        """Whether it prints, though no readings: not what a boot said long ago."""
        garbled = self.rates is not None and self.rates.garbled
        return t_s - self.heard_s < _TALKS_WITHIN_S and not garbled

    def _may_be_read(self, t_s: float) -> bool:
        """Whether what it prints may be readings: enough lines that agree have not come yet."""
        goes_on = t_s - self.heard_s < _NEXT_LINE_S
        return (
            self.reader.holds_back and goes_on and t_s - max(self.opened_s, self.read_s) < _DOUBT_S
        )

    def _notice_end(self, t_s: float, out: Delivery) -> None:
        quiet_s = t_s - self.read_s
        if quiet_s < _EXPLAINED_AFTER_S:
            return
        known = self.reader.counts.rows >= _READINGS_TO_KNOW
        usual_s = _USUAL_PAUSES * self._pause_s if known else _UNKNOWN_PAUSE_S
        why = silence_of(self._last_bytes, talks=self._talks(t_s))
        if why.cause in _DOUBTFUL and self._may_be_read(t_s):
            return
        if why.certain or quiet_s >= max(_SILENT_AFTER_S, usual_s):
            self.state = BoardState.QUIET
            detail = {"for_s": round(quiet_s, 3), **why.detail()}
            out.items.append(self._happening(t_s, Kind.SILENT, **detail))

    def finish(self, t_s: float, out: Delivery) -> None:
        """The source has ended for good: its last line is whole although nothing followed it."""
        self.finished = True
        lines, host_s, items = self.reader.end(t_s)
        if lines:
            out.raw.append(RawLines(self.board.name, lines, host_s))
            out.items.extend(items)

    def take(self, arrival: Arrival, origin_s: float, out: Delivery) -> None:
        """Bytes came: read them."""
        assert arrival.data is not None
        t_s, since_s = arrival.t_s - origin_s, arrival.since_s - origin_s
        self.heard_s = t_s
        if not self.heard:
            self.heard = True
            if since_s - self.opened_s >= _SILENCE_S:
                self.reader.expect_whole_line()
        if self.rates is not None and not self.rates.settled:
            self._listen(self.rates, arrival.data, t_s, out)
        if self.state is not BoardState.LIVE and not self.asked_about:
            self._listen_to_boot(arrival.data, t_s, out)
        lines, host_s, items = self.reader.feed(arrival.data, t_s, since_s)
        before_s = self.read_s
        if lines:
            out.raw.append(RawLines(self.board.name, lines, host_s))
            self._look_at(items, out)
            out.items.extend(items)
        said = arrival.data if self.read_s != before_s else self._last_bytes + arrival.data
        self._last_bytes = said[-_LAST_BYTES:]
        self._watch_flood(arrival.more, t_s, out)

    def wants_tails(self) -> bool:
        """Whether to ask for tails now: native lines come without them, and nobody asked yet."""
        reader = self.reader
        if self.link is None or not reader.native or reader.tails:
            return False
        if self.asked_in_segment == reader.timeline.segment:
            return False
        self.asked_in_segment = reader.timeline.segment
        return True

    def _look_at(self, items: list[Item], out: Delivery) -> None:
        for item in items:
            if isinstance(item, Readings):
                self._reading(item.host_s[-1], out)
            elif isinstance(item, Happening) and item.kind is Kind.DECIMAL_COMMA:
                self.asked_about = True  # Its program runs: its numbers are not understood.
            elif isinstance(item, Described):
                now = item.description.board
                if self.says_board and now and now != self.says_board:
                    told = self._happening(item.t_s, Kind.REPLACED, was=self.says_board, now=now)
                    out.items.append(told)
                self.says_board = now or self.says_board

    def _reading(self, t_s: float, out: Delivery) -> None:
        pause_s = t_s - self.read_s
        if self.state is BoardState.QUIET:
            out.items.append(self._happening(t_s, Kind.TALKS_AGAIN, after_s=round(pause_s, 3)))
        if self.state in (BoardState.LIVE, BoardState.QUIET):
            self._pause_s = max(pause_s, 0.9 * self._pause_s)
        self.state, self.read_s = BoardState.LIVE, t_s

    def _tune(self, link: Link) -> None:
        """Open at the rate that was found."""
        if self.rates is None:
            self.rates = RateFinder(link.baud)
        elif self.rates.garbled and self.rates.settled:
            link.baud = self.rates.baud

    def _listen(self, rates: RateFinder, data: bytes, t_s: float, out: Delivery) -> None:
        """Find the rate of a board whose bytes are no text, by listening alone."""
        heard_at = rates.baud
        known = rates.garbled
        if not rates.hear(data, t_s):
            return
        link = self.link
        # A link with a descriptor takes its rate at once; others have a thread that reads now.
        may_try = link is not None and link.fileno() is not None and not self.board.baud_chosen
        if not known or not may_try:
            told = self._happening(t_s, Kind.GARBLED, baud=heard_at, trying=may_try)
            out.items.append(told)
        if not may_try or link is None:
            rates.settled, rates.garbled = True, False
            return
        if rates.settled and rates.baud == heard_at:
            out.items.append(self._happening(t_s, Kind.RATE_FOUND, baud=heard_at))
        elif rates.settled:
            told = self._happening(t_s, Kind.GARBLED, baud=rates.baud, trying=False)
            out.items.append(told)
        if rates.baud != link.baud:
            link.baud = rates.baud
            self.reader.reconnected(first_line_cut=True)

    def _listen_to_boot(self, data: bytes, t_s: float, out: Delivery) -> None:
        """An ESP's boot ROM says itself that it waits for firmware or found none."""
        rom = read_rom_text((self._last_bytes + data)[-_LAST_BYTES:])
        if rom.blank or rom.waiting:
            self.state, self.asked_about = BoardState.BARE, True
            out.items.append(self._happening(t_s, Kind.NEEDS_FIRMWARE))

    def _watch_flood(self, more: bool, t_s: float, out: Delivery) -> None:
        if not more:
            self.full_since_s, self.throttled = None, False
        elif self.full_since_s is None:
            self.full_since_s = t_s
        elif not self.throttled and t_s - self.full_since_s >= _THROTTLED_AFTER_S:
            self.throttled = True
            out.items.append(self._happening(t_s, Kind.THROTTLED))

    def _happening(self, t_s: float, kind: Kind, **detail: object) -> Happening:
        return Happening(self.board.name, t_s, kind, detail)
