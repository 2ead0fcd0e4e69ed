"""A link with the faults of a real one, by seed: the same bytes meet the same faults every time."""

from __future__ import annotations

import random
import time
from collections import deque
from dataclasses import dataclass

from stemkit.links.errors import LinkLostError
from stemkit.model.link import Link, LinkCapabilities


@dataclass(frozen=True, slots=True)
class Faults:
    """What goes wrong. Chances are per byte, 0 to 1; places count the bytes of one direction."""

    drop: float = 0.0
    """Chance that a byte is lost."""
    flip: float = 0.0
    """Chance that one bit of a byte is turned."""
    stall_every: int = 0
    """After so many bytes that direction stands still for `stall_s` seconds; 0 never."""
    stall_s: float = 0.0
    cut_read_at: int | None = None
    """The link is lost once so many bytes were read."""
    cut_write_at: int | None = None
    """The link is lost once so many bytes were written; those before it arrive."""
    latency_s: float = 0.0
    """Seconds by which everything that arrives is late (16 ms: an FTDI adapter's default)."""


class _Damage:
    """One direction's faults, decided byte by byte, so that the size of chunks changes nothing."""

    def __init__(self, faults: Faults, seed: str) -> None:
        self._faults = faults
        self._random = random.Random(seed)
        self.passed = 0

    def apply(self, data: bytes) -> bytes:
        faults = self._faults
        if faults.drop == 0 and faults.flip == 0:
            return data
        kept = bytearray()
        for byte in data:
            fate, bit = self._random.random(), self._random.randrange(8)
            if fate < faults.drop:
                continue
            kept.append(byte ^ (1 << bit) if fate < faults.drop + faults.flip else byte)
        return bytes(kept)

    def room_before_stall(self) -> int:
        every = self._faults.stall_every
        return every - self.passed % every if every else 1 << 30

    def pass_on(self, count: int) -> bool:
        """Count bytes; True when the direction stands still after them."""
        self.passed += count
        every = self._faults.stall_every
        return bool(every and count and self.passed % every == 0)


class FaultyLink:
    """`inner` with `faults`, in both directions."""

    def __init__(self, inner: Link, faults: Faults, seed: int = 0) -> None:
        self._inner = inner
        self._faults = faults
        self._in = _Damage(faults, f"{seed} in")
        self._out = _Damage(faults, f"{seed} out")
        self._late: deque[tuple[float, bytes]] = deque()
        self._silent_until_s = 0.0
        self._cut = False

    @property
    def name(self) -> str:
        """The inner link's name."""
        return self._inner.name

    @property
    def capabilities(self) -> LinkCapabilities:
        """The inner link's."""
        return self._inner.capabilities

    @property
    def baud(self) -> int:
        """The inner link's rate in bits a second."""
        return self._inner.baud

    @baud.setter
    def baud(self, value: int) -> None:
        self._must_be_whole()
        self._inner.baud = value

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        """What has arrived and was not lost; b"" after `timeout_s`."""
        self._must_be_whole()
        deadline = time.monotonic() + timeout_s
        while True:
            self._fetch(min(self._next_s(), deadline))
            taken = self._take(max_bytes)
            if taken:
                return taken
            if time.monotonic() >= deadline:
                return b""

    def write(self, data: bytes) -> None:
        """Send `data` with its faults; raises `LinkLostError` at the cut."""
        self._must_be_whole()
        rest = data
        while rest:
            cut = self._faults.cut_write_at
            room = min(
                len(rest),
                self._out.room_before_stall(),
                (1 << 30) if cut is None else cut - self._out.passed,
            )
            self._inner.write(self._out.apply(rest[:room]))
            stalls = self._out.pass_on(room)
            rest = rest[room:]
            if cut is not None and self._out.passed >= cut:
                self._break()
            if stalls:
                time.sleep(self._faults.stall_s)

    def waiting(self) -> int:
        """Number of bytes that `read` would give at once."""
        self._must_be_whole()
        self._fetch(0.0)
        now = time.monotonic()
        if now < self._silent_until_s:
            return 0
        there = sum(len(data) for due_s, data in self._late if due_s <= now)
        return min(there, self._in.room_before_stall())

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        """Set the inner link's lines."""
        self._must_be_whole()
        self._inner.set_lines(dtr=dtr, rts=rts)

    def fileno(self) -> int | None:
        """None: bytes may be kept here that the inner link has already given."""
        return None

    def close(self) -> None:
        """Close the inner link."""
        self._cut = True
        self._inner.close()

    def _fetch(self, until_s: float) -> None:
        """Take what the inner link has, waiting for it no longer than `until_s`."""
        wait_s = max(0.0, until_s - time.monotonic())
        try:
            data = self._inner.read(1 << 16, wait_s)
        except LinkLostError:
            if not self._late:
                raise
            time.sleep(min(wait_s, 0.01))
            return
        if data:
            self._late.append((time.monotonic() + self._faults.latency_s, self._in.apply(data)))

    def _next_s(self) -> float:
        """When the next byte that is already here may be given."""
        if not self._late:
            return float("inf")
        return max(self._late[0][0], self._silent_until_s)

    def _take(self, max_bytes: int) -> bytes:
        if time.monotonic() < self._next_s():
            return b""
        due_s, data = self._late.popleft()
        room = min(max_bytes, self._in.room_before_stall(), self._room_before_cut())
        if len(data) > room:
            self._late.appendleft((due_s, data[room:]))
        if self._in.pass_on(min(room, len(data))):
            self._silent_until_s = time.monotonic() + self._faults.stall_s
        return data[:room]

    def _break(self) -> None:
        self.close()
        raise LinkLostError(port=self.name)

    def _room_before_cut(self) -> int:
        cut = self._faults.cut_read_at
        return (1 << 30) if cut is None else cut - self._in.passed

    def _must_be_whole(self) -> None:
        if self._room_before_cut() <= 0:
            self._cut = True
            self._inner.close()
        if self._cut:
            raise LinkLostError(port=self.name)
