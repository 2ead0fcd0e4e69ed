"""The stream: all boards in, every subscriber out, one clock for both."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from stemkit.actions.stream.address import BoardAddress, Whereabouts, same_port
from stemkit.actions.stream.connector import (
    Appeared,
    Bare,
    Connector,
    Discover,
    Opened,
    OpenPort,
    Result,
)
from stemkit.actions.stream.mailbox import Delivery, Shape, Subscriber, unshaped
from stemkit.actions.stream.pump import Pump, new_pump
from stemkit.actions.stream.station import BoardState, Station
from stemkit.actions.stream.steady import Clock, WallWatch, steady_s
from stemkit.actions.stream.talker import Talker
from stemkit.errors import StemkitError
from stemkit.model.link import Link
from stemkit.model.reading import Counts, Happening, Item, Kind
from stemkit.wire.description import set_command
from stemkit.wire.lines import LineReader
from stemkit.wire.tail import START_TALKING, STOP_TALKING

_HOUSEKEEPING_S = 0.1
_REST_S = 0.02


class Stream:
    """Reads `boards` until it is stopped; as a context manager it starts and stops itself.

    With `discover` boards that are plugged in later are read too.

    Times that leave it are seconds since it was made. `check` raises what ended the reading
    thread, if anything did.
    """

    def __init__(
        self,
        boards: Sequence[BoardAddress],
        open_port: OpenPort,
        *,
        whereabouts: Whereabouts = same_port,
        discover: Discover | None = None,
        shape: Shape = unshaped,
        pump: Pump | None = None,
        clock: Clock = steady_s,
        wall: WallWatch | None = None,
    ) -> None:
        self._clock, self._origin_s = clock, clock()
        self._pump = pump if pump is not None else new_pump(clock)
        self._wall = wall if wall is not None else WallWatch(clock)
        self.shape = shape
        """May be replaced while it runs: the next readings are shaped so."""
        self._connector = Connector(open_port, whereabouts, self._pump.wake, discover)
        self._talker = Talker()
        # Never changed, but replaced by a longer one: others look at it at any time.
        self._stations = {board.name: Station(board, LineReader(board.name)) for board in boards}
        self._subscribers: list[Subscriber] = []
        self._told: list[Item] = []
        self._lock = threading.Lock()
        self._stopping = False
        self._holding = False
        self._resting = threading.Event()
        self._looked_s = 0.0
        self._work: Future[None] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def now_s(self) -> float:
        """Seconds on the recording's clock."""
        return self._clock() - self._origin_s

    @property
    def boards(self) -> tuple[BoardAddress, ...]:
        """Whose readings come, in the order in which they came."""
        return tuple(station.board for station in self._stations.values())

    @property
    def live(self) -> bool:
        """Boards are behind it."""
        return True

    @property
    def ended(self) -> bool:
        """Whether nothing will come any more: every source is closed for good."""
        return bool(self._stations) and all(station.finished for station in self._stations.values())

    @property
    def started(self) -> bool:
        """Whether `start` was called."""
        return self._work is not None

    @property
    def stations(self) -> Mapping[str, Station]:
        """The boards by name, to look at."""
        return self._stations

    def states(self) -> dict[str, BoardState]:
        """How each board is seen now."""
        return {name: station.state for name, station in self._stations.items()}

    def counts(self) -> dict[str, Counts]:
        """What each board's lines came to so far."""
        return {name: station.reader.counts for name, station in self._stations.items()}

    def subscribe(self, subscriber: Subscriber) -> None:
        """Deliver to `subscriber` from now on."""
        with self._lock:
            self._subscribers = [*self._subscribers, subscriber]

    def unsubscribe(self, subscriber: Subscriber) -> None:
        """Deliver no more."""
        with self._lock:
            self._subscribers = [s for s in self._subscribers if s is not subscriber]

    def tell(self, item: Item) -> None:
        """Let every subscriber know of something (from any thread)."""
        with self._lock:
            self._told.append(item)
        self._pump.wake()

    def mark(self, text: str = "") -> None:
        """Mark this moment."""
        self.tell(Happening("", self.now_s(), Kind.MARK, {"text": text}))

    def set_control(self, board: str, control: str, value: float) -> None:
        """Set a control of a board's program."""
        link = self._stations[board].link
        if link is None:
            return
        self._talker.say(link, set_command(control, value))
        detail = {"control": control, "value": value}
        self.tell(Happening(board, self.now_s(), Kind.CONTROL, detail))

    def adopt(self, name: str, link: Link) -> None:
        """Read a board over a link that is already open, before `start`."""
        out = Delivery()
        self._open(self._stations[name], link, link.name, out)
        self._told += out.items

    def refuse(self, name: str, error: StemkitError) -> None:
        """A board's port would not open at first, before `start`; it is tried again."""
        out = Delivery()
        self._stations[name].refused(error, 0.0, out)
        self._told += out.items

    def start(self) -> None:
        """Begin to read; boards that were not adopted are looked for."""
        for station in self._stations.values():
            if station.link is None:
                self._connector.look_for(station.board)
        self._connector.start()
        executor = ThreadPoolExecutor(1, thread_name_prefix="read boards")
        self._work = executor.submit(self._run)
        executor.shutdown(wait=False)

    def check(self) -> None:
        """Raise the error that ended the reading thread, if one did."""
        if self._work is not None and self._work.done():
            self._work.result()

    def stop(self) -> None:
        """Stop reading and let go of all ports; boards go back to plain lines."""
        self._stopping = True
        self._resting.set()
        self._pump.wake()
        try:
            if self._work is not None:
                self._work.result()
        finally:
            self._let_go()

    def _run(self) -> None:
        while not self._stopping:
            self.round(_HOUSEKEEPING_S)

    def round(self, timeout_s: float) -> None:
        """Wait up to `timeout_s` for bytes and deliver what they mean (the thread's work)."""
        out = Delivery()
        arrivals = [] if self._held_back(out) else self._pump.wait(timeout_s)
        self._housekeep(out)
        for arrival in arrivals:
            station = self._stations[arrival.key]
            if arrival.data is None:
                self._lose(station, arrival.t_s - self._origin_s, out)
                continue
            station.take(arrival, self._origin_s, out)
            if station.wants_tails() and station.link is not None:
                self._talker.say(station.link, START_TALKING)
        if out:
            self._deliver(out)

    def _held_back(self, out: Delivery) -> bool:
        """Wait a little while a recorder is far behind: what boards send waits in the system."""
        full = any(subscriber.full for subscriber in self._subscribers)
        if full:
            if not self._holding:
                out.items.append(Happening("", self.now_s(), Kind.HELD_BACK))
            self._resting.wait(_REST_S)
        self._holding = full
        return full

    def _deliver(self, out: Delivery) -> None:
        shaped = Delivery(self.shape(out.items), out.raw)
        for subscriber in self._subscribers:
            subscriber.deliver(shaped)

    def _housekeep(self, out: Delivery) -> None:
        for result in self._connector.results():
            self._obey(result, out)
        if self._told:
            with self._lock:
                told, self._told = self._told, []
            out.items.extend(told)
        now_s = self.now_s()
        if now_s - self._looked_s >= 1.0:
            self._looked_s = now_s
            for station in self._stations.values():
                station.notice_silence(now_s, out)
            jump_s = self._wall.jumped_by_s()
            if jump_s is not None:
                jump = Happening("", now_s, Kind.CLOCK_JUMPED, {"by_s": round(jump_s, 3)})
                out.items.append(jump)

    def _obey(self, result: Result, out: Delivery) -> None:
        if isinstance(result, Bare):
            out.items.append(Happening(result.name, self.now_s(), Kind.NEEDS_FIRMWARE))
            return
        board = result.board
        if isinstance(result, Appeared):
            station = Station(board, LineReader(board.name))
            self._stations = {**self._stations, board.name: station}
        elif isinstance(result, Opened):
            self._open(self._stations[board.name], result.link, result.port, out)
        else:
            self._stations[board.name].refused(result.error, self.now_s(), out)

    def _open(self, station: Station, link: Link, port: str, out: Delivery) -> None:
        station.opened(link, port, self.now_s(), out)
        self._pump.add(station.board.name, link)

    def _lose(self, station: Station, t_s: float, out: Delivery) -> None:
        self._pump.remove(station.board.name)
        if not station.board.comes_back:
            station.finish(t_s, out)
        station.lost(t_s, out)
        if station.board.comes_back:
            self._connector.look_for(station.board)

    def _let_go(self) -> None:
        self._connector.close()
        for station in self._stations.values():
            if station.link is not None and station.reader.tails:
                self._talker.say(station.link, STOP_TALKING)
        self._talker.close()
        self._pump.close()
        for station in self._stations.values():
            if station.link is not None:
                station.link.close()
