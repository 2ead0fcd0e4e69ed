"""Opens ports beside the reading thread: finding and opening a port can take seconds."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue

from stemkit.actions.stream.address import BoardAddress, Whereabouts
from stemkit.errors import BoardError, MachineError, NoSuchBoardError, StemkitError
from stemkit.model.link import Link

OpenPort = Callable[[str, int], Link]
"""Opens a port at a rate (bits a second)."""
LOOK_EVERY_S = 0.3
# A port that has just come back is busy or forbidden for a moment while the system sets it up.
PATIENCE_S = 3.0
EXPECTED = (BoardError, NoSuchBoardError, MachineError)
"""Errors of opening a port that pass when the board is plugged in, or the other program closed."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A board's port is open (again)."""

    board: BoardAddress
    port: str
    link: Link


@dataclass(frozen=True, slots=True)
class Refused:
    """A board's port is there and has not opened for a while: told once, and tried on."""

    board: BoardAddress
    error: StemkitError


class Connector:
    """Looks for lost boards in a thread of its own until each is found and open."""

    def __init__(
        self, open_port: OpenPort, whereabouts: Whereabouts, told: Callable[[], None]
    ) -> None:
        self._open_port, self._whereabouts, self._told = open_port, whereabouts, told
        self._wanted: SimpleQueue[BoardAddress] = SimpleQueue()
        self._results: SimpleQueue[Opened | Refused] = SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="look for boards", daemon=True)
        self._started = False

    def look_for(self, board: BoardAddress) -> None:
        """Open the board's port as soon as it can be; the answer is among `results`."""
        self._wanted.put(board)
        if not self._started:
            self._started = True
            self._thread.start()

    def results(self) -> list[Opened | Refused]:
        """What has happened since the last call."""
        found = []
        while True:
            try:
                found.append(self._results.get_nowait())
            except Empty:
                return found

    def close(self) -> None:
        """Stop looking; links that were opened and not taken are closed."""
        self._stop.set()
        if self._started:
            self._thread.join(timeout=5.0)
        for result in self.results():
            if isinstance(result, Opened):
                result.link.close()

    def _run(self) -> None:
        lost: dict[BoardAddress, int] = {}
        while not self._stop.is_set():
            self._collect(lost)
            for board in list(lost):
                if self._stop.is_set():
                    return
                result = self._try(board, lost)
                if result is not None:
                    self._results.put(result)
                    self._told()
            if lost:
                self._stop.wait(LOOK_EVERY_S)

    def _collect(self, lost: dict[BoardAddress, int]) -> None:
        try:
            if not lost:
                lost[self._wanted.get(timeout=LOOK_EVERY_S)] = 0
            while True:
                lost[self._wanted.get_nowait()] = 0
        except Empty:
            return

    def _try(self, board: BoardAddress, lost: dict[BoardAddress, int]) -> Opened | Refused | None:
        port = self._whereabouts(board)
        if port is None:
            return None
        try:
            link = self._open_port(port, board.baud)
        except NoSuchBoardError:
            return None
        except EXPECTED as error:
            lost[board] += 1
            told = lost[board] == round(PATIENCE_S / LOOK_EVERY_S)
            return Refused(board, error) if told else None
        del lost[board]
        return Opened(board, port, link)
