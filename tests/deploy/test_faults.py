"""Cut, reset, lost and flipped bytes, stalls: the board has all its old files or all the new."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Iterator
from typing import Any

import pytest

from stemkit.actions.sim import Wanted, start_boards
from stemkit.devices.session import Session
from stemkit.devices.upload_errors import BoardWriteError, ReadOnlyBoardError
from stemkit.errors import BoardError
from stemkit.links.errors import LinkLostError
from stemkit.virtual import RunningBoard
from tests.deploy.benchwork import on_board, send, session_on
from tests.virtual.steering import tell, wait_until

OLD = {
    "main.py": b"print('old')\n" * 30,
    "lib/a.py": b"a = 'old'\n" * 100,
    "lib/b.py": random.Random(1).randbytes(900),
    "old.txt": b"only in the old lesson",
}
NEW = {
    "main.py": b"print('new')\n" * 30,
    "lib/a.py": b"a = 'new'\n" * 120,
    "lib/b.py": random.Random(2).randbytes(1500),
    "new/c.py": b"only in the new lesson",
}


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningBoard]:
    """One board for all: what a test leaves on it the next one replaces."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STEMKIT_HOME", str(tmp_path_factory.mktemp("home")))
        started = start_boards(Wanted(paced=False), detach=False)
    yield started.boards[0]
    started.close()


def fault(board: RunningBoard, **values: Any) -> None:
    tell(board, "fault", values=values)


def state(session: Session) -> str:
    there = {path: data for path, data in on_board(session).items() if path != "boot.py"}
    if there == OLD:
        return "old"
    assert there == NEW
    return "new"


@contextlib.contextmanager
def again(board: RunningBoard) -> Iterator[Session]:
    """The board, plugged in again after whatever happened to it."""
    tell(board, "plug")
    wait_until(lambda: tell(board, "state")["state"] == "running")
    with session_on(board.port) as session:
        yield session


def place(board: RunningBoard, session: Session, seed: str) -> int:
    """A place in the traffic of an upload of NEW over OLD, from its first byte to past its last."""
    send(session, OLD)
    whole = send(session, NEW).wire_bytes
    send(session, OLD)
    # The board's lines come to about a quarter of what it is sent.
    return random.Random(seed).randrange(whole * 5 // 4 + 200)


@pytest.mark.parametrize("seed", range(50))
def test_a_cable_that_is_pulled(board: RunningBoard, seed: int) -> None:
    with session_on(board.port) as session:
        at = place(board, session, f"cut {seed}")
    with contextlib.suppress(LinkLostError), session_on(board.port) as session:
        fault(board, unplug_at=at)
        send(session, NEW)
    fault(board, unplug_at=-1)
    with again(board) as session:
        assert state(session) in ("old", "new")
        send(session, NEW)
        assert state(session) == "new"


@pytest.mark.parametrize("seed", range(50))
def test_a_supply_that_dips(board: RunningBoard, seed: int) -> None:
    with session_on(board.port) as session:
        at = place(board, session, f"reset {seed}")
        fault(board, reset_at=at)
        send(session, NEW)
        fault(board, reset_at=-1)
        assert state(session) == "new"


@pytest.mark.parametrize("seed", range(12))
def test_a_line_that_spoils_bytes(board: RunningBoard, seed: int) -> None:
    rng = random.Random(seed)
    with session_on(board.port) as session:
        send(session, OLD)
        kind = rng.choice(["drop", "flip"])
        fault(board, **{kind: rng.choice([0.0005, 0.001, 0.002])}, seed=seed)
        try:
            send(session, NEW)
            arrived = True
        except BoardError:
            arrived = False
        fault(board, drop=0.0, flip=0.0)
        session.enter()
        assert state(session) == "new" or not arrived
        send(session, NEW)
        assert state(session) == "new"


@pytest.mark.parametrize("stall_s", [0.2, 0.6, 1.7])
def test_a_line_that_stalls(board: RunningBoard, stall_s: float) -> None:
    with session_on(board.port) as session:
        send(session, OLD)
        fault(board, stall_s=stall_s)
        send(session, NEW)
        assert state(session) == "new"


FAILING = """
import os
rename, count = os.rename, 0
def fail(old, new):
    global count
    count += 1
    if count >= %d: raise OSError(5)
    rename(old, new)
os.rename = fail
"""


@pytest.mark.parametrize("call", [1, 2, 4, 6])
def test_a_file_system_that_fails_while_files_change_places(board: RunningBoard, call: int) -> None:
    with session_on(board.port) as session:
        send(session, OLD)
        session.exec(FAILING % call)
        with pytest.raises(BoardWriteError):
            send(session, NEW)
        session.enter()
        # What was begun is finished at the next start, before any program runs.
        session.soft_reset()
        assert state(session) == ("old" if call == 1 else "new")
        send(session, NEW)
        assert state(session) == "new"


def test_a_file_system_that_may_only_be_read(board: RunningBoard) -> None:
    with session_on(board.port) as session:
        session.exec(
            "import vfs\nflash = vfs.mount()[-1][0]\nvfs.umount('/')\n"
            "vfs.mount(flash, '/', readonly=True)"
        )
        with pytest.raises(ReadOnlyBoardError):
            send(session, {**NEW, "another.txt": b"1"})
        session.enter()
        session.soft_reset()
        send(session, NEW)
        assert state(session) == "new"


def test_a_flash_that_is_worn_out(board: RunningBoard) -> None:
    with session_on(board.port) as session:
        send(session, OLD)
        fault(board, flash_fails=[(0x200000, 0x400000)])
        with pytest.raises(BoardWriteError):
            send(session, NEW)
        fault(board, flash_fails=[])
        session.enter()
        session.soft_reset()
        assert state(session) == "old"
        send(session, NEW)
        assert state(session) == "new"
