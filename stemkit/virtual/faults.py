"""Faults on request: what goes wrong on a cable, in a supply, in a flash chip."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal

Direction = Literal["to_host", "to_board"]


@dataclass
class Faults:
    """What is to go wrong on one board, and how much has passed. All off at first.

    Probabilities are per byte (0-1). Counts of bytes begin when the fault is asked for.
    """

    drop: float = 0.0
    """Probability that a byte is lost."""
    flip: float = 0.0
    """Probability that a byte has one bit changed."""
    direction: str = "both"
    """`to_host`, `to_board` or `both`: where `drop` and `flip` work."""
    unplug_at: int = -1
    """The cable is out after so many bytes more (both directions together); -1 never."""
    reset_at: int = -1
    """The supply dips (brown-out) after so many bytes more; -1 never."""
    brown_outs: int = 0
    """So often the supply is too weak for a program to start (ESP boards); -1 always."""
    stall_s: float = 0.0
    """The next bytes to the host wait so long, once."""
    flash_fails: list[tuple[int, int]] = field(default_factory=list)
    """Flash addresses (from, to) that can no longer be written."""
    seed: int = 0
    _random: random.Random = field(default_factory=lambda: random.Random(0))
    passed: int = 0
    """Bytes that passed since `ask`."""
    is_out: bool = False
    """The cable came out at its byte: nothing passes until it is plugged in again."""

    def ask(self, values: dict[str, Any]) -> None:
        """Change some faults; raises ValueError for a name or value that is none."""
        for name, value in values.items():
            if name not in FAULTS:
                raise ValueError(name)
            setattr(self, name, FAULTS[name](value))
        self.passed = 0
        self._random = random.Random(self.seed)

    def is_too_weak(self) -> bool:
        """Whether the supply breaks down under a program that starts now."""
        weak = self.brown_outs != 0
        self.brown_outs -= self.brown_outs > 0
        return weak

    def fails_at(self, offset: int, size: int) -> bool:
        """Whether a write to these flash addresses fails."""
        return any(start < offset + size and offset < end for start, end in self.flash_fails)

    def spoil(self, data: bytes, direction: Direction) -> bytes:
        """What arrives of `data`."""
        if not (self.drop or self.flip) or self.direction not in ("both", direction):
            return data
        rng = self._random
        kept = bytearray()
        for byte in data:
            if self.drop and rng.random() < self.drop:
                continue
            if self.flip and rng.random() < self.flip:
                byte ^= 1 << rng.randrange(8)
            kept.append(byte)
        return bytes(kept)

    def until_event(self, count: int) -> tuple[int, str]:
        """How many of the next `count` bytes still pass, and what happens then (`""`: nothing)."""
        if self.is_out:
            return 0, ""
        for at, what in ((self.unplug_at, "unplug"), (self.reset_at, "reset")):
            if at >= 0 and self.passed + count >= at:
                passes = max(0, at - self.passed)
                setattr(self, f"{what}_at", -1)
                self.is_out = what == "unplug"
                return passes, what
        self.passed += count
        return count, ""


def _ranges(value: Any) -> list[tuple[int, int]]:
    """`FROM-TO` (decimal or 0x...), or pairs."""
    if isinstance(value, str):
        start, dash, end = value.partition("-")
        return [(int(start, 0), int(end, 0))] if dash else []
    return [(int(start), int(end)) for start, end in value]


def _direction(value: Any) -> str:
    if value not in ("to_host", "to_board", "both"):
        raise ValueError(value)
    return str(value)


FAULTS: Final[dict[str, Callable[[Any], Any]]] = {
    "drop": float,
    "flip": float,
    "direction": _direction,
    "unplug_at": int,
    "reset_at": int,
    "brown_outs": int,
    "stall_s": float,
    "flash_fails": _ranges,
    "seed": int,
}
"""Names that `Faults.ask` knows, and how a value is read."""
