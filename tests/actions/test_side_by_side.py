"""Work on many boards at once: every result in its place, a fault and Ctrl-C told."""

from __future__ import annotations

import os
import signal
import threading
import time

import pytest

from stemkit.actions.flashing.flash import FlashResult
from stemkit.actions.programs.deploy import DeployResult
from stemkit.actions.side_by_side import side_by_side


def test_results_stand_in_their_order_whoever_is_first() -> None:
    def work(number: int) -> int:
        time.sleep(0.03 * (3 - number))
        return number

    jobs = [(f"{number}", lambda number=number: work(number)) for number in range(4)]
    outcome = side_by_side(jobs, threading.Event(), 1.0)
    assert (outcome.results, outcome.interrupted, outcome.fault) == ((0, 1, 2, 3), False, None)


def test_a_fault_of_one_leaves_the_others_and_is_kept() -> None:
    outcome = side_by_side([("a", lambda: 1 // 0), ("b", lambda: 2)], threading.Event(), 1.0)
    assert outcome.results == (None, 2)
    assert isinstance(outcome.fault, ZeroDivisionError)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="needs POSIX signals")
def test_ctrl_c_waits_for_what_comes_to_an_end_and_not_for_what_does_not() -> None:
    stop, never = threading.Event(), threading.Event()

    def obeys() -> str:
        stop.wait(10)
        time.sleep(0.2)
        return "safe"

    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    outcome = side_by_side([("a", obeys), ("b", lambda: str(never.wait(10)))], stop, 1.0)
    never.set()
    assert (outcome.results, outcome.interrupted) == (("safe", None), True)


@pytest.mark.parametrize("kind", [FlashResult, DeployResult])
def test_an_end_is_raised_for_the_door(kind: type[FlashResult] | type[DeployResult]) -> None:
    def result(**how: object) -> FlashResult | DeployResult:
        unfinished = {"unfinished": ()} if kind is FlashResult else {}
        return kind(boards=(), **unfinished, **how)  # type: ignore[arg-type]

    result().raise_end()
    with pytest.raises(KeyboardInterrupt):
        result(interrupted=True).raise_end()
    with pytest.raises(ZeroDivisionError):
        result(fault=ZeroDivisionError()).raise_end()
