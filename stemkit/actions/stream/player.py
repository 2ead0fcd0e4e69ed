"""Plays a recording again, as fast as wanted, to the same subscribers as live boards."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from stemkit.actions.stream.address import BoardAddress
from stemkit.actions.stream.mailbox import Delivery, Shape, Subscriber, unshaped
from stemkit.actions.stream.station import BoardState
from stemkit.actions.stream.steady import Clock, steady_s
from stemkit.model.reading import Counts, Gap, Happening, Item, Kind, Readings

_FRAME_S = 0.03
# A recording that was paused for hours is not waited for.
_LONGEST_SILENCE_S = 5.0
_SHOWN_BY_STATE = {Kind.DISCONNECTED: BoardState.WAITING, Kind.SILENT: BoardState.QUIET}


class Player:
    """Delivers `items` at the pace of their times, `speed` times as fast (inf: at once)."""

    live = False

    def __init__(
        self,
        boards: Sequence[BoardAddress],
        items: Iterable[Item],
        speed: float = 1.0,
        clock: Clock = steady_s,
    ) -> None:
        if not speed > 0:
            raise ValueError("speed must be above zero")
        self.boards = tuple(boards)
        self._items = iter(items)
        self._speed, self._clock = speed, clock
        self.shape: Shape = unshaped
        self._now_s = 0.0
        self._states = {board.name: BoardState.WAITING for board in self.boards}
        self._counts = {board.name: Counts() for board in self.boards}
        self._subscribers: list[Subscriber] = []
        self._told: list[Item] = []
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._work: Future[None] | None = None
        self.ended = False
        """Whether the last item was delivered."""

    def now_s(self) -> float:
        """The time in the recording up to which it has been played."""
        return self._now_s

    def states(self) -> Mapping[str, BoardState]:
        """See `Feed.states`."""
        return dict(self._states)

    def counts(self) -> Mapping[str, Counts]:
        """See `Feed.counts`; lines that were no reading are not counted again."""
        return dict(self._counts)

    def subscribe(self, subscriber: Subscriber) -> None:
        """See `Feed.subscribe`."""
        with self._lock:
            self._subscribers = [*self._subscribers, subscriber]

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """See `Feed.unsubscribe`."""
        with self._lock:
            self._subscribers = [s for s in self._subscribers if s is not subscriber]

    def tell(self, item: Item) -> None:
        """See `Feed.tell`."""
        with self._lock:
            self._told.append(item)

    def mark(self, text: str = "") -> None:
        """Mark this moment; the recording is not changed."""
        self.tell(Happening("", self._now_s, Kind.MARK, {"text": text}))

    def set_control(self, board: str, control: str, value: float) -> None:
        """Nothing: nobody is there."""

    def start(self) -> None:
        """See `Feed.start`."""
        executor = ThreadPoolExecutor(1, thread_name_prefix="play")
        self._work = executor.submit(self._run)
        executor.shutdown(wait=False)

    def check(self) -> None:
        """See `Feed.check`."""
        if self._work is not None and self._work.done():
            self._work.result()

    def stop(self) -> None:
        """See `Feed.stop`."""
        self._stop.set()
        if self._work is not None:
            self._work.result()

    def _run(self) -> None:
        began_s = self._clock()
        waiting: list[Item] = []
        shift_s = 0.0
        for item in _single(self._items):
            t_s = time_of(item)
            if t_s - self._now_s > _LONGEST_SILENCE_S * max(1.0, self._speed):
                shift_s += t_s - self._now_s - _LONGEST_SILENCE_S
            while not self._stop.is_set() and t_s - shift_s > self._due_s(began_s):
                self._deliver(waiting)
                waiting = []
                self._stop.wait(_FRAME_S)
            if self._stop.is_set():
                return
            waiting.append(item)
            self._count(item)
            self._now_s = max(self._now_s, t_s)
            if len(waiting) >= 1000:
                self._deliver(waiting)
                waiting = []
        self._deliver(waiting)
        self.ended = True
        while not self._stop.wait(_FRAME_S):
            self._deliver([])

    def _due_s(self, began_s: float) -> float:
        if self._speed == float("inf"):
            return float("inf")
        return (self._clock() - began_s) * self._speed

    def _deliver(self, items: list[Item]) -> None:
        with self._lock:
            told, self._told = self._told, []
            subscribers = self._subscribers
        if items or told:
            delivery = Delivery(self.shape([*told, *items]))
            for subscriber in subscribers:
                subscriber.deliver(delivery)

    def _count(self, item: Item) -> None:
        counts = self._counts.setdefault(item.board, Counts())
        if isinstance(item, Readings):
            counts.rows += len(item)
            counts.lines += len(item)
            self._states[item.board] = BoardState.LIVE
        elif isinstance(item, Gap):
            counts.lost += item.lost
        elif isinstance(item, Happening) and item.kind in _SHOWN_BY_STATE:
            self._states[item.board] = _SHOWN_BY_STATE[item.kind]


def time_of(item: Item) -> float:
    """When an item happened; of readings the last one's time."""
    return item.t_s[-1] if isinstance(item, Readings) else item.t_s


def _single(items: Iterator[Item]) -> Iterator[Item]:
    """The same with readings in pieces short enough to be played smoothly."""
    for item in items:
        if isinstance(item, Readings) and item.t_s[-1] - item.t_s[0] > _FRAME_S:
            yield from pieces(item, _FRAME_S)
        else:
            yield item


def pieces(readings: Readings, span_s: float) -> Iterator[Readings]:
    """Cut readings into pieces that span at most `span_s` seconds each."""
    start = 0
    for i in range(1, len(readings) + 1):
        if i == len(readings) or readings.t_s[i] - readings.t_s[start] > span_s:
            yield part(readings, start, i)
            start = i


def part(readings: Readings, start: int, stop: int) -> Readings:
    """Rows `start` up to `stop`."""
    return Readings(
        board=readings.board,
        labels=readings.labels,
        columns=tuple(column[start:stop] for column in readings.columns),
        t_s=readings.t_s[start:stop],
        host_s=readings.host_s[start:stop],
        seqs=None if readings.seqs is None else readings.seqs[start:stop],
        board_ms=None if readings.board_ms is None else readings.board_ms[start:stop],
        segment=readings.segment,
    )
