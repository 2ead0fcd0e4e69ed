"""What several loader tests need: a mock board, an attempt that keeps its events."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from stemkit.events import Event, StepAdvanced, StepStarted
from stemkit.loaders.base import Attempt, LoadImage, Part


def noise(size: int, seed: int = 0) -> bytes:
    """Bytes that compress a little, as firmware does."""
    chance = random.Random(seed)
    return b"".join(chance.randbytes(48) + bytes(16) for _ in range(size // 64 + 1))[:size]


def image_for(chip: str, size: int = 0x6000, seed: int = 0, address: int = 0x10000) -> LoadImage:
    """Something to write that is said to be for `chip`."""
    return LoadImage("test.bin", frozenset({chip}), (Part(address, noise(size, seed)),))


@dataclass
class Kept:
    """A sink that keeps everything, and says stop when it is told to."""

    events: list[Event] = field(default_factory=list)
    stop: bool = False

    def __call__(self, event: Event) -> None:
        self.events.append(event)

    def attempt(self) -> Attempt:
        return Attempt("board", self, lambda: self.stop)

    def steps(self) -> list[str]:
        return [e.step for e in self.events if isinstance(e, StepStarted)]

    def written(self) -> list[int]:
        """`done` of every advance, in order."""
        return [e.done for e in self.events if isinstance(e, StepAdvanced)]


@contextmanager
def mock_board(chip: str, *, pty: bool = False) -> Iterator[str]:
    """esp32-mock-bootloader's own command for one board; gives its port."""
    where = ["--pty"] if pty else ["--port", "0"]
    process = subprocess.Popen(
        [sys.executable, "-m", "esp32_mock_bootloader.cli", "run", "--chip", chip, *where],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        said = process.stdout.readline().strip()
        yield said if pty else f"socket://{said.rpartition(' ')[2]}"
    finally:
        process.kill()
        process.wait()
