"""A board that goes in the middle of a deploy and comes back: the deploy goes on by itself."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from stemkit.actions.boards.listing import Around, Board, list_boards
from stemkit.actions.programs.deploy import Deploy, Deployed, deploy_boards
from stemkit.actions.programs.source import PlainFiles
from stemkit.events import Event, Noted
from stemkit.links.ports import Port
from stemkit.virtual import RunningBoard
from tests.deploy.benchwork import files, on_board, session_on
from tests.deploy.test_faults import NEW, OLD, fault, state
from tests.virtual.steering import now, tell, wait_until


def deployed(to: Board, content: dict[str, bytes], deploy: Deploy) -> Deployed:
    source = PlainFiles(files(content))
    (done,) = deploy_boards([to], replace(deploy, source=source)).boards
    return done


class Person:
    """Pushes the plug in again, so long after it came out."""

    def __init__(self, board: RunningBoard, after_s: float) -> None:
        self._board, self._after_s = board, after_s
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> Person:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._done.set()
        self._thread.join()
        fault(self._board, unplug_at=-1)
        tell(self._board, "plug")
        wait_until(lambda: tell(self._board, "state")["state"] == "running")

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            if not now(self._board).port:
                time.sleep(self._after_s)
                tell(self._board, "plug")
                return


@pytest.mark.parametrize("seed", range(8))
def test_a_wiggled_cable(virtual_board: RunningBoard, seed: int) -> None:
    rng = random.Random(seed)
    (to,) = list_boards()
    plain = Deploy(PlainFiles([]), fast=False)
    assert deployed(to, OLD, plain).error is None
    whole = deployed(to, NEW, plain).bytes_wire
    assert deployed(to, OLD, plain).error is None
    events: list[Event] = []
    with Person(virtual_board, after_s=rng.choice([0.0, 0.3, 1.0])):
        fault(virtual_board, unplug_at=rng.randrange(100, whole))
        done = deployed(to, NEW, replace(plain, sink=events.append))
    assert (done.error, done.verified, done.status) == (None, True, "deployed")
    assert any(isinstance(event, Noted) and "lost" in event.text for event in events)
    with session_on(virtual_board.port) as session:
        assert state(session) == "new"


def test_one_that_stays_away_is_told_in_time(virtual_board: RunningBoard) -> None:
    (to,) = list_boards()
    plain = Deploy(PlainFiles([]), fast=False, back_within_s=0.5)
    assert deployed(to, OLD, plain).error is None
    with Person(virtual_board, after_s=3.0):
        fault(virtual_board, unplug_at=1500)
        done = deployed(to, NEW, plain)
    assert done.error is not None
    assert (done.error.code, done.status) == ("link-lost", "failed")
    assert done.seconds < 2.5
    with session_on(virtual_board.port) as session:
        assert state(session) in ("old", "new")


def test_usb_that_comes_back_under_another_name(
    virtual_board: RunningBoard, tmp_path: Path
) -> None:
    """The same USB socket, ttyACM0 and then ttyACM1: as the system lists it."""
    names = [tmp_path / "ttyACM0", tmp_path / "ttyACM1"]

    def ports() -> list[Port]:
        plugged = now(virtual_board).port
        number = int(bool(came_out))
        if not plugged:
            came_out.append(True)
            return []
        if not names[number].is_symlink():
            names[number].symlink_to(plugged)
        other = Port(str(tmp_path / "ttyUSB7"), 0x1A86, 0x7523, "CH340", location="1-9")
        return [other, Port(str(names[number]), 0x303A, 0x4001, "native USB", location="1-2:1.0")]

    came_out: list[bool] = []
    plain = Deploy(PlainFiles([]), fast=False, around=Around(ports=ports))
    to = Board("ttyACM0", str(names[0]))
    assert deployed(to, OLD, plain).error is None
    with Person(virtual_board, after_s=0.3):
        fault(virtual_board, unplug_at=2000)
        done = deployed(to, NEW, plain)
    assert done.error is None
    assert came_out
    with session_on(virtual_board.port) as session:
        assert on_board(session)["lib/a.py"] == NEW["lib/a.py"]
