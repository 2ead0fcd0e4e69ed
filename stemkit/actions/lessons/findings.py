"""What `lesson check` finds: each thing with its place, and whether it forbids the lesson."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from stemkit.formats.mistakes import Mistake
from stemkit.formats.toml_file import TomlFile


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong (`is_error`) or could be better."""

    mistake: Mistake
    is_error: bool

    def told(self) -> str:
        """`file:line: what it is`, in the current language."""
        return self.mistake.told()


def line_in(path: Path, *key: str | int) -> int:
    """The line in a TOML file where `key` stands (keys and positions from its top), from 1."""
    return TomlFile(path.read_bytes(), str(path)).line(key)


@dataclass
class Findings:
    """Collects findings; paths are told as the person gave the folder."""

    found: list[Finding] = field(default_factory=list)

    def wrong(self, path: object, line: int, message: str, /, **fields: object) -> None:
        """Something that must be corrected; `message` is marked with `N_`."""
        self.found.append(Finding(Mistake(str(path), line, message, fields), is_error=True))

    def better(self, path: object, line: int, message: str, /, **fields: object) -> None:
        """Something that should be corrected."""
        self.found.append(Finding(Mistake(str(path), line, message, fields), is_error=False))

    def mistakes(self, mistakes: Iterable[Mistake]) -> None:
        """Mistakes of a data file."""
        self.found += [Finding(mistake, is_error=True) for mistake in mistakes]

    @property
    def ok(self) -> bool:
        """Nothing forbids the lesson."""
        return not any(finding.is_error for finding in self.found)
