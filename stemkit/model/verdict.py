"""The answers of `project verify`."""

from __future__ import annotations

import enum
from dataclasses import dataclass

CHECKS = (
    "safe",
    "intact",
    "complete",
    "signed",
    "timestamped",
    "provenance",
    "data",
    "program",
)
"""The names of the checks, in the order in which they are asked."""


class Answer(enum.Enum):
    """Yes, no, or nobody can tell."""

    YES = True
    NO = False
    UNKNOWN = None


@dataclass(frozen=True, slots=True)
class Check:
    """One question about a package, and its answer; texts are in the current language."""

    name: str
    """One of `CHECKS`."""
    answer: Answer
    detail: str
    """The answer in one sentence."""
    evidence: tuple[str, ...] = ()
    """What it rests on, a sentence each."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """All answers about one package."""

    identity: str
    """SHA-256 of the tag manifest, in hex; "" where there is none that can be read."""
    title: str
    checks: tuple[Check, ...]

    @property
    def ok(self) -> bool:
        """No answer is no, and the file itself is safe and intact."""
        answers = {check.name: check.answer for check in self.checks}
        sound = all(answers.get(name) is Answer.YES for name in ("safe", "intact"))
        return sound and Answer.NO not in answers.values()

    def check(self, name: str) -> Check:
        """One of the checks. Raises KeyError."""
        return {check.name: check for check in self.checks}[name]
