"""Start virtual boards from another process, and end them."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from stemkit.virtual.control import ask
from stemkit.virtual.errors import (
    NoSuchVirtualBoardError,
    SupervisorFailedError,
    VirtualUnsupportedError,
)
from stemkit.virtual.plan import BoardPlan, Plan
from stemkit.virtual.state import RunningBoard, running

_ANSWERS_WITHIN_S: Final = 5.0


@dataclass
class Started:
    """Boards that this process has started; `close` ends them (not the detached ones)."""

    boards: list[RunningBoard]
    process: subprocess.Popen[str]

    def close(self) -> None:
        """End them."""
        if self.process.stdin is not None:
            with suppress(OSError):
                self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def wait(self) -> None:
        """Until the supervisor ends by itself (somebody stopped the boards)."""
        self.process.wait()


def require_virtual() -> None:
    """Raise VirtualUnsupportedError or NoMicroPythonError where virtual boards cannot run."""
    if sys.platform == "win32":
        raise VirtualUnsupportedError(system="Windows")
    # What it needs (terminals, fork) is not there on Windows, not even to be imported.
    from stemkit.virtual.process import require_micropython

    require_micropython()


def start(plans: Sequence[BoardPlan], folder: Path, *, detach: bool = False) -> Started:
    """Start a supervisor with these boards and wait until all are up.

    With `detach` they run on when this process ends; otherwise they end with it, even when it is
    killed. `folder` is `storage.places.running_boards()`.
    """
    require_virtual()
    folder.mkdir(parents=True, exist_ok=True)
    log_fd, log = tempfile.mkstemp(prefix="log-", suffix=".txt", dir=folder)
    plan = Plan(tuple(plans), str(folder), log, stop_with_stdin=not detach)
    process = subprocess.Popen(
        [sys.executable, "-m", "stemkit.virtual.supervisor"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=log_fd,
        text=True,
        start_new_session=True,
    )
    os.close(log_fd)
    assert process.stdin is not None
    assert process.stdout is not None
    with suppress(BrokenPipeError):
        process.stdin.write(json.dumps(plan.to_json()) + "\n")
        process.stdin.flush()
    line = process.stdout.readline()
    if not line or not json.loads(line)["ready"]:
        process.kill()
        reason = Path(log).read_text("utf-8", "replace").strip().splitlines()[-1:] or ["?"]
        raise SupervisorFailedError(reason=reason[0])
    if detach:
        process.stdin.close()
    names = {row.name for row in plans}
    mine = [b for b in running(folder) if b.pid == process.pid and b.name in names]
    return Started(mine, process)


def free_names(folder: Path, count: int) -> list[str]:
    """The next `count` names (`v1`, `v2`, ...) that no running board has."""
    taken = {board.name for board in running(folder)}
    names: list[str] = []
    number = 0
    while len(names) < count:
        number += 1
        if f"v{number}" not in taken:
            names.append(f"v{number}")
    return names


def stop(folder: Path, names: Sequence[str] | None = None) -> list[RunningBoard]:
    """End the boards of these names, or all; returns those that were ended."""
    now = running(folder)
    chosen = now if names is None else [find(folder, name) for name in names]
    for control, pid in dict.fromkeys((board.control, board.pid) for board in chosen):
        ours = [board.name for board in chosen if board.control == control]
        try:
            ask(control, {"op": "stop", "boards": ours}, _ANSWERS_WITHIN_S)
        except SupervisorFailedError:
            if names is not None or not _is_supervisor(pid):
                raise
            # It hangs, and all are to end: its boards end with it.
            os.kill(pid, signal.SIGKILL)
    gone_by_s = time.monotonic() + 10.0
    keys = {(board.pid, board.name) for board in chosen}
    while keys & {(b.pid, b.name) for b in running(folder)} and time.monotonic() < gone_by_s:
        time.sleep(0.02)
    return chosen


def _is_supervisor(pid: int) -> bool:
    """True where the process is one of ours still (its number can belong to another by now)."""
    try:
        return b"stemkit.virtual.supervisor" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return False


def find(folder: Path, name: str) -> RunningBoard:
    """The running board of this name; NoSuchVirtualBoardError where there is none."""
    now = running(folder)
    for board in now:
        if board.name == name:
            return board
    names = ", ".join(board.name for board in now) or "—"
    raise NoSuchVirtualBoardError(name=name, running=names)
