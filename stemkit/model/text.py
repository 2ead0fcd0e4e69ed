"""Text that data files bring in both languages."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Text:
    """One text in Vietnamese and in English."""

    vi: str
    en: str

    def told(self, language: str) -> str:
        """The text in `language`; English where that is neither `vi` nor `en`."""
        return self.vi if language == "vi" else self.en
