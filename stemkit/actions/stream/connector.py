"""Opens ports beside the reading thread: finding and opening a port can take seconds."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
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
LOOK_FOR_NEW_EVERY_S = 0.9
# Once it was told that a port does not open it is tried less often: to see who has it costs time.
_LOOKS_BETWEEN_TRIES = 4
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
    """A board's port is there and has not opened for a while: it is tried on."""

    board: BoardAddress
    error: StemkitError


@dataclass(frozen=True, slots=True)
class Bare:
    """Something was plugged in that waits for firmware and has no port to listen at."""

    name: str


@dataclass(frozen=True, slots=True)
class Appeared:
    """A board that nobody named was plugged in; its port is opened next."""

    board: BoardAddress


Discover = Callable[[], Sequence[BoardAddress | Bare]]
"""Gives what was plugged in since the last call."""
Result = Opened | Refused | Appeared | Bare


class Connector:
    """Looks for lost and new boards in a thread of its own until each is found and open."""

    def __init__(
        self,
        open_port: OpenPort,
        whereabouts: Whereabouts,
        told: Callable[[], None],
        discover: Discover | None = None,
    ) -> None:
        self._open_port, self._whereabouts, self._told = open_port, whereabouts, told
        self._discover = discover
        self._discovered_s = 0.0
        self._wanted: SimpleQueue[BoardAddress] = SimpleQueue()
        self._results: SimpleQueue[Result] = SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="look for boards", daemon=True)
        self._started = False

    def look_for(self, board: BoardAddress) -> None:
        """Open the board's port as soon as it can be; the answer is among `results`."""
        self._wanted.put(board)
        self._begin()

    def start(self) -> None:
        """Look for new boards from now on, where somebody wants them."""
        if self._discover is not None:
            self._begin()

    def results(self) -> list[Result]:
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

    def _begin(self) -> None:
        if not self._started:
            self._started = True
            self._thread.start()

    def _run(self) -> None:
        lost: dict[BoardAddress, int] = {}
        while not self._stop.is_set():
            self._collect(lost)
            # Those that were lost come first: a new board must not be taken for one of them.
            for board in list(lost):
                if self._stop.is_set():
                    return
                result = self._try(board, lost)
                if result is not None:
                    self._tell(result)
            self._look_for_new(lost)
            if lost:
                self._stop.wait(LOOK_EVERY_S)

    def _tell(self, result: Result) -> None:
        self._results.put(result)
        self._told()

    def _look_for_new(self, lost: dict[BoardAddress, int]) -> None:
        now_s = time.monotonic()
        if self._discover is None or now_s - self._discovered_s < LOOK_FOR_NEW_EVERY_S:
            return
        self._discovered_s = now_s
        for found in self._discover():
            if isinstance(found, BoardAddress):
                lost[found] = 0
                self._tell(Appeared(found))
            else:
                self._tell(found)

    def _collect(self, lost: dict[BoardAddress, int]) -> None:
        try:
            if not lost:
                lost[self._wanted.get(timeout=LOOK_EVERY_S)] = 0
            while True:
                lost[self._wanted.get_nowait()] = 0
        except Empty:
            return

    def _try(self, board: BoardAddress, lost: dict[BoardAddress, int]) -> Opened | Refused | None:
        many = round(PATIENCE_S / LOOK_EVERY_S)
        if lost[board] > many and lost[board] % _LOOKS_BETWEEN_TRIES:
            lost[board] += 1
            return None
        port = self._whereabouts(board)
        if port is None:
            lost[board] = 0
            return None
        try:
            link = self._open_port(port, board.baud)
        except NoSuchBoardError:
            return None
        except EXPECTED as error:
            lost[board] += 1
            return Refused(board, error) if lost[board] >= many else None
        del lost[board]
        return Opened(board, port, link)
