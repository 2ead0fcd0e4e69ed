"""What this computer remembers of places with lessons: whose they are, and how far they had come.

`sources.json` in the lesson store: for each place the key that signed at the first sync, the
highest serial seen and what was offered; for each own key the last serial that it signed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from stemkit.storage.notebook import Notebook


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place that was synced from."""

    key: str
    """Fingerprint of the key that signs there."""
    serial: int
    made: str
    """When its index was made, by its maker's clock: UTC, ISO 8601."""
    maker: str = ""
    synced: str = ""
    """When it was last synced, by this computer's clock: UTC, ISO 8601."""
    offers: Mapping[str, str] = field(default_factory=dict)
    """Lesson id to the newest version offered."""


class LessonBook:
    """The notes in one folder; several processes may use them at once."""

    def __init__(self, folder: Path) -> None:
        self._notes = Notebook(folder / "sources.json")

    def places(self) -> dict[str, KnownPlace]:
        """Every known place by its name. Raises NotebookDamagedError."""
        return {place: _known(row) for place, row in _rows(self._notes.read(), "places").items()}

    def remember(self, place: str, known: KnownPlace) -> None:
        """Write a place down; never with a lower serial than is known of the same key."""
        with self._notes.changing() as notes:
            before = _rows(notes, "places").get(place)
            if before and before.get("key") == known.key:
                serial = max(known.serial, _known(before).serial)
                known = KnownPlace(**{**asdict(known), "serial": serial})
            notes.setdefault("places", {})[place] = asdict(known)

    def origin(self, identity: str) -> str:
        """Fingerprint of the key whose index brought this bundle here; "" where none did."""
        return str(_rows(self._notes.read(), "origins").get(identity, ""))

    def note_origin(self, identity: str, key: str) -> None:
        """Remember by whose index a bundle came."""
        with self._notes.changing() as notes:
            notes.setdefault("origins", {})[identity] = key

    @contextmanager
    def signing(self, key: str, at_least: int) -> Iterator[int]:
        """The next serial for an own key, above `at_least` too; spent when the block is done."""
        with self._notes.changing() as notes:
            last = _rows(notes, "serials").get(key, 0)
            serial = max(last if isinstance(last, int) else 0, at_least) + 1
            yield serial
            notes.setdefault("serials", {})[key] = serial


def _rows(notes: Mapping[str, Any], name: str) -> dict[str, Any]:
    rows = notes.get(name)
    return rows if isinstance(rows, dict) else {}


def _known(row: Any) -> KnownPlace:
    row = row if isinstance(row, dict) else {}
    serial, offers = row.get("serial"), row.get("offers")
    return KnownPlace(
        key=str(row.get("key", "")),
        serial=serial if isinstance(serial, int) else 0,
        made=str(row.get("made", "")),
        maker=str(row.get("maker", "")),
        synced=str(row.get("synced", "")),
        offers=offers if isinstance(offers, dict) else {},
    )
