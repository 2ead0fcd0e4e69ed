"""What tests do to running virtual boards, as a person or another program would."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from stemkit.storage import places
from stemkit.virtual import RunningBoard, running
from stemkit.virtual.control import ask


def now(board: RunningBoard) -> RunningBoard:
    """The board as it is announced now."""
    return next(b for b in running(places.running_boards()) if b.name == board.name)


def wait_until(true: Callable[[], bool], timeout_s: float = 10.0) -> None:
    until = time.monotonic() + timeout_s
    while not true():
        assert time.monotonic() < until, "it did not happen"
        time.sleep(0.02)


def wait_for_drive(board: RunningBoard) -> Path:
    wait_until(lambda: now(board).drive != "")
    return Path(now(board).drive)


def wait_for_port(board: RunningBoard) -> RunningBoard:
    wait_until(lambda: now(board).port != "" and tell(board, "state")["state"] == "running")
    return now(board)


def tell(board: RunningBoard, op: str, **more: Any) -> dict[str, Any]:
    answer = ask(board.control, {"op": op, "board": board.name, **more})
    assert "error" not in answer, answer
    return answer
