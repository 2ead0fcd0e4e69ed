"""A feed that says what a test puts into it, at the time that the test says."""

from __future__ import annotations

from collections.abc import Mapping

from stemkit.actions.readings.watching import Watching
from stemkit.actions.stream import BoardAddress, BoardState, Delivery, Subscriber
from stemkit.actions.stream.mailbox import unshaped
from stemkit.model.experiment import Experiment
from stemkit.model.reading import Counts, Happening, Item, Kind, Readings
from stemkit.screen.session import Session
from stemkit.screen.viewer import Viewer


class StillFeed:
    """Time stands still between two calls of `put`."""

    live = True
    ended = False

    def __init__(self, *boards: str) -> None:
        self.boards = tuple(BoardAddress(name, name) for name in boards)
        self.shape = unshaped
        self.time_s = 0.0
        self.found = dict.fromkeys(boards, BoardState.SILENT)
        self.counted = {name: Counts() for name in boards}
        self.set: list[tuple[str, str, float]] = []
        self._subscribers: list[Subscriber] = []

    def now_s(self) -> float:
        return self.time_s

    def states(self) -> Mapping[str, BoardState]:
        return self.found

    def counts(self) -> Mapping[str, Counts]:
        return self.counted

    def subscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.append(subscriber)

    def unsubscribe(self, subscriber: Subscriber) -> None:
        self._subscribers.remove(subscriber)

    def tell(self, item: Item) -> None:
        self.put(item)

    def mark(self, text: str = "") -> None:
        self.put(Happening("", self.time_s, Kind.MARK, {"text": text}))

    def set_control(self, board: str, control: str, value: float) -> None:
        self.set.append((board, control, value))

    def start(self) -> None:
        pass

    def check(self) -> None:
        pass

    def stop(self) -> None:
        pass

    def put(self, *items: Item) -> None:
        shaped = self.shape(list(items))
        for item in shaped:
            if isinstance(item, Readings):
                self.found[item.board] = BoardState.LIVE
                self.time_s = max(self.time_s, item.t_s[-1])
                count = self.counted.setdefault(item.board, Counts())
                count.lines += len(item)
        for subscriber in self._subscribers:
            subscriber.deliver(Delivery(shaped))


def readings(board: str, start: float, stop: float, hz: float = 10.0, **curves) -> Readings:  # type: ignore[no-untyped-def]
    """Readings of `label=curve(t)`."""
    times = [start + i / hz for i in range(round((stop - start) * hz))]
    columns = tuple([curve(t) for t in times] for curve in curves.values())
    return Readings(board, tuple(curves), columns, times, times)


def session(*boards: str, experiment: Experiment | None = None) -> tuple[StillFeed, Session]:
    feed = StillFeed(*boards)
    watching = Watching(feed, experiment=experiment)
    return feed, Session(watching, Viewer.of(watching.experiment))
