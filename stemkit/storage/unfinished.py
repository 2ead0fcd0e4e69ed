"""Boards whose flash was begun and not finished: a small file each, there before the first byte."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from stemkit.storage import atomic

# With what `atomic` adds to it, still a name that every file system takes.
_LONGEST_NAME: Final = 160


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A board that may hold half a firmware. `since` is UTC, ISO 8601 with seconds."""

    key: str
    """The board's unique id, or its port where the loader knows no id."""
    board: str
    """The name under which people saw it."""
    image: str
    since: str


class UnfinishedBoards:
    """The marks in `folder`; each is set and cleared on its own, from any thread or process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def set(self, key: str, board: str, image: str) -> None:
        """Mark a board; on disk when this returns."""
        since = datetime.now(UTC).isoformat(timespec="seconds")
        body = json.dumps(asdict(Unfinished(key, board, image, since)), ensure_ascii=False)
        atomic.write_bytes(self._path(key), body.encode())

    def clear(self, key: str) -> None:
        """The board is whole again; nothing happens where it was not marked."""
        with contextlib.suppress(FileNotFoundError), atomic.told(self._path(key)):
            self._path(key).unlink(missing_ok=True)

    def __contains__(self, key: str) -> bool:
        return self._path(key).exists()

    def all(self) -> list[Unfinished]:
        """Every marked board, the oldest first; a damaged mark still marks its board."""
        found = [_read(path) for path in self._folder.glob("*.json")]
        return sorted(found, key=lambda mark: (mark.since, mark.board))

    def _path(self, key: str) -> Path:
        # Ports have slashes and colons; two keys that differ must not share a file.
        safe = re.sub(r"[^A-Za-z0-9-]", lambda found: f"_{ord(found[0]):x}_", key)
        if len(safe) > _LONGEST_NAME:
            safe = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
        return self._folder / f"{safe}.json"


def _read(path: Path) -> Unfinished:
    try:
        body = json.loads(path.read_bytes())
        return Unfinished(*(str(body[name]) for name in ("key", "board", "image", "since")))
    except (OSError, ValueError, KeyError, TypeError):
        return Unfinished(path.stem, path.stem, "", "")
