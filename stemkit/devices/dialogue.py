"""Blocks out, lines back: the host's side of the conversation with the receiver on a board."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from stemkit.devices.receiver import FIRST_WORDS, Comparison, Facts, facts_in, opening
from stemkit.devices.session import Session
from stemkit.wire.upload import (
    HEAD_BYTES,
    MIN_CAPACITY_BYTES,
    Block,
    Cutter,
    Line,
    LineReader,
    frame,
    record,
)

# How long after its last byte a block's receipt may come: adapters (16 ms), USB hubs, a busy
# computer. Too short costs a question more, too long costs the wait where bytes were lost.
_RECEIPT_S: Final = 0.3
# A board that writes to its flash says nothing meanwhile; after so long it is asked.
_ASK_AFTER_S: Final = 1.5
_PATIENCE_S: Final = 20.0
_QUIET_S: Final = 0.08
_TRIES: Final = 12
_MUCH_SLOWER: Final = 3.0
# What lies in front of a block in the board's buffer: the unread end of the one before. Larger
# ones exist and are refused by the board, then cut smaller.
UNREAD_BYTES: Final = 256
_END: Final = b"\x04"
_FRIENDLY_PROMPT: Final = b">>> "
_RETUNED_S: Final = 0.1
_START_S: Final = 3.0


class ReceiverGoneError(Exception):
    """The receiver ended or was never there; `trace` is what the prompt says about it."""

    def __init__(self, trace: str) -> None:
        super().__init__(trace)
        self.trace = trace

    @property
    def errno(self) -> int | None:
        """The number of the `OSError` that ended it."""
        last = self.trace.strip().splitlines()[-1:] or [""]
        digits = "".join(c for c in last[0].partition(":")[2] if c.isdigit())
        return int(digits) if last[0].startswith("OSError") and digits else _named(last[0])


def _named(line: str) -> int | None:
    import errno

    names = [name for name in errno.errorcode.values() if name in line.split()]
    return getattr(errno, names[0]) if line.startswith("OSError") and names else None


class ReceiverDeafError(Exception):
    """The board takes no block: it hears nothing, or nothing whole."""


class Dialogue:
    """One run of the receiver on a board whose session is at the raw prompt.

    `count` is called with the stream's bytes of each block that has arrived. Raises
    `ReceiverGoneError` and `ReceiverDeafError`.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._port = session.transport.port
        self._slow_baud = session.link.baud
        self._reader = LineReader()
        self._lines: list[Line] = []
        self._answers: list[Line] = []
        self._wanted: int | None = None
        self._received: int | None = None
        self._room_bytes = self._capacity = 0
        self._measured_bytes_s = float("inf")
        self.cutter = Cutter(0, first_number=0)
        self.wire_bytes = 0
        self.count: Callable[[int], None] = lambda size: None

    def start(self, *, carefully: bool) -> Facts:
        """Start the receiver's first words and return what the board says of itself.

        `carefully` waits for the prompt piece by piece: slower, for a line that loses bytes.
        """
        if carefully:
            self._session.start(FIRST_WORDS)
            self.wire_bytes += len(FIRST_WORDS)
        else:
            self._write(FIRST_WORDS + _END)
        deadline = time.monotonic() + _START_S + self._line_s(len(FIRST_WORDS))
        while not self._answers:
            if not self._heed_next(deadline):
                raise ReceiverDeafError
        return facts_in(self._answers.pop().text)

    def has_all(self, comparison: Comparison) -> bool:
        """Whether the board has all that is compared; then the receiver has ended."""
        self._write(comparison.packed)
        limit_s = self._line_s(len(comparison.packed)) + comparison.limit_s + _START_S
        deadline = time.monotonic() + limit_s
        while not self._answers:
            if not self._heed_next(deadline):
                raise ReceiverDeafError
        if self._answers.pop().kind != "U":
            return False
        self._await_prompt()
        return True

    def open(self, core: list[bytes], window_bits: int, room_bytes: int) -> None:
        """Begin the stream, with a window and a buffer of this size, and wait for the board."""
        self.cutter = Cutter(window_bits, first_number=-1 if window_bits else 0)
        self._room_bytes = self._capacity = room_bytes - UNREAD_BYTES
        packet = opening(core, self.cutter, room_bytes)
        began_s = time.monotonic()
        self._write(packet)
        deadline = time.monotonic() + _START_S + self._line_s(len(packet))
        while self._wanted is None:
            if not self._heed_next(deadline):
                raise ReceiverDeafError
        self._measure(len(packet), time.monotonic() - began_s)

    def send(self) -> None:
        """Send all that was added to the stream so far."""
        self.cutter.flush()
        while self.cutter.left_bytes:
            self._await_wish()
            self._deliver()

    def ask(self, records: bytes) -> str:
        """Send records that answer, and return the answer."""
        self.cutter.add(record("b", b"") + records + record("a", b""))
        for _ in range(_TRIES):
            self._answers.clear()
            self.send()
            answer = self._await_answer("A")
            if answer is not None:
                return answer
            # The answer was damaged on its way: say it again.
            self.cutter.add(record("a", b""))
        raise ReceiverDeafError

    def finish(self) -> None:
        """Send the rest, with the record that ends the receiver; the prompt is there again."""
        self.send()
        try:
            # Its farewell can be lost; then the prompt tells that it has ended.
            self._await_answer("Z")
        except ReceiverGoneError as error:
            if error.trace:
                raise
        if self._port.link.baud != self._slow_baud:
            self._port.link.baud = self._slow_baud
        self._await_prompt()

    def _await_prompt(self) -> None:
        """Take the receiver's end; where it is lost the next command tells."""
        deadline = time.monotonic() + _RECEIPT_S
        while not self._reader.other.endswith(_END + b">") and time.monotonic() < deadline:
            self._reader.feed(self._port.read_some(_QUIET_S))
        self._port.put_back(b">")

    def retune(self, baud: int) -> bool:
        """Follow the board to another rate; False when it does not answer there and is back."""
        # Without its word the board is on its way all the same, or comes back from there.
        self._await_answer("K")
        if self._bytes_s() > self._slow_baud / 10 / _MUCH_SLOWER:
            self._measured_bytes_s = float("inf")  # the rate was what limited it
        self._port.link.baud = baud
        self._wanted = None
        if self._heed_next(time.monotonic() + _RETUNED_S) or self._probe(_RETUNED_S):
            return True
        self._port.link.baud = self._slow_baud
        # The board goes back by itself when it has heard nothing whole for half a second.
        if not self._probe(_PATIENCE_S / 4):
            raise ReceiverDeafError
        return False

    # -- blocks --------------------------------------------------------------------------------

    def _deliver(self) -> None:
        for attempt in range(_TRIES):
            block = self.cutter.cut(self._capacity)
            assert block is not None
            self._drop_stale()
            self._wanted = self._received = None
            framed = frame(block)
            began_s = time.monotonic()
            self._write(framed)
            if self._arrived(block, len(framed)):
                self._measure(len(framed), time.monotonic() - began_s)
                self.count(len(block.data))
                self._capacity = min(self._room_bytes, self._capacity * 5 // 4)
                return
            self.cutter.take_back()
            if attempt > 0:
                # A line that loses bytes again and again: lose less at a time.
                self._capacity = max(MIN_CAPACITY_BYTES, self._capacity // 2)
        raise ReceiverDeafError

    def _arrived(self, block: Block, size: int) -> bool:
        """Whether the board has the block; if not, it waits for it again."""
        deadline = time.monotonic() + self._line_s(size) + _RECEIPT_S
        while self._received is None and self._wanted is None:
            if not self._heed_next(deadline) and not self._probe(self._line_s(size) + 2.0, size):
                raise ReceiverDeafError
        return self._received == block.number or self._wanted == block.number + 1

    def _await_wish(self) -> None:
        """Wait until the board wants the next block."""
        give_up = time.monotonic() + _PATIENCE_S
        while self._wanted is None and time.monotonic() < give_up:
            if not self._heed_next(time.monotonic() + _ASK_AFTER_S):
                self._probe(_QUIET_S)
        if self._wanted != self.cutter.next_number:
            raise ReceiverDeafError

    def _await_answer(self, kind: str) -> str | None:
        """The text of the next line of a kind; None when the board goes on without it."""
        give_up = time.monotonic() + _PATIENCE_S
        while time.monotonic() < give_up:
            for line in self._answers:
                if line.kind == kind:
                    self._answers.remove(line)
                    return line.text
            if self._wanted is not None:
                return None
            if not self._heed_next(time.monotonic() + _ASK_AFTER_S):
                self._probe(_QUIET_S)
        raise ReceiverDeafError

    def _probe(self, patience_s: float, most: int = HEAD_BYTES) -> bool:
        """Find out what the board wants: fill up what it waits for until it complains."""
        give_up = time.monotonic() + patience_s
        filled, size = 0, HEAD_BYTES + 3
        while self._wanted is None and time.monotonic() < give_up:
            wait_s = _QUIET_S
            if filled <= 2 * most:
                self._write(bytes(size))
                wait_s += self._line_s(size)
                filled += size
                size *= 4
            self._heed_next(time.monotonic() + wait_s)
        # Several answers can be under way: the last one counts.
        while self._wanted is not None and self._heed_next(time.monotonic() + _QUIET_S):
            pass
        return self._wanted is not None

    # -- lines ---------------------------------------------------------------------------------

    def _heed_next(self, deadline: float) -> bool:
        """Take the next line of the receiver; False when none came until the deadline."""
        while not self._lines:
            left_s = deadline - time.monotonic()
            if left_s <= 0:
                return False
            self._lines += self._reader.feed(self._port.read_some(left_s))
            self._check_running()
        line = self._lines.pop(0)
        if line.kind == "W" and line.text.isdigit():
            self._wanted = int(line.text)
        elif line.kind == "G" and line.text.isdigit():
            self._received = int(line.text)
        else:
            self._answers.append(line)
        return True

    def _check_running(self) -> None:
        """Raise when the prompt shows that the receiver has ended (it prints no 0x04 itself)."""
        if self._lines:
            return
        other = bytes(self._reader.other)
        if other.count(_END) >= 2:
            raise ReceiverGoneError(other.split(_END)[1].decode("utf-8", "replace"))
        if _FRIENDLY_PROMPT in other:
            raise ReceiverGoneError("")

    def _drop_stale(self) -> None:
        if self._port.inWaiting():
            self._reader.feed(self._port.read_some(0.0))
        self._lines.clear()

    def _write(self, data: bytes) -> None:
        self._port.write(data)
        self.wire_bytes += len(data)

    def _line_s(self, size: int) -> float:
        """Time that bytes take on the line; too much where the rate means nothing."""
        return size / self._bytes_s()

    def _bytes_s(self) -> float:
        return min(self._port.link.baud / 10, self._measured_bytes_s)

    def _measure(self, size: int, seconds: float) -> None:
        """Learn from what has arrived: behind a bridge the line can be slower than its rate says.

        The fastest that was seen counts: the board's own work and lost bytes only add to the time.
        """
        seen = size / max(seconds, 0.001)
        before = self._measured_bytes_s
        self._measured_bytes_s = seen if before == float("inf") else max(before, seen)
