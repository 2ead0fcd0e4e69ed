"""Were these lines read live from a board? What does not fit is told, nothing is proved.

A board that is asked numbers its lines, stamps them with its own clock and adds a check sum (see
`wire.tail`); the recorder writes down when each arrived, and what happened meanwhile. Made-up or
edited lines have to fit all of that at once: numbers without holes that nobody noted, two clocks
that run together, sums that are right, and the recording's own description.
"""

from __future__ import annotations

import hashlib
import json
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any, Final

from stemkit.model.reading import Described, Gap, Happening, Item, Kind, Readings
from stemkit.model.recording import BoardRecord, ClockRecord, RecordingMeta, Totals
from stemkit.wire.tail import SEQ_MODULO
from stemkit.words import N_, number

_BUCKET_S: Final = 5.0
# A late line only ever makes the difference of the clocks larger for a moment; what stays larger
# or smaller is no delay. A crystal drifts by 1e-4 at most, an RC oscillator by 1e-2.
_JUMP_S: Final = 0.3
_DRIFT: Final = 0.012
# No clock of a board is so far from true that a tenth of the time is missing.
_WRONG_RATE: Final = 0.1
_SEVERAL: Final = 3
# A board that has just come is asked to number its lines within this time.
_ASKED_S: Final = 5.0
_CLOCKS_APART_S: Final = 1.0
_WALL_S: Final = 5.0
_FORM_LINES: Final = 5
_MOST_TOLD: Final = 5
_EXCUSES: Final = frozenset(
    {Kind.DISCONNECTED, Kind.RECONNECTED, Kind.RESTARTED, Kind.CLOCK_JUMPED, Kind.UNAVAILABLE}
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something that does not fit: a marked sentence and its fields."""

    message: str
    fields: Mapping[str, object] = field(default_factory=dict)


@dataclass
class _Board:
    """What is gathered of one board."""

    bare_s: list[float] = field(default_factory=list)
    """When lines without a number came."""
    last_seq: int | None = None
    last_host_s: float = float("-inf")
    segment: int = 0
    first_s: float | None = None
    offsets: dict[int, dict[int, float]] = field(default_factory=dict)
    """Segment -> bucket of time -> smallest difference of the clocks in it."""


class Liveness:
    """Takes in a recording's items as they are read again, and judges at the end."""

    def __init__(self) -> None:
        self._boards: dict[str, _Board] = {}
        self._found: Counter[tuple[str, str, float, int]] = Counter()
        self._doubts: list[Doubt] = []
        self._said: dict[tuple[str, str], set[str]] = {}
        """Board and `firmware` or `lesson` -> what it said of itself while it was recorded."""
        self._numbered = hashlib.sha256()
        self._numbers = 0

    @property
    def fingerprint(self) -> str:
        """The same for recordings of the very same numbered lines, whenever they are said to have
        come; "" where no line has a number.
        """
        return self._numbered.hexdigest() if self._numbers else ""

    def unnumbered(self, events: Sequence[Mapping[str, Any]]) -> list[str]:
        """Boards whose lines had no numbers and sums, so that little can be said of them.

        A board is asked for them when it comes, and sends its first lines without.
        """
        return [name for name, board in self._boards.items() if self._late(name, board, events)]

    def _late(self, name: str, board: _Board, events: Sequence[Mapping[str, Any]]) -> bool:
        came = [board.first_s or 0.0, *_moments(name, events)]
        return any(all(not 0 <= t - at <= _ASKED_S for at in came) for t in board.bare_s)

    @property
    def boards(self) -> list[str]:
        """All boards that sent readings."""
        return list(self._boards)

    def take(self, item: Item) -> None:
        """Take the next item."""
        if isinstance(item, Readings):
            self._readings(item)
        elif isinstance(item, Described):
            for about in _SAID:
                word = getattr(item.description, about)
                self._said.setdefault((item.board, about), set()).update([word] * bool(word))
        elif isinstance(item, Gap):
            self._found[item.board, "gap", round(item.t_s, 3), item.lost] += 1
        elif isinstance(item, Happening) and item.kind in (Kind.DAMAGED, Kind.RESTARTED):
            self._found[item.board, str(item.kind), round(item.t_s, 3), 0] += 1

    def doubts(
        self,
        meta: RecordingMeta,
        events: Sequence[Mapping[str, Any]],
        totals: Totals,
        clocks: Sequence[ClockRecord],
    ) -> list[Doubt]:
        """All that does not fit; `totals` and `clocks` are as the lines give them."""
        found = list(self._doubts)
        found += self._against_events(events)
        # A virtual board's time may run as fast as a person wished.
        virtual = {board.name for board in meta.boards if is_virtual(board)}
        for name, board in self._boards.items():
            if name not in virtual:
                found += _other_rate(name, board)
            found += _clock_jumps(name, board, _moments(name, events))
        found += _against_meta(meta, totals, clocks)
        found += self._against_boards(meta)
        found += _wall_clock(meta, events)
        return found

    def _against_boards(self, meta: RecordingMeta) -> Iterator[Doubt]:
        """The recorder knows a board's firmware and lesson from its own lines."""
        for board in meta.boards:
            for about, contradicted in _SAID.items():
                told = getattr(board, about)
                words = self._said.get((board.name, about))
                if told and words and told not in words:
                    fields = {"board": board.name, "told": told, "said": ", ".join(sorted(words))}
                    yield Doubt(contradicted, fields)

    def _readings(self, item: Readings) -> None:
        board = self._boards.setdefault(item.board, _Board())
        if board.first_s is None:
            board.first_s = item.host_s[0]
        if item.segment != board.segment:
            board.segment, board.last_seq = item.segment, None
        for host_s in item.host_s:
            if host_s < board.last_host_s:
                self._doubt(N_("{board}: time runs backwards at {seconds} s"), item, host_s)
            board.last_host_s = host_s
        if item.seqs is None or item.board_ms is None:
            board.bare_s += item.host_s
            return
        offsets = board.offsets.setdefault(item.segment, {})
        self._numbers += len(item)
        self._numbered.update(
            json.dumps([list(item.seqs), list(item.board_ms), *map(list, item.columns)]).encode()
        )
        for seq, host_s, stamp_ms in zip(item.seqs, item.host_s, item.board_ms, strict=True):
            self._number(board, item, seq, host_s)
            bucket = int(host_s // _BUCKET_S)
            offset = host_s - stamp_ms * 1e-3
            offsets[bucket] = min(offset, offsets.get(bucket, offset))

    def _number(self, board: _Board, item: Readings, seq: int, host_s: float) -> None:
        before, board.last_seq = board.last_seq, seq
        if before is None:
            return
        step = (seq - before) % SEQ_MODULO
        if step == 0:
            self._doubt(N_("{board}: the line number {seq} is there twice, at {seconds} s"),
                        item, host_s, seq=seq)  # fmt: skip
        elif step > SEQ_MODULO // 2:
            self._doubt(N_("{board}: the line number falls back to {seq} at {seconds} s"),
                        item, host_s, seq=seq)  # fmt: skip

    def _doubt(self, message: str, item: Readings, host_s: float, **fields: object) -> None:
        fields |= {"board": item.board, "seconds": number(host_s, ".2f")}
        self._doubts.append(Doubt(message, fields))

    def _against_events(self, events: Iterable[Mapping[str, Any]]) -> Iterator[Doubt]:
        noted: Counter[tuple[str, str, float, int]] = Counter()
        for event in events:
            if event["event"] in ("gap", Kind.DAMAGED, Kind.RESTARTED):
                lost = int(event.get("lost", 0)) if event["event"] == "gap" else 0
                key = (str(event.get("board", "")), str(event["event"]), round(event["t"], 3), lost)
                noted[key] += 1
        for board, kind, at_s, lost in sorted((self._found - noted).elements()):
            fields = {"board": board, "seconds": number(at_s, ".2f"), "lost": lost}
            yield Doubt(_UNNOTED[kind], fields)
        for board, kind, at_s, lost in sorted((noted - self._found).elements()):
            first = self._boards.get(board, _Board()).first_s
            # What was lost before the recording's first line left no trace in its lines.
            if kind == "gap" and first is not None and at_s > first:
                fields = {"board": board, "seconds": number(at_s, ".2f"), "lost": lost}
                yield Doubt(
                    N_("{board}: lines noted as lost at {seconds} s that are not missing: {lost}"),
                    fields,
                )


_UNNOTED: Final = {
    "gap": N_("{board}: lines missing at {seconds} s without a note: {lost}"),
    str(Kind.DAMAGED): N_("{board}: the check sum of the line at {seconds} s is wrong"),
    str(Kind.RESTARTED): N_("{board}: its clock begins again at {seconds} s, which was not noted"),
}


_SAID: Final = {
    "firmware": N_(
        "{board}: meta.json says that its firmware is “{told}”; the board itself said “{said}”"
    ),
    "lesson": N_(
        "{board}: meta.json says that its lesson is “{told}”; the board itself said “{said}”"
    ),
}


def _moments(name: str, events: Iterable[Mapping[str, Any]]) -> list[float]:
    """When something happened to a board that explains a break."""
    return [
        float(event["t"])
        for event in events
        if event["event"] in _EXCUSES and event.get("board", "") in (name, "")
    ]


def few(doubts: Sequence[Doubt]) -> tuple[Sequence[Doubt], int]:
    """The first doubts, and how many there are besides."""
    return doubts[:_MOST_TOLD], max(0, len(doubts) - _MOST_TOLD)


def _usual_step_s(offsets: Mapping[int, float]) -> float:
    """By how much the clocks usually move apart from one bucket to the next."""
    steps = [(offsets[b] - offsets[a]) / (b - a) for a, b in pairwise(sorted(offsets))]
    return statistics.median(steps) if len(steps) >= _SEVERAL else 0.0


def _other_rate(name: str, board: _Board) -> Iterator[Doubt]:
    for offsets in board.offsets.values():
        rate = _usual_step_s(offsets) / _BUCKET_S
        if abs(rate) > _WRONG_RATE:
            yield Doubt(
                N_("{board}: its clock and the computer's do not run alike ({percent} %)"),
                {"board": name, "percent": number(100 * rate, "+.0f")},
            )
            return


def is_virtual(board: BoardRecord) -> bool:
    """Whether a recorded board was a virtual one."""
    return board.identity.startswith("virtual:")


def _clock_jumps(name: str, board: _Board, excuses: Sequence[float]) -> Iterator[Doubt]:
    for offsets in board.offsets.values():
        buckets = sorted(offsets)
        usual = _usual_step_s(offsets)
        for place in range(1, len(buckets)):
            before, after = (
                buckets[max(0, place - _SEVERAL) : place],
                buckets[place : place + _SEVERAL],
            )
            here_s = buckets[place] * _BUCKET_S
            low = min(offsets[b] + usual * (buckets[place] - b) for b in before)
            high = min(offsets[b] - usual * (b - buckets[place]) for b in after)
            span_s = (after[-1] - before[0]) * _BUCKET_S
            excused = any(abs(t - here_s) <= 2 * _BUCKET_S for t in excuses)
            if abs(high - low) > _JUMP_S + _DRIFT * span_s and not excused:
                yield Doubt(
                    N_(
                        "{board}: its clock and the computer's differ by {apart} s near {seconds} s"
                    ),
                    {
                        "board": name,
                        "apart": number(high - low, "+.2f"),
                        "seconds": f"{here_s:.0f}",
                    },
                )
                return


def _against_meta(
    meta: RecordingMeta, totals: Totals, clocks: Sequence[ClockRecord]
) -> Iterator[Doubt]:
    if meta.totals.lines != totals.lines:
        yield Doubt(
            N_("meta.json tells of {told} lines, and {found} are there"),
            {"told": meta.totals.lines, "found": totals.lines},
        )
    elif abs(meta.totals.rows - totals.rows) > _FORM_LINES:
        yield Doubt(
            N_("meta.json tells of {told} readings, and the lines give {found}"),
            {"told": meta.totals.rows, "found": totals.rows},
        )
    told = {(clock.board, clock.segment): clock for clock in meta.clocks}
    for clock in clocks:
        other = told.get((clock.board, clock.segment))
        if other and abs(other.offset_s - clock.offset_s) > _CLOCKS_APART_S:
            yield Doubt(
                N_("{board}: the lines' times are {apart} s away from those of meta.json"),
                {"board": clock.board, "apart": f"{clock.offset_s - other.offset_s:+.2f}"},
            )


def _wall_clock(meta: RecordingMeta, events: Sequence[Mapping[str, Any]]) -> Iterator[Doubt]:
    stopped = [float(e["t"]) for e in events if e["event"] == Kind.RECORDING_STOPPED]
    jumped = sum(float(e.get("by_s", 0.0)) for e in events if e["event"] == Kind.CLOCK_JUMPED)
    try:
        begun, ended = datetime.fromisoformat(meta.started), datetime.fromisoformat(meta.ended)
        lasted_s = (ended - begun).total_seconds() - jumped
    except (ValueError, TypeError):
        return
    if stopped and abs(lasted_s - stopped[-1]) > _WALL_S:
        yield Doubt(
            N_("it lasted {lasted} s by the calendar and {seconds} s by its own clock"),
            {"lasted": f"{lasted_s:.0f}", "seconds": f"{stopped[-1]:.0f}"},
        )
