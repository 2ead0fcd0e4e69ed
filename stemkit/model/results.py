"""What one student's board measured in one recording."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Result:
    """A row of a class's results."""

    code: str
    """The student's; who that is stands in a list of the teacher's own."""
    lesson: str
    """Id; empty where nothing names one."""
    version: str
    recording: str
    board: str
    started: str
    """ISO 8601 with the zone's offset."""
    seconds: float
    """From the board's first reading to its last."""
    samples: int
    """Readings; each may have several channels."""
    lost: int
    """Readings that the board sent and that never arrived."""
    damaged: int
    """Readings that arrived with a wrong check sum."""
    channels: tuple[str, ...]
    demands: int
    """How many demands of the lesson's check.toml apply; 0 where nothing was judged."""
    met: int
    """How many of them the recording meets."""
    problems: tuple[str, ...]
    """What was not met, in the reader's language."""
    remark: str = ""
    """Why nothing was judged, where that needs a word."""

    @property
    def ok(self) -> bool | None:
        """Whether all demands are met; None where there are none."""
        return self.met == self.demands if self.demands else None
