"""Numbers and times that a board gives its lines: gaps, resets, and its clock over the host's."""

from __future__ import annotations

from collections.abc import Sequence

from stemkit.wire.clock import BoardClock, ClockFit, unwrap
from stemkit.wire.tail import SEQ_MODULO

# A board that was away longer than this many lines cannot be told from one that began anew.
_MOST_LOST = SEQ_MODULO // 2
_OUT_OF_ORDER_MS = 1000


class Timeline:
    """One board's segments. A segment ends where the board's clock goes back."""

    def __init__(self) -> None:
        self.segment = 0
        self.fits: list[ClockFit | None] = []
        """The last fit of every segment that has ended; None where it had no clock."""
        self._clock = BoardClock()
        self._last_ms: int | None = None
        self._last_seq: int | None = None

    @property
    def fit(self) -> ClockFit | None:
        """The running segment's fit."""
        return self._clock.fit

    def next_segment(self) -> None:
        """The board was reset."""
        self.fits.append(self._clock.fit)
        self.segment += 1
        self._clock = BoardClock()
        self._last_ms = self._last_seq = None

    def goes_back(self, stamp_ms: int, modulo_ms: int | None) -> bool:
        """Whether the board's clock was set back since its last line.

        Times inside the lines (`modulo_ms` None) may be a little out of order: Teleplot sends a
        packet a variable.
        """
        if self._last_ms is None:
            return False
        slack_ms = _OUT_OF_ORDER_MS if modulo_ms is None else 0
        return self._continued(stamp_ms, modulo_ms) < self._last_ms - slack_ms

    def lost_before(self, seq: int) -> int:
        """How many lines are missing between the last one and `seq` (0 where nobody can know)."""
        if self._last_seq is None:
            return 0
        missing = (seq - self._last_seq - 1) % SEQ_MODULO
        return missing if missing < _MOST_LOST else 0

    def runs_on(
        self, seqs: Sequence[int] | None, ticks_ms: Sequence[int], modulo_ms: int | None
    ) -> bool:
        """Whether a block (itself without gaps) follows the last line with none lost, no reset."""
        last = self._last_seq
        if seqs is not None and last is not None and (last + 1) % SEQ_MODULO != seqs[0]:
            return False
        return not self.goes_back(ticks_ms[0], modulo_ms)

    def stamp(
        self,
        host_s: Sequence[float],
        ticks_ms: Sequence[int],
        seqs: Sequence[int] | None,
        modulo_ms: int | None,
    ) -> tuple[list[float], list[int]]:
        """Recording's times and unwrapped board times of lines that follow each other."""
        first = self._continued(ticks_ms[0], modulo_ms)
        shift = first - ticks_ms[0]
        board_ms = [ticks + shift for ticks in ticks_ms] if shift else list(ticks_ms)
        self._last_ms = board_ms[-1]
        if seqs is not None:
            self._last_seq = seqs[-1]
        return self._clock.times(host_s, board_ms), board_ms

    def _continued(self, stamp_ms: int, modulo_ms: int | None) -> int:
        if modulo_ms is None or self._last_ms is None:
            return stamp_ms
        return unwrap(stamp_ms, self._last_ms, modulo_ms)
