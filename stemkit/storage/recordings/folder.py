"""The folder of one recording: names, parts, and reading what is in it."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from stemkit.formats.recording import RawLine, decode_event, decode_lines, decode_meta, encode_meta
from stemkit.model.recording import RecordingMeta
from stemkit.storage import atomic
from stemkit.storage.recordings.errors import NoSuchRecordingError, RecordingNameError

META = "meta.json"
RAW = "raw.jsonl"
EVENTS = "events.jsonl"
DATA = "data.csv"
LOCK = ".writing"
_PART = re.compile(r"raw-(\d{4,})\.jsonl")
_LONGEST_NAME = 80
# Names that Windows keeps for devices, whatever follows a dot.
_DEVICES = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
# A line cannot be longer than what the reader keeps of one, four letters a byte at worst.
_LONGEST_ROW = 64 * 1024
_PIECE = 128 * 1024


class RecordingFolder:
    """A recording that is on disk, whole or not."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def name(self) -> str:
        """The folder's name."""
        return self.path.name

    def meta(self) -> RecordingMeta:
        """What `meta.json` says; raises `RecordingMetaError`, `MissingFileError`."""
        target = self.path / META
        with atomic.told(target):
            return decode_meta(target.read_bytes(), target)

    def write_meta(self, meta: RecordingMeta) -> None:
        """Replace `meta.json`."""
        atomic.write_bytes(self.path / META, encode_meta(meta))

    def raw_parts(self) -> list[Path]:
        """The files of raw lines, oldest first."""
        full = sorted(p for p in self.path.glob("raw-*.jsonl") if _PART.fullmatch(p.name))
        full.sort(key=lambda part: int(part.stem.partition("-")[2]))
        last = self.path / RAW
        return [*full, last] if last.exists() else full

    def next_part(self) -> Path:
        """The name for a part that is full."""
        numbers = [int(p.stem.partition("-")[2]) for p in self.raw_parts() if p.name != RAW]
        return self.path / f"raw-{max(numbers, default=0) + 1:04d}.jsonl"

    def lines(self) -> Iterator[RawLine]:
        """Every line that boards printed; rows that are torn are left out."""
        for part in self.raw_parts():
            for rows in _whole_rows(part):
                yield from decode_lines(rows)

    def events(self) -> Iterator[dict[str, Any]]:
        """Every event; rows that are torn are left out."""
        target = self.path / EVENTS
        if target.exists():
            for rows in _whole_rows(target):
                for row in rows.split(b"\n"):
                    found = decode_event(row)
                    if found is not None:
                        yield found

    def size_bytes(self) -> int:
        """Size of the raw lines."""
        return sum(part.stat().st_size for part in self.raw_parts())


def folder_for(home: Path, name: str) -> RecordingFolder:
    """Where a new recording called `name` goes: in `home`, or at the path that it is.

    Raises `RecordingNameError` for a name that not every system can have.
    """
    if os.sep in name or "/" in name:
        path = Path(name).expanduser()
        return RecordingFolder(path.parent / _checked(path.name))
    return RecordingFolder(home / _checked(name))


def find_recording(home: Path, name: str) -> RecordingFolder:
    """The recording called `name`, or the one whose folder (or a file in it) is at that path.

    Raises `NoSuchRecordingError`.
    """
    path = Path(name).expanduser()
    inside = path.parent if path.name in (META, RAW, EVENTS, DATA) else path
    for candidate in (home / unicodedata.normalize("NFC", name), inside):
        if is_recording(candidate):
            return RecordingFolder(candidate)
    raise NoSuchRecordingError(name=name)


def is_recording(path: Path) -> bool:
    """Whether a folder is a recording, damaged perhaps."""
    try:
        return path.is_dir() and any((path / name).is_file() for name in (META, RAW))
    except (OSError, ValueError):
        return False


def all_recordings(home: Path) -> list[RecordingFolder]:
    """Every recording in `home`."""
    try:
        found = sorted(home.iterdir())
    except FileNotFoundError:
        return []
    return [RecordingFolder(path) for path in found if is_recording(path)]


def _checked(name: str) -> str:
    plain = unicodedata.normalize("NFC", name).strip()
    bad = (
        not plain
        or len(plain.encode()) > _LONGEST_NAME * 3
        or len(plain) > _LONGEST_NAME
        or plain.startswith((".", "-"))
        or plain.endswith(".")
        or _FORBIDDEN.search(plain) is not None
        or _DEVICES.fullmatch(plain) is not None
        or not plain.isprintable()
    )
    if bad:
        raise RecordingNameError(name=name)
    return plain


def _whole_rows(path: Path) -> Iterator[bytes]:
    """The file in pieces of whole rows; what follows the last line end is left out."""
    with atomic.told(path), path.open("rb") as file:
        rest = b""
        while piece := file.read(_PIECE):
            piece = rest + piece
            end = piece.rfind(b"\n") + 1
            rest = piece[end:]
            if end:
                yield piece[:end]
            elif len(rest) > _LONGEST_ROW:
                rest = b""  # No row is so long.
