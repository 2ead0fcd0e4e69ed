"""A board's bytes -> readings, gaps and happenings. Pure: no clock, no port, no waiting.

Every line takes one of three ways: a block of lines like the one before (`layout`), or like those
before that took turns (`turns`), is read at once; a metadata line is a description; anything else
is offered, without its tail, to the forms (`lock`).
"""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite
from typing import NamedTuple

from stemkit.model.reading import (
    MOST_CHANNELS,
    Channel,
    Counts,
    Described,
    Description,
    Gap,
    Happening,
    Item,
    Kind,
    Readings,
)
from stemkit.wire.description import merged, parse_description
from stemkit.wire.forms import Form, Row, numbered
from stemkit.wire.framing import LONGEST_LINE, LineSplitter, spread
from stemkit.wire.harmless import harmless, has_controls, without_sequences
from stemkit.wire.layout import Layout, counting_on
from stemkit.wire.lock import LINES_TO_AGREE, FormLock
from stemkit.wire.native import cells as native_cells
from stemkit.wire.native import is_native
from stemkit.wire.numbers import has_doubtful_comma
from stemkit.wire.rows import Batcher
from stemkit.wire.tail import TICKS_MODULO_MS, DamagedTail, Tail, split_tail
from stemkit.wire.timeline import Timeline
from stemkit.wire.turns import Turns

# What a board prints when it starts: MicroPython's soft reboot, the ROMs of ESP32 and ESP8266.
_BOOT_WORDS = (b"MPY: soft reboot", b"ets J", b" ets J", b"ESP-ROM:", b"rst:0x")
_LINES_TO_BELIEVE_A_RESET = 3
_MOST_TEXTS = 20
# Blocks that stay in the processor's cache are read fastest.
_BLOCK_LINES = 256
# A block with a line that is different is halved until so many are left.
_PIECE_LINES = 8


class Heard(NamedTuple):
    """What one feed gave: the whole lines with their times of arrival, and what they mean."""

    lines: list[bytes]
    host_s: list[float]
    items: list[Item]


class LineReader:
    """Reads one board's lines, in pieces of any size.

    `first_line_cut`: the port was opened while the board may have been printing, so the first
    line may have lost its beginning and is dropped. `counts` may be read at any time.
    """

    def __init__(self, board: str, *, first_line_cut: bool = True) -> None:
        self.board = board
        self.counts = Counts()
        self.description: Description | None = None
        self.timeline = Timeline()
        self._splitter = LineSplitter(first_line_cut=first_line_cut)
        self._lock = FormLock()
        self._layout: Layout | None = None
        """What the next lines are expected to look like."""
        self._read_last: tuple[bytes, Row, bool] | None = None
        """The line that was read last, if it was one reading: body, row, whether it had a tail."""
        self._turns = Turns()
        """What else the next lines may look like."""
        self._known_native = False
        """Native lines need not be offered to the forms."""
        self._known: set[str] = set()
        self._refused: set[str] = set()
        self._tails = False
        self._native = False
        self._rows_at_boot = 0
        self._texts = 0
        self._commas = 0
        """Unread lines with what may be a decimal comma."""
        self._bare: list[tuple[float, list[Row]]] = []
        self._units_told = 0

    @property
    def form(self) -> Form | None:
        """The form that this board's lines are known to have."""
        return self._lock.form

    @property
    def native(self) -> bool:
        """Whether the last reading was a native line: its board may understand `?stem`."""
        return self._native

    @property
    def tails(self) -> bool:
        """Whether the board adds tails to its lines now."""
        return self._tails

    @property
    def holds_back(self) -> bool:
        """Whether lines that may be readings wait for others that agree with them."""
        return bool(self._bare) or self._lock.holds_back

    def expect_whole_line(self) -> None:
        """The port was silent since it was opened: the first line is whole."""
        self._splitter.expect_whole_line()

    def reconnected(self, *, first_line_cut: bool = True) -> None:
        """The bytes that follow come from the same board over a newly opened port."""
        self._native = False
        self._layout = None
        self._turns.forget()
        self._splitter.restart(first_line_cut=first_line_cut)

    def feed(self, data: bytes, t_s: float, since_s: float | None = None) -> Heard:
        """Take bytes that arrived between `since_s` (default `t_s`) and `t_s`."""
        before = self._splitter.overlong
        lines = self._splitter.feed(data)
        host_s = spread(len(lines), t_s if since_s is None else since_s, t_s)
        items = self.feed_lines(lines, host_s) if lines else []
        for _ in range(self._splitter.overlong - before):
            self.counts.overlong += 1
            items.append(self._happening(t_s, Kind.OVERLONG, kept_bytes=LONGEST_LINE))
        return Heard(lines, host_s, items)

    def end(self, t_s: float) -> Heard:
        """The source has ended: take the last line although no line end followed it."""
        lines = self._splitter.end()
        return Heard(lines, [t_s] * len(lines), self.feed_lines(lines, [t_s] * len(lines)))

    def feed_lines(self, lines: Sequence[bytes], host_s: Sequence[float]) -> list[Item]:
        """Take whole lines (without their ends) with the time at which each arrived."""
        self.counts.lines += len(lines)
        self._texts = 0
        out = Batcher(self.board)
        for start in range(0, len(lines), _BLOCK_LINES):
            stop = start + _BLOCK_LINES
            self._block(lines[start:stop], host_s[start:stop], out)
        out.flush()
        return out.items

    def _block(self, lines: Sequence[bytes], host_s: Sequence[float], out: Batcher) -> None:
        if self._alike(lines, host_s, out) or self._in_turn(lines, host_s, out):
            return
        if len(lines) > _PIECE_LINES:
            size = -(-len(lines) // 4)
            for start in range(0, len(lines), size):
                stop = start + size
                self._block(lines[start:stop], host_s[start:stop], out)
            return
        for line, t_s in zip(lines, host_s, strict=True):
            # What a line changes may change how the next ones are read.
            self._layout = self._read_last = None
            self._line(line, t_s, out)
            if line is lines[-1] or not self._turns.knows(line):
                self._learn(line)

    def _alike(self, lines: Sequence[bytes], host_s: Sequence[float], out: Batcher) -> bool:
        """Read lines that are like those before at once, if they are."""
        layout = self._layout
        block = layout.read(lines) if layout is not None else None
        stamps = self._stamps(block.seqs, block.times_ms, host_s) if block is not None else None
        if layout is None or block is None or stamps is None:
            return False
        self._native = layout.native
        self._tails = self._tails or layout.tailed
        self.counts.rows += len(lines)
        labels, segment = layout.labels, self.timeline.segment
        t_s, seqs, board_ms = stamps
        out.item(Readings(self.board, labels, block.columns, t_s, host_s, seqs, board_ms, segment))
        return True

    def _in_turn(self, lines: Sequence[bytes], host_s: Sequence[float], out: Batcher) -> bool:
        """Read lines of several kinds that were read before at once, if they are nothing else."""
        if self._lock.form is None or self._bare:
            return False
        woven = self._turns.read(lines, tailed=self._tails)
        stamps = self._stamps(woven.seqs, woven.times_ms, host_s) if woven is not None else None
        if woven is None or stamps is None:
            return False
        self._lock.kept_to()
        self._native = woven.native
        self._remember(woven.labels[-1])
        self.counts.rows += len(lines)
        t_s, seqs, board_ms = stamps
        out.flush()
        for a, b in woven.stretches():
            columns = tuple(map(list, zip(*woven.rows[a:b], strict=True)))
            its_seqs = seqs[a:b] if seqs is not None else None
            its_ms = board_ms[a:b] if board_ms is not None else None
            labels, segment = woven.labels[a], self.timeline.segment
            out.items.append(
                Readings(
                    self.board, labels, columns, t_s[a:b], host_s[a:b], its_seqs, its_ms, segment
                )
            )
        return True

    def _stamps(
        self, printed: list[bytes] | None, times_ms: list[int] | None, host_s: Sequence[float]
    ) -> tuple[Sequence[float], list[int] | None, list[int] | None] | None:
        """Times, line numbers and board times of a block; None where it does not follow the last.

        `printed` are its line numbers.
        """
        if times_ms is None:
            return host_s, None, None
        seqs = counting_on(printed) if printed is not None else None
        modulo_ms = TICKS_MODULO_MS if printed is not None else None
        if (printed is not None and seqs is None) or not self.timeline.runs_on(
            seqs, times_ms, modulo_ms
        ):
            return None
        t_s, board_ms = self.timeline.stamp(host_s, times_ms, seqs, modulo_ms)
        return t_s, seqs, board_ms

    def _learn(self, line: bytes) -> None:
        """Lines like the one that was read last may be read at once."""
        if self._read_last is None:
            return
        body, row, tailed = self._read_last
        shape = self._lock.shape(body.decode("utf-8", "replace"), row)
        if shape is None or not isfinite(sum(row.values)):
            return
        self._layout = Layout.of(body, shape, tailed=tailed)
        if self._layout is not None:
            self._turns.learn(line, self._layout)

    def _line(self, line: bytes, t_s: float, out: Batcher) -> None:
        if line.startswith(b"#"):
            description = parse_description(line)
            if description is not None:
                self.description = merged(self.description, description)
                out.item(Described(self.board, t_s, self.description))
                return
        elif line.startswith(_BOOT_WORDS):
            self._booted(t_s, out)
        try:
            tail = split_tail(line)
        except DamagedTail:
            if self._tails:
                self.counts.damaged += 1
                out.item(self._happening(t_s, Kind.DAMAGED))
                return
            tail = None
        body = tail.body if tail else line
        known = native_cells(body) if self._known_native and (tail or not self._tails) else None
        if known is not None:
            self._lock.kept_to()
            self._native = True
            self._rows([Row(*known)], body, t_s, tail, out)
            return
        text = without_sequences(body.decode("utf-8", "replace"))
        if has_controls(text):
            self._text(line, t_s, out)
            return
        found = self._lock.read(text, t_s)
        self._units(t_s, out)
        self._native = bool(found.rows) and native_cells(body) is not None
        if found.form is not None:
            self._turns.forget()
            out.item(self._happening(t_s, Kind.FORM, form=found.form.name))
            for earlier_s, rows in found.believed:
                self.counts.unread -= 1
                self._rows(rows, b"", earlier_s, None, out)
        if found.named:
            was = numbered(len(found.named))
            out.item(self._happening(t_s, Kind.NAMED, was=[*was], now=[*found.named]))
        if found.rows is None:
            self._text(line, t_s, out)
        elif self._tails and tail is None and found.rows:
            self._untailed(found.rows, t_s, out)
        else:
            self._rows(found.rows, body, t_s, tail, out)

    def _units(self, t_s: float, out: Batcher) -> None:
        """Tell the units that the lines themselves name: a description like a board's own."""
        units = getattr(self._lock.form, "units", {})
        if len(units) == self._units_told:
            return
        self._units_told = len(units)
        said = Description(channels=tuple(Channel(label, unit) for label, unit in units.items()))
        self.description = merged(self.description, said)
        out.item(Described(self.board, t_s, self.description))

    def _untailed(self, rows: list[Row], t_s: float, out: Batcher) -> None:
        """A reading without the tail it should have: cut on its way, or its board was reset."""
        self._bare.append((t_s, rows))
        if len(self._bare) < _LINES_TO_BELIEVE_A_RESET:
            return
        waiting, self._bare = self._bare, []
        self._restarted(waiting[0][0], out)
        for earlier_s, earlier in waiting:
            self._rows(earlier, b"", earlier_s, None, out)

    def _rows(
        self, rows: list[Row], body: bytes, t_s: float, tail: Tail | None, out: Batcher
    ) -> None:
        if tail is not None:
            self._tails = True
            for earlier_s, _ in self._bare:
                self.counts.damaged += 1
                out.item(self._happening(earlier_s, Kind.DAMAGED))
            self._bare.clear()
        for row in rows:
            kept = self._kept(row, t_s, out)
            if not kept.labels:
                continue
            times, stamp = self._stamped(kept, t_s, tail, out)
            self.counts.rows += 1
            out.row(kept.labels, kept.values, times, stamp, self.timeline.segment)
            self._remember(kept.labels)
            self._read_last = (body, row, tail is not None) if kept is row and body else None
        if len(rows) != 1:
            self._read_last = None

    def _stamped(
        self, row: Row, t_s: float, tail: Tail | None, out: Batcher
    ) -> tuple[tuple[float, float], tuple[int | None, int | None]]:
        """Times (recording, arrival) and stamp (seq, board_ms) of a row; tells gaps and resets."""
        ticks_ms, modulo_ms = (tail.ticks_ms, TICKS_MODULO_MS) if tail else (row.time_ms, None)
        if ticks_ms is None:
            return (t_s, t_s), (None, None)
        if self.timeline.goes_back(ticks_ms, modulo_ms):
            self._restarted(t_s, out)
        seqs = None
        if tail is not None:
            seqs = [tail.seq]
            lost = self.timeline.lost_before(tail.seq)
            if lost:
                self.counts.lost += lost
                out.item(Gap(self.board, t_s, lost))
        times, board_ms = self.timeline.stamp([t_s], [ticks_ms], seqs, modulo_ms)
        return (times[0], t_s), (tail.seq if tail else None, board_ms[0])

    def _kept(self, row: Row, t_s: float, out: Batcher) -> Row:
        """The row without channels beyond what is kept for one board."""
        if self._known.issuperset(row.labels):
            return row
        for name in row.labels:
            if name in self._known or name in self._refused:
                continue
            if len(self._known) < MOST_CHANNELS:
                self._known.add(name)
            elif len(self._refused) < MOST_CHANNELS:
                self._refused.add(name)
                out.item(self._happening(t_s, Kind.TOO_MANY_CHANNELS, label=name))
        pairs = [p for p in zip(row.labels, row.values, strict=True) if p[0] in self._known]
        return Row(tuple(p[0] for p in pairs), tuple(p[1] for p in pairs), row.time_ms)

    def _remember(self, labels: tuple[str, ...]) -> None:
        form = self._lock.form
        self._known_native = form is not None and form.name == "labels" and is_native(labels)

    def _booted(self, t_s: float, out: Batcher) -> None:
        # One boot prints several of these words; none tells of a second reset without a reading.
        if self.counts.rows > self._rows_at_boot:
            self._restarted(t_s, out)
            self._rows_at_boot = self.counts.rows

    def _restarted(self, t_s: float, out: Batcher) -> None:
        self.timeline.next_segment()
        self._lock.restarted()
        self._tails = self._native = self._known_native = False
        self._layout = self._read_last = None
        self._turns.forget()
        self._bare.clear()
        out.item(self._happening(t_s, Kind.RESTARTED, segment=self.timeline.segment))

    def _text(self, line: bytes, t_s: float, out: Batcher) -> None:
        self.counts.unread += 1
        self._texts += 1
        if self._texts > _MOST_TEXTS:
            return
        text = harmless(line)
        out.item(self._happening(t_s, Kind.TEXT, text=text))
        if self._commas < LINES_TO_AGREE and has_doubtful_comma(text):
            self._commas += 1
            if self._commas == LINES_TO_AGREE:
                out.item(self._happening(t_s, Kind.DECIMAL_COMMA, text=text))

    def _happening(self, t_s: float, kind: Kind, **detail: object) -> Happening:
        return Happening(self.board, t_s, kind, detail)
