"""Work on several boards at once, a thread each; Ctrl-C ends all of it at safe places."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

_LOOK_S: Final = 0.1

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[T]):
    """What came of every piece of work, in their order."""

    results: tuple[T | None, ...]
    """None for one that met a fault, or that did not come to a safe place in time."""
    interrupted: bool
    fault: BaseException | None
    """The first fault of stemkit itself; the others went on."""


class _Worker(threading.Thread, Generic[T]):
    """One piece of work."""

    def __init__(self, work: Callable[[], T], name: str) -> None:
        # A daemon: a second Ctrl-C must be able to leave at once.
        super().__init__(name=name, daemon=True)
        self._work = work
        self.result: T | None = None
        self.fault: BaseException | None = None
        self.ended = threading.Event()

    def run(self) -> None:
        """Do it; a fault of ours is kept for the main thread, where the boundary reports it."""
        try:
            self.result = self._work()
        except BaseException as error:  # noqa: BLE001
            self.fault = error
        finally:
            self.ended.set()


def side_by_side(
    work: Sequence[tuple[str, Callable[[], T]]], stop: threading.Event, limit_s: float
) -> Outcome[T]:
    """Do every (name, work) in a thread of its own and wait for all.

    After Ctrl-C `stop` is set, and what looks at it has `limit_s` seconds to come to an end.
    """
    workers = [_Worker(do, name) for name, do in work]
    for worker in workers:
        worker.start()
    interrupted = not _all_ended(workers, stop, limit_s)
    return Outcome(
        tuple(worker.result for worker in workers),
        interrupted,
        next((worker.fault for worker in workers if worker.fault is not None), None),
    )


def _all_ended(workers: Sequence[_Worker[T]], stop: threading.Event, limit_s: float) -> bool:
    """Wait for all; False where the person stopped them.

    Not by `Thread.join`: before Python 3.13, one that Ctrl-C interrupts takes its thread for ended.
    """
    try:
        for worker in workers:
            while not worker.ended.wait(_LOOK_S):
                pass
    except KeyboardInterrupt:
        stop.set()
        ends_s = time.monotonic() + limit_s
        for worker in workers:
            worker.ended.wait(max(0.0, ends_s - time.monotonic()))
        return False
    return True
