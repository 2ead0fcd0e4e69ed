"""Links that go wrong at one chosen byte, and boards that are reached through them."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from stemkit.actions.boards.listing import Around
from stemkit.links import open_link
from stemkit.links.errors import LinkLostError
from stemkit.model.link import Link, LinkCapabilities
from stemkit.virtual import RunningBoard


class PassingLink:
    """Everything goes through and is counted; subclasses do one thing wrong."""

    def __init__(self, inner: Link) -> None:
        self.inner = inner
        self.sent = 0
        self.got = 0

    @property
    def name(self) -> str:
        return self.inner.name

    @property
    def capabilities(self) -> LinkCapabilities:
        return self.inner.capabilities

    @property
    def baud(self) -> int:
        return self.inner.baud

    @baud.setter
    def baud(self, value: int) -> None:
        self.inner.baud = value

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        data = self.inner.read(max_bytes, timeout_s)
        self.got += len(data)
        return data

    def write(self, data: bytes) -> None:
        self.inner.write(data)
        self.sent += len(data)

    def waiting(self) -> int:
        return self.inner.waiting()

    def set_lines(self, *, dtr: bool, rts: bool) -> None:
        self.inner.set_lines(dtr=dtr, rts=rts)

    def fileno(self) -> int | None:
        return None

    def close(self) -> None:
        self.inner.close()


class CutLink(PassingLink):
    """The cable is pulled after `at` bytes were sent."""

    def __init__(self, inner: Link, at: int) -> None:
        super().__init__(inner)
        self._at = at
        self._is_cut = False

    def _must_be_whole(self) -> None:
        if self._is_cut:
            raise LinkLostError(port=self.name)

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        self._must_be_whole()
        return super().read(max_bytes, timeout_s)

    def waiting(self) -> int:
        self._must_be_whole()
        return super().waiting()

    def write(self, data: bytes) -> None:
        self._must_be_whole()
        room = self._at - self.sent
        super().write(data[: max(0, room)])
        if len(data) >= room:
            self._is_cut = True
            self.inner.close()
            self._must_be_whole()


class FlippedLink(PassingLink):
    """One bit of the byte `at` of what the board answers is turned."""

    def __init__(self, inner: Link, at: int) -> None:
        super().__init__(inner)
        self._at = at

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        before = self.got
        data = bytearray(super().read(max_bytes, timeout_s))
        if before <= self._at < before + len(data):
            data[self._at - before] ^= 0x10
        return bytes(data)


class FlippedOutLink(PassingLink):
    """One bit of the byte `at` of what goes to the board is turned."""

    def __init__(self, inner: Link, at: int) -> None:
        super().__init__(inner)
        self._at = at

    def write(self, data: bytes) -> None:
        turned = bytearray(data)
        if self.sent <= self._at < self.sent + len(data):
            turned[self._at - self.sent] ^= 0x01
        super().write(bytes(turned))


class SilentLink(PassingLink):
    """After `at` bytes the board takes everything and answers nothing."""

    def __init__(self, inner: Link, at: int) -> None:
        super().__init__(inner)
        self._at = at

    def read(self, max_bytes: int, timeout_s: float) -> bytes:
        if self.sent < self._at:
            return super().read(max_bytes, timeout_s)
        time.sleep(min(timeout_s, 0.05))
        return b""

    def waiting(self) -> int:
        return super().waiting() if self.sent < self._at else 0

    def write(self, data: bytes) -> None:
        if self.sent < self._at:
            super().write(data)


Wrap = Callable[[Link], Link]


def around_with(wraps: dict[str, Wrap], *, times: int = 1 << 30) -> Around:
    """The usual surroundings, where the ports in `wraps` are opened so, the first `times` times."""
    opened: dict[str, int] = {}

    def opening(port: str, baud: int) -> Link:
        link = open_link(port, baud)
        opened[port] = opened.get(port, 0) + 1
        wrap = wraps.get(port)
        return wrap(link) if wrap and opened[port] <= times else link

    return Around(open=opening)


def flash_file(board: RunningBoard) -> Path:
    """The file that is a virtual board's flash."""
    return Path(board.control).parent / f"{board.name}.flash"


def flash_memory(board: RunningBoard) -> bytes:
    """What is in a virtual board's flash, past all of stemkit's own reading back."""
    return flash_file(board).read_bytes()
