"""What a supervisor is asked to hold, as it travels to its process."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self

from stemkit.virtual.profile import Profile


@dataclass(frozen=True, slots=True)
class BoardPlan:
    """One board to start."""

    name: str
    profile: Profile
    spec: dict[str, Any]
    """Its pins and parts, as `BoardSpec.to_json` writes them."""
    baud: int
    """Rate of its console after a reset; 0 takes the model's own."""
    latency_ms: float = 1.0
    paced: bool = True
    blank: bool = False
    """True: nothing in its flash, so it is in its loader."""
    port: str = "pty"
    """`pty`, `socket` or `rfc2217`."""
    scenario: str = ""
    """What happens around it, as the text of a scenario file; empty: nothing."""
    seed: int = 0
    """Of its world's chance."""
    speed: float = 1.0
    """Seconds that pass in its world in one of the computer's; 0: only where it waits."""
    network: bool = True
    """Whether its program may reach the network of this computer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A supervisor's boards and where it writes down that they run."""

    boards: tuple[BoardPlan, ...]
    state_folder: str
    log: str
    """File that its standard error goes to; it removes it when it ends in order."""
    stop_with_stdin: bool
    """True: stop when standard input ends, which it does when the starter is gone."""

    def to_json(self) -> dict[str, Any]:
        """As JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Self:
        """The plan that `to_json` wrote."""
        boards = tuple(
            BoardPlan(**{**row, "profile": Profile.from_json(row["profile"])})
            for row in values["boards"]
        )
        return cls(**{**values, "boards": boards})
