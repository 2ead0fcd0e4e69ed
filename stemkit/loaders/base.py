"""What every loader does: put an image on one board and prove that it is there.

A loader is made for one board, used by one thread, and called in this order: `connect`, `check`,
`missing`, `write` (where something is missing), `verify`, `start`. Each call has a time limit and
raises an error of `stemkit.loaders.errors`, or the link's own; after an error only `start`, to
let the board go, and `close` may follow.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from stemkit.events import Event, Noted, Sink, StepAdvanced, StepStarted


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that belong at one place of a board's memory."""

    address: int
    """Flash address in bytes; 0 for a file that carries its addresses itself (UF2, hex)."""
    data: bytes

    @property
    def size(self) -> int:
        """Bytes of it."""
        return len(self.data)


@dataclass(frozen=True, slots=True)
class LoadImage:
    """What is put on a board; its structure has been checked before.

    `chips` are the names of `stemkit.model.chip.CHIPS` that it is made for. Revisions are
    major * 100 + minor, as in the header of an ESP image.
    """

    name: str
    chips: frozenset[str]
    parts: tuple[Part, ...]
    min_revision: int = 0
    max_revision: int | None = None
    builds: Mapping[str, str] = field(default_factory=dict)
    """Chip to what the running firmware says of itself: `v1.24.1 on 2024-11-29`."""
    sha256: str = ""
    """Of the firmware's file, without the files that are put on the board with it."""
    files: Mapping[str, bytes] = field(default_factory=dict)
    """Path to contents of what it brings besides the firmware, which the build does not tell."""

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)


@dataclass(frozen=True, slots=True)
class Chip:
    """What a loader finds out about the board it talks to."""

    name: str
    """A name of `stemkit.model.chip.CHIPS`, or of a chip that stemkit has no board for."""
    unique_id: str | None
    """The same hex digits as `machine.unique_id()` gives, or None where the loader cannot know."""
    flash_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class LoaderCapabilities:
    """What a kind of loader can do."""

    reads_back: bool
    """It can prove by itself what is on the board; else only the running board can."""
    rates: tuple[int, ...]
    """Line rates in bits a second to try, fastest first; empty where rates mean nothing."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What of an image is not yet on the board.

    `pieces` are (address, size) in bytes; `total` is what will be sent for them, in bytes.
    """

    pieces: tuple[tuple[int, int], ...]
    total: int

    def __bool__(self) -> bool:
        return bool(self.pieces)


class Loader(Protocol):
    """Puts an image on the one board that it was made for."""

    @property
    def capabilities(self) -> LoaderCapabilities:
        """What this loader can do; constant."""
        ...

    def connect(self) -> Chip:
        """Reach the board's boot loader and ask which chip it is. Nothing is written."""
        ...

    def check(self, image: LoadImage) -> None:
        """Raise a RefusedError if `image` is not for this chip or does not fit its flash."""
        ...

    def missing(self, image: LoadImage, *, whole: bool = False) -> Missing:
        """What must be written so that the board holds `image`; with `whole` all of it."""
        ...

    def write(self, image: LoadImage, missing: Missing) -> int:
        """Write what is `missing`; returns the number of bytes that went over the wire for it."""
        ...

    def verify(self, image: LoadImage) -> None:
        """Read back and compare; nothing where the loader cannot (see `reads_back`)."""
        ...

    def start(self) -> None:
        """Leave the boot loader and run what is on the board."""
        ...

    def close(self) -> None:
        """Let go of everything but a link that was handed in; never raises, may be repeated."""
        ...


def never() -> bool:
    """The default answer to "shall I stop?"."""
    return False


@dataclass(frozen=True, slots=True)
class Attempt:
    """Around one attempt on one board: how to tell progress, and whether to stop.

    `board` is the name that people see. `stopped` is asked often; where it says yes, the loader
    raises StoppedError at the next safe moment.
    """

    board: str
    sink: Sink
    stopped: Callable[[], bool] = never

    def step(self, words: str, total: int = 0, unit: str = "B") -> None:
        """A step begins; `words` are marked (`N_`)."""
        self.sink(StepStarted(self.board, words, total, unit))

    def advance(self, done: int) -> None:
        """`done` of the step's total is finished."""
        self.sink(StepAdvanced(self.board, done))

    def note(self, text: str) -> None:
        """A remark, already translated."""
        self.sink(Noted(self.board, text))

    def tell(self, event: Event) -> None:
        """Any other event."""
        self.sink(event)
